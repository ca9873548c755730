"""The kinds of article that the demo shop sells: their numbers, prices, seasons and what they come in."""

from dataclasses import dataclass

Weights = dict[str, float]

PLAIN = {"Solid": 10.0}
WOVEN = {"Solid": 8.0, "All over pattern": 4.0, "Stripe": 2.5, "Dot": 1.5, "Check": 1.0}
SHIRTING = {"Solid": 6.0, "Stripe": 4.0, "Check": 4.0, "All over pattern": 2.0, "Denim": 1.0}
JERSEY = {
    "Solid": 8.0,
    "Stripe": 3.0,
    "Front print": 4.0,
    "Placement print": 1.5,
    "Melange": 1.5,
    "All over pattern": 1.5,
}
KNIT = {
    "Solid": 8.0,
    "Melange": 4.0,
    "Stripe": 3.0,
    "Jacquard": 1.5,
    "Colour blocking": 1.0,
    "Argyle": 0.7,
    "Glittering/Metallic": 0.6,
}
SWEAT = {"Solid": 7.0, "Melange": 4.0, "Front print": 3.0, "Colour blocking": 1.5, "Placement print": 1.5}
OUTER = {"Solid": 9.0, "Check": 2.0, "Denim": 2.0}
TAILORED = {"Solid": 8.0, "Check": 3.0, "Stripe": 1.0, "Melange": 1.0}
SWIM = {"Solid": 7.0, "All over pattern": 4.0, "Stripe": 2.0, "Dot": 1.5, "Glittering/Metallic": 0.5}

EVERYONE = ("women", "divided", "men", "girls", "boys")
GROWN = ("women", "divided", "men")
FEMALE = ("women", "divided", "girls")


@dataclass(frozen=True)
class Kind:
    """One product type.

    `euros` is its usual price range. `summer` says when it sells: 1 at midsummer only, -1 at midwinter
    only, 0 all year. `basic` is the share of its products that stay on sale all the time.
    """

    name: str
    number: int
    group: str
    garment_group: str
    share: float
    euros: tuple[float, float]
    summer: float
    basic: float
    audiences: tuple[str, ...]
    appearances: Weights


UPPER, LOWER, FULL = "Garment Upper body", "Garment Lower body", "Garment Full body"

