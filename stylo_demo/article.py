"""What a product and an article of the demo shop are: the facts behind metadata, photo and sales."""

from dataclasses import dataclass, field

from stylo_demo.vocabulary import Colour


@dataclass(frozen=True)
class Design:
    """The shape of one product, shared by its variants: what is drawn is what the description says.

    Words that do not apply to a kind stay empty. `width`, `drop` and `shape` are small deviations from the
    pattern piece, each between -1 and 1, so that two products with the same words still differ.
    """

    kind: str
    model: str = ""
    neckline: str = ""
    sleeve: str = ""
    length: str = ""
    fit: str = "regular"
    fabric: str = "jersey"
    details: frozenset[str] = field(default_factory=frozenset)
    width: float = 0.0
    drop: float = 0.0
    shape: float = 0.0
    size: float = 1.0


@dataclass(frozen=True)
class Product:
    """What the variants of one product share. `life` and `launch` are in weeks, counted from the first."""

    code: int
    name: str
    description: str
    audience: str
    index: str
    section: str
    department: str
    garment_group: str
    type_no: int
    group: str
    design: Design
    euros: float
    basic: bool
    launch: int
    life: int


@dataclass(frozen=True)
class CatalogueArticle:
    """One variant: a product in one appearance and colour. `second` is the other colour of its pattern."""

    article_id: str
    product: Product
    appearance: str
    motif: str
    colour: Colour
    second: Colour
    description: str
    launch: int
    life: int
    has_photo: bool

    @property
    def photo_path(self) -> str:
        """Where its photo lies below `images/`: `0XX/0XXXXXXXXX.jpg`."""
        return f"{self.article_id[:3]}/{self.article_id}.jpg"
