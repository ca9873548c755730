"""How large a shop is: by a scale, by counts, or by both."""

import re
from dataclasses import dataclass
from datetime import date

from stylo.errors import BadOption

LAST_DAY = date(2020, 9, 22)
#: H&M's own size, which is scale 1.
FULL_ARTICLES, FULL_CUSTOMERS, FULL_DAYS = 105_542, 1_371_980, 734
SMALLEST_SCALE = 0.001
KAGGLES_PHOTO, SMALL_PHOTO = (1166, 1750), (400, 600)

_DEFAULT_ARTICLES, _DEFAULT_CUSTOMERS = 1000, 5000
_MOST = {"articles": 200_000, "customers": 3_000_000, "days": 3650}
_PHOTO_WIDTHS = (40, 4000)


@dataclass(frozen=True)
class ShopSize:
    """What a shop is asked to hold. `images` is how many photos, None is one of each article."""

    articles: int = _DEFAULT_ARTICLES
    customers: int = _DEFAULT_CUSTOMERS
    days: int = FULL_DAYS
    images: int | None = None
    image_size: tuple[int, int] = SMALL_PHOTO

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            count = getattr(self, name)
            if not 1 <= count <= most:
                raise BadOption(
                    f"A shop cannot have {count:,} {name}.",
                    where=f"--{name} {count}",
                    cure=f"Choose a number from 1 to {most:,}.",
                )
        if self.images is not None and not 0 <= self.images <= self.articles:
            raise BadOption(
                f"A shop of {self.articles:,} articles cannot have {self.images:,} photos.",
                where=f"--images {self.images}",
                cure=f"Choose a number from 0 to {self.articles:,}, or leave it out.",
            )
        width, height = self.image_size
        if not (_PHOTO_WIDTHS[0] <= width <= _PHOTO_WIDTHS[1] and 0.65 <= width / max(height, 1) <= 0.68):
            raise BadOption(
                f"A photo cannot be {width} by {height} pixels.",
                where=f"--image-size {width}x{height}",
                cure=f"Photos are upright, two to three, {_PHOTO_WIDTHS[0]} to {_PHOTO_WIDTHS[1]} pixels wide: "
                "400x600, or 1166x1750 as Kaggle's.",
            )


def size_of(
    scale: float | None = None,
    *,
    articles: int | None = None,
    customers: int | None = None,
    days: int | None = None,
    images: int | None = None,
    image_size: str = "400x600",
) -> ShopSize:
    """The size that these options name. A count that is named goes before the scale's.

    A shop with a scale has no photos, one without has all, unless `images` says how many.
    """
    if scale is None:
        usual_articles, usual_customers, usual_images = _DEFAULT_ARTICLES, _DEFAULT_CUSTOMERS, None
    elif SMALLEST_SCALE <= scale <= 1:
        usual_articles, usual_customers = round(scale * FULL_ARTICLES), round(scale * FULL_CUSTOMERS)
        usual_images = 0
    else:
        raise BadOption(
            f"A shop cannot be {scale:g} times H&M's size.",
            where=f"--scale {scale:g}",
            cure=f"Choose a number from {SMALLEST_SCALE} to 1.0, which is {FULL_CUSTOMERS:,} customers and "
            f"{FULL_ARTICLES:,} articles.",
        )
    return ShopSize(
        articles=usual_articles if articles is None else articles,
        customers=usual_customers if customers is None else customers,
        days=FULL_DAYS if days is None else days,
        images=usual_images if images is None else images,
        image_size=_pixels(image_size),
    )


def _pixels(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found:
        raise BadOption(
            f"{text!r} is not a size in pixels.",
            where=f"--image-size {text}",
            cure="Write width x height, for example 400x600, or 1166x1750 as Kaggle's.",
        )
    return int(found[1]), int(found[2])