KINDS = {
    kind.name: kind
    for kind in (
        Kind("T-shirt", 255, UPPER, "Jersey Fancy", 9, (5, 20), 0.35, 0.35, (*EVERYONE, "sport"), JERSEY),
        Kind("Vest top", 253, UPPER, "Jersey Basic", 5, (5, 15), 0.6, 0.4, (*FEMALE, "sport"), JERSEY),
        Kind("Top", 254, UPPER, "Jersey Fancy", 5, (8, 25), 0.0, 0.2, (*FEMALE, "sport"), JERSEY),
        Kind("Polo shirt", 257, UPPER, "Jersey Fancy", 1.5, (13, 30), 0.3, 0.3, ("men", "boys"), JERSEY),
        Kind("Shirt", 259, UPPER, "Shirts", 5, (18, 40), 0.0, 0.2, ("women", "men", "men", "boys"), SHIRTING),
        Kind("Blouse", 258, UPPER, "Blouses", 6, (15, 40), 0.15, 0.05, ("women", "women", "divided"), WOVEN),
        Kind("Sweater", 252, UPPER, "Knitwear", 9, (18, 50), -0.6, 0.1, EVERYONE, KNIT),
        Kind("Cardigan", 245, UPPER, "Knitwear", 3.5, (18, 50), -0.5, 0.1, FEMALE, KNIT),
        Kind("Hoodie", 308, UPPER, "Jersey Fancy", 4.5, (18, 40), -0.3, 0.3, (*EVERYONE, "sport"), SWEAT),
        Kind("Jacket", 262, UPPER, "Outdoor", 4.5, (30, 90), -0.4, 0.05, (*EVERYONE, "sport"), OUTER),
        Kind("Coat", 263, UPPER, "Outdoor", 2.5, (60, 150), -0.9, 0.0, ("women", "men"), TAILORED),
        Kind("Blazer", 264, UPPER, "Dressed", 2, (35, 100), 0.0, 0.2, ("women", "men"), TAILORED),
        Kind("Dress", 265, FULL, "Dresses Ladies", 9, (15, 60), 0.45, 0.05, ("women", *FEMALE), WOVEN),
        Kind("Jumpsuit/Playsuit", 267, FULL, "Dresses Ladies", 1.5, (20, 50), 0.4, 0.0, FEMALE, WOVEN),
        Kind(
            "Trousers",
            272,
            LOWER,
            "Trousers",
            10,
            (18, 50),
            -0.1,
            0.25,
            EVERYONE,
            {
                "Solid": 7.0,
                "Denim": 6.0,
                "Check": 1.5,
                "Stripe": 0.7,
                "Melange": 1.0,
                "All over pattern": 0.7,
            },
        ),
        Kind(
            "Leggings/Tights",
            273,
            LOWER,
            "Jersey Basic",
            2.5,
            (8, 25),
            -0.2,
            0.4,
            ("women", "divided", "girls", "sport", "sport"),
            {"Solid": 7.0, "Melange": 2.0, "Colour blocking": 1.0, "All over pattern": 0.8, "Dot": 0.5},
        ),
        Kind(
            "Shorts",
            274,
            LOWER,
            "Shorts",
            4,
            (10, 30),
            0.9,
            0.1,
            (*EVERYONE, "sport"),
            {"Solid": 7.0, "Denim": 4.0, "All over pattern": 2.0, "Stripe": 1.0, "Check": 0.7},
        ),
        Kind("Skirt", 275, LOWER, "Skirts", 4, (13, 40), 0.3, 0.05, FEMALE, {**WOVEN, "Denim": 2.0}),
        Kind(
            "Sneakers",
            94,
            "Shoes",
            "Shoes",
            2.8,
            (20, 60),
            0.0,
            0.1,
            EVERYONE,
            {"Solid": 7.0, "Colour blocking": 4.0},
        ),
        Kind("Boots", 87, "Shoes", "Shoes", 2.2, (30, 90), -0.8, 0.0, ("women", "divided", "men"), PLAIN),
        Kind("Ballerinas", 86, "Shoes", "Shoes", 1, (13, 35), 0.3, 0.1, ("women", "girls"), PLAIN),
        Kind(
            "Bag",
            66,
            "Accessories",
            "Accessories",
            2.8,
            (13, 50),
            0.0,
            0.05,
            ("women", "women", "divided", "men"),
            {"Solid": 9.0, "All over pattern": 1.0, "Check": 1.0, "Stripe": 1.0},
        ),
        Kind(
            "Hat/beanie",
            75,
            "Accessories",
            "Accessories",
            2,
            (5, 18),
            -0.9,
            0.2,
            EVERYONE,
            {"Solid": 7.0, "Melange": 3.0, "Stripe": 2.0},
        ),
        Kind("Cap/peaked", 69, "Accessories", "Accessories", 1.2, (8, 18), 0.4, 0.1, GROWN, PLAIN),
        Kind(
            "Hat/brim", 76, "Accessories", "Accessories", 0.8, (13, 25), 0.9, 0.0, ("women", "divided"), PLAIN
        ),
        Kind(
            "Scarf",
            80,
            "Accessories",
            "Accessories",
            2,
            (8, 30),
            -0.8,
            0.1,
            ("women", "men"),
            {"Solid": 5.0, "Check": 4.0, "Stripe": 2.0, "Melange": 2.0},
        ),
        Kind("Sunglasses", 81, "Accessories", "Accessories", 1, (8, 13), 0.8, 0.1, GROWN, PLAIN),
        Kind(
            "Socks",
            302,
            "Socks & Tights",
            "Socks and Tights",
            3,
            (3, 10),
            -0.1,
            0.4,
            EVERYONE,
            {"Solid": 5.0, "Stripe": 4.0, "Dot": 2.0, "Argyle": 1.5, "Melange": 1.5},
        ),
        Kind(
            "Swimsuit",
            57,
            "Swimwear",
            "Swimwear",
            1.8,
            (18, 40),
            1.0,
            0.05,
            ("women", "women", "girls"),
            SWIM,
        ),
        Kind("Bikini top", 298, "Swimwear", "Swimwear", 1.8, (10, 25), 1.0, 0.05, ("women", "divided"), SWIM),
        Kind(
            "Swimwear bottom",
            59,
            "Swimwear",
            "Swimwear",
            2.2,
            (8, 20),
            1.0,
            0.05,
            ("women", "women", "divided", "men", "boys"),
            SWIM,
        ),
    )
}
