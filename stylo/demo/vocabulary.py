"""The names and codes of H&M's articles.csv that the demo shop uses, and the colour that each colour name is.

Names, and the numbers of product types, appearances and colours, are H&M's public vocabulary; the numbers of
sections and departments are made here, in the order in which the names stand.
"""

from dataclasses import dataclass

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Colour:
    """One colour group: its code, the perceived value and master that go with it, and its sRGB."""

    name: str
    code: int
    value: str
    master: str
    rgb: Rgb

    @property
    def luma(self) -> float:
        """Perceived brightness, 0 (black) to 255 (white), by Rec. 601."""
        red, green, blue = self.rgb
        return 0.299 * red + 0.587 * green + 0.114 * blue


COLOURS = {
    colour.name: colour
    for colour in (
        Colour("Black", 9, "Dark", "Black", (35, 34, 37)),
        Colour("White", 10, "Light", "White", (246, 245, 242)),
        Colour("Off White", 11, "Dusty Light", "White", (238, 231, 215)),
        Colour("Light Grey", 6, "Dusty Light", "Grey", (201, 201, 200)),
        Colour("Grey", 7, "Medium Dusty", "Grey", (146, 147, 150)),
        Colour("Dark Grey", 8, "Dark", "Grey", (80, 82, 87)),
        Colour("Light Beige", 12, "Dusty Light", "Beige", (225, 207, 182)),
        Colour("Beige", 13, "Medium Dusty", "Beige", (200, 172, 136)),
        Colour("Dark Beige", 14, "Medium Dusty", "Mole", (150, 124, 98)),
        Colour("Yellowish Brown", 17, "Dark", "Brown", (122, 77, 46)),
        Colour("Greenish Khaki", 19, "Dark", "Khaki green", (105, 103, 68)),
        Colour("Light Yellow", 21, "Light", "Yellow", (247, 228, 150)),
        Colour("Yellow", 22, "Bright", "Yellow", (240, 193, 52)),
        Colour("Dark Yellow", 23, "Medium", "Yellow", (205, 148, 32)),
        Colour("Light Orange", 31, "Light", "Orange", (245, 190, 152)),
        Colour("Orange", 32, "Bright", "Orange", (231, 120, 50)),
        Colour("Dark Orange", 33, "Medium", "Orange", (184, 84, 44)),
        Colour("Red", 42, "Bright", "Red", (194, 38, 44)),
        Colour("Dark Red", 43, "Dark", "Red", (112, 28, 42)),
        Colour("Light Pink", 51, "Dusty Light", "Pink", (241, 204, 204)),
        Colour("Pink", 52, "Medium Dusty", "Pink", (224, 143, 158)),
        Colour("Dark Pink", 53, "Bright", "Pink", (204, 64, 112)),
        Colour("Light Purple", 61, "Dusty Light", "Lilac Purple", (203, 187, 222)),
        Colour("Purple", 62, "Medium", "Lilac Purple", (128, 88, 154)),
        Colour("Light Blue", 71, "Dusty Light", "Blue", (178, 204, 229)),
        Colour("Blue", 72, "Medium Dusty", "Blue", (76, 119, 176)),
        Colour("Dark Blue", 73, "Dark", "Blue", (36, 47, 80)),
        Colour("Light Turquoise", 81, "Dusty Light", "Turquoise", (164, 213, 209)),
        Colour("Turquoise", 82, "Medium", "Turquoise", (44, 154, 158)),
        Colour("Light Green", 91, "Dusty Light", "Green", (184, 208, 164)),
        Colour("Green", 92, "Medium", "Green", (74, 142, 88)),
        Colour("Dark Green", 93, "Dark", "Green", (36, 74, 58)),
    )
}

VALUE_IDS = {"Dusty Light": 1, "Medium Dusty": 2, "Light": 3, "Dark": 4, "Bright": 5, "Medium": 7}

MASTER_IDS = {
    "Mole": 1,
    "Blue": 2,
    "Orange": 3,
    "Pink": 4,
    "Black": 5,
    "Lilac Purple": 6,
    "Turquoise": 7,
    "Yellow": 8,
    "White": 9,
    "Beige": 11,
    "Grey": 12,
    "Brown": 13,
    "Red": 18,
    "Green": 19,
    "Khaki green": 20,
}

APPEARANCE_NOS = {
    "All over pattern": 1010001,
    "Argyle": 1010003,
    "Check": 1010004,
    "Colour blocking": 1010005,
    "Dot": 1010006,
    "Front print": 1010008,
    "Glittering/Metallic": 1010009,
    "Melange": 1010010,
    "Placement print": 1010014,
    "Solid": 1010016,
    "Stripe": 1010017,
    "Jacquard": 1010022,
    "Denim": 1010023,
}

INDEX_CODES = {
    "Ladieswear": "A",
    "Lingeries/Tights": "B",
    "Ladies Accessories": "C",
    "Divided": "D",
    "Menswear": "F",
    "Baby Sizes 50-98": "G",
    "Children Sizes 92-140": "H",
    "Children Sizes 134-170": "I",
    "Children Accessories, Swimwear": "J",
    "Sport": "S",
}

INDEX_GROUPS = {
    "Ladieswear": "Ladieswear",
    "Lingeries/Tights": "Ladieswear",
    "Ladies Accessories": "Ladieswear",
    "Divided": "Divided",
    "Menswear": "Menswear",
    "Baby Sizes 50-98": "Baby/Children",
    "Children Sizes 92-140": "Baby/Children",
    "Children Sizes 134-170": "Baby/Children",
    "Children Accessories, Swimwear": "Baby/Children",
    "Sport": "Sport",
}

INDEX_GROUP_NOS = {"Ladieswear": 1, "Divided": 2, "Menswear": 3, "Baby/Children": 4, "Sport": 26}

GARMENT_GROUP_NOS = {
    "Jersey Basic": 1002,
    "Knitwear": 1003,
    "Jersey Fancy": 1005,
    "Outdoor": 1007,
    "Dressed": 1008,
    "Trousers": 1009,
    "Blouses": 1010,
    "Shirts": 1011,
    "Skirts": 1012,
    "Dresses Ladies": 1013,
    "Dresses/Skirts girls": 1014,
    "Trousers Denim": 1016,
    "Swimwear": 1018,
    "Accessories": 1019,
    "Shoes": 1020,
    "Socks and Tights": 1021,
    "Shorts": 1025,
}

SECTIONS = (
    "Womens Everyday Basics",
    "Womens Everyday Collection",
    "Womens Casual",
    "Womens Tailoring",
    "Womens Trend",
    "Womens Premium",
    "Womens Jackets",
    "Ladies Denim",
    "Womens Shoes",
    "Womens Big accessories",
    "Womens Small accessories",
    "Womens Swimwear, beachwear",
    "Womens Nightwear, Socks & Tigh",
    "Divided Basics",
    "Divided Collection",
    "Divided Projects",
    "Divided Accessories",
    "Contemporary Casual",
    "Contemporary Smart",
    "Contemporary Street",
    "Men Suits & Tailoring",
    "Mens Outerwear",
    "Denim Men",
    "Men Shoes",
    "Men Accessories",
    "Men Underwear",
    "Kids Girl",
    "Kids Boy",
    "Young Girl",
    "Young Boy",
    "Kids Outerwear",
    "Kids Accessories, Swimwear & D",
    "Kids & Baby Shoes",
    "Baby Girl",
    "Baby Boy",
    "Ladies H&M Sport",
    "Men H&M Sport",
)

SECTION_NOS = {name: 11 + 2 * at for at, name in enumerate(SECTIONS)}
