"""The catalogue as numbers: what the shoppers' utilities are made of, one row an article."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from stylo.demo.article import Article
from stylo.demo.audiences import AUDIENCES
from stylo.demo.customers import PALETTES, STYLES, Floats
from stylo.demo.kinds import KINDS
from stylo.demo.vocabulary import APPEARANCE_NOS, Colour

Ints = NDArray[np.int64]

_PALETTE_OF_MASTER = {
    "Black": "dark", "White": "light", "Grey": "grey", "Beige": "earth", "Mole": "earth", "Brown": "earth",
    "Khaki green": "earth", "Blue": "blue", "Pink": "pastel", "Lilac Purple": "pastel", "Turquoise": "pastel",
    "Red": "bright", "Orange": "bright", "Yellow": "bright", "Green": "bright",
}  # fmt: skip
_MIDSUMMER = date(2020, 7, 10).timetuple().tm_yday


@dataclass(frozen=True)
class Assortment:
    """Row i of every array is article i of the catalogue. Positions refer to the tuples of names."""

    product: Ints
    audience: Ints
    kind: Ints
    palette: Ints
    appearance: Ints
    style: Floats
    euros: Floats
    launch: Ints
    life: Ints
    basic: NDArray[np.bool_]
    summer: Floats
    appeal: Floats

    def on_sale(self, week: int) -> Ints:
        """Positions of the articles on sale in a week."""
        return np.flatnonzero((self.launch <= week) & (week < self.launch + self.life))

    def pull(self, rows: Ints, week: int, day: date) -> Floats:
        """How much everybody is drawn to these articles in a week: appeal, life cycle and season."""
        age = week - self.launch[rows]
        life = self.life[rows]
        fade = 1.6 * np.clip((age - 0.55 * life) / (0.45 * life), 0, 1)
        launch = 0.9 * np.exp(-age / 4.0) - 0.5 * (age == 0)
        cycle = np.where(self.basic[rows], 0.25, launch + 0.35 - fade)
        season = np.cos(2 * np.pi * (day.timetuple().tm_yday - _MIDSUMMER) / 365.25)
        return np.asarray(self.appeal[rows] + cycle + 1.9 * self.summer[rows] * season, dtype=np.float32)

    def discounts(self, rows: Ints, week: int) -> Floats:
        """The share of the full price asked in a week: less at the end of an article's life."""
        left = self.launch[rows] + self.life[rows] - week
        return np.select([left <= 1, left <= 3, left <= 5], [0.5, 0.65, 0.8], 1.0).astype(np.float32)


def measure(articles: tuple[Article, ...], seed: int) -> Assortment:
    """The numbers of a catalogue. Articles that look and are worn alike lie close in style."""
    rng = np.random.default_rng([seed, 4])
    products = {code: at for at, code in enumerate(sorted({article.product.code for article in articles}))}
    product = np.array([products[article.product.code] for article in articles])
    appeal = 0.55 * rng.standard_normal(len(products))[product] + 0.45 * rng.standard_normal(len(articles))
    basic = np.array([article.product.basic for article in articles])
    return Assortment(
        product=product,
        audience=np.array([AUDIENCES.index(article.product.audience) for article in articles]),
        kind=_positions([article.product.design.kind for article in articles], list(KINDS)),
        palette=np.array([PALETTES.index(_palette(article.colour)) for article in articles]),
        appearance=_positions([article.appearance for article in articles], list(APPEARANCE_NOS)),
        style=_styles(articles, product, rng),
        euros=np.array([article.product.euros for article in articles], dtype=np.float32),
        launch=np.array([article.launch for article in articles]),
        life=np.array([article.life for article in articles]),
        basic=basic,
        summer=np.array(
            [KINDS[article.product.design.kind].summer for article in articles], dtype=np.float32
        ),
        appeal=(appeal + 0.3 * basic).astype(np.float32),
    )


def _styles(articles: tuple[Article, ...], product: Ints, rng: np.random.Generator) -> Floats:
    """A point in style space an article: the sum of what its section, model, fabric and motif stand for."""
    total = np.zeros((len(articles), STYLES))
    for share, words in (
        (0.5, [article.product.section for article in articles]),
        (0.45, [article.product.design.model + article.product.design.neckline for article in articles]),
        (0.45, [article.product.design.fabric for article in articles]),
        (0.4, [article.motif or article.appearance for article in articles]),
    ):
        names = sorted(set(words))
        total += share * rng.standard_normal((len(names), STYLES))[_positions(words, names)]
    total += 0.35 * rng.standard_normal((int(product.max()) + 1, STYLES))[product]
    return total.astype(np.float32)


def _palette(colour: Colour) -> str:
    if colour.master == "Pink" and colour.value == "Bright":
        return "bright"
    return _PALETTE_OF_MASTER[colour.master]


def _positions(words: list[str], names: list[str]) -> Ints:
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[word] for word in words])


def day_of_week_start(week: int, weeks: int, last_day: date) -> date:
    """The first day of a week; the last week ends on the last day."""
    return last_day - timedelta(days=7 * (weeks - week) - 1)
