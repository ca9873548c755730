"""The catalogue as numbers: what draws customers to its articles, one row an article."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from stylo_demo.article import CatalogueArticle
from stylo_demo.audiences import AUDIENCES
from stylo_demo.customers import TRAITS, Floats, Ints, Marks, Reals
from stylo_demo.designs import KINDS
from stylo_demo.size import FULL_ARTICLES
from stylo_demo.vocabulary import Colour

_PALETTE_OF_MASTER = {
    "Black": "dark", "White": "light", "Grey": "grey", "Beige": "earth", "Mole": "earth", "Brown": "earth",
    "Khaki green": "earth", "Blue": "blue", "Pink": "pastel", "Lilac Purple": "pastel", "Turquoise": "pastel",
    "Red": "bright", "Orange": "bright", "Yellow": "bright", "Green": "bright",
}  # fmt: skip
_MIDSUMMER = date(2020, 7, 10).timetuple().tm_yday
# Fitted to `hm_figures.json` by the fidelity report. In a week 14 % of the products are offered for less; pull
# grows with the discount to this power.
_CAMPAIGN, _OFFERS, _BARGAIN = 0.14, (0.6, 0.7, 0.75, 0.8, 0.85), 1.5
# Few articles are in vogue once, for some weeks, by so much in the log of their pull.
_IN_VOGUE, _VOGUE, _VOGUE_WEEKS = 0.012, 2.9, 3.0
# Among few articles the same spread of appeal would leave nearly all sales to a handful.
_SPREAD = 2.5
# Deviations of the log of the pull, between products and between variants of one.
_PRODUCT_APPEAL, _ARTICLE_APPEAL = 0.75, 0.65


@dataclass(frozen=True)
class ShopAssortment:
    """Row i of every array is article i of the catalogue, which is sorted by product.

    `first` and `last` are the positions of the first article of its product, and past the last one's;
    `section` counts the sections of each audience, all of one audience before those of the next;
    `price_level` is the log of `euros`; `launch` and `life` are weeks;
    `vogue` is the age in weeks at which everybody wants an article for once, -1 for most; `vogue_pull` how much.
    """

    first: Ints
    last: Ints
    audience: Ints
    section: Ints
    traits: Floats
    euros: Reals
    price_level: Floats
    launch: Ints
    life: Ints
    basic: Marks
    summer: Floats
    appeal: Floats
    vogue: Ints
    vogue_pull: float

    def pull(self, week: int, day: date, discounts: Reals) -> Reals:
        """How much everybody is drawn to each article in a week: appeal, life cycle, season; 0 off sale."""
        age = week - self.launch
        on_sale = (age >= 0) & (age < self.life)
        cycle = np.where(self.basic, 0.25, _life_cycle(age, self.life))
        cycle += self.vogue_pull * np.exp(-(((age - self.vogue) / _VOGUE_WEEKS) ** 2)) * (self.vogue >= 0)
        season = np.cos(2 * np.pi * (day.timetuple().tm_yday - _MIDSUMMER) / 365.25)
        pull = np.exp(self.appeal + cycle + 1.9 * self.summer * season) / discounts**_BARGAIN
        return np.where(on_sale, pull, 0.0)

    def discounts(self, week: int, rng: np.random.Generator) -> Reals:
        """The part of its full price asked for each article: less near the end, and in a product's campaigns."""
        left = self.launch + self.life - week
        end = np.select([left <= 2, left <= 4, left <= 7], [0.5, 0.65, 0.8], 1.0)
        offered = rng.random(len(left))[self.first] < _CAMPAIGN
        return np.asarray(np.minimum(end, np.where(offered, rng.choice(_OFFERS, len(left))[self.first], 1.0)))

    def prices(self, discounts: Reals) -> Reals:
        """The euros asked for each article at these discounts, ending in .99."""
        return np.minimum(np.floor(self.euros * discounts) + 0.99, self.euros)


def _life_cycle(age: Ints, life: Ints) -> Reals:
    """The log of what an article's age does to its sales: a quick start, a slow decline, the sale."""
    fade = 1.6 * np.clip((age - 0.55 * life) / (0.45 * life), 0, 1)
    launch = 0.9 * np.exp(-np.maximum(age, 0) / 4.0) - 1.1 * (age == 0)
    return np.asarray(launch + 0.35 - fade)


def measure(articles: tuple[CatalogueArticle, ...], seed: int) -> ShopAssortment:
    """The numbers of a catalogue. Articles that look and are worn alike lie close in their traits."""
    rng = np.random.default_rng([seed, 4])
    product = np.cumsum(np.diff([article.product.code for article in articles], prepend=-1) != 0) - 1
    sizes = np.bincount(product)
    first = (np.cumsum(sizes) - sizes)[product]
    spread = min(math.log(len(articles)) / math.log(FULL_ARTICLES), 1.0) ** _SPREAD
    appeal = spread * (
        _PRODUCT_APPEAL * rng.standard_normal(len(sizes))[product]
        + _ARTICLE_APPEAL * rng.standard_normal(len(articles))
    )
    basic = np.array([article.product.basic for article in articles])
    euros = np.array([article.product.euros for article in articles])
    audience = np.array([AUDIENCES.index(article.product.audience) for article in articles])
    return ShopAssortment(
        first=first,
        last=first + sizes[product],
        audience=audience,
        section=_positions(
            [f"{at} {article.product.section}" for at, article in zip(audience, articles, strict=True)]
        ),
        traits=_traits(articles, product, rng),
        euros=euros,
        price_level=np.log(euros).astype(np.float32),
        launch=np.array([article.launch for article in articles]),
        life=np.array([article.life for article in articles]),
        basic=basic,
        summer=np.array(
            [KINDS[article.product.design.kind].summer for article in articles], dtype=np.float32
        ),
        appeal=(appeal + 0.3 * basic).astype(np.float32),
        vogue_pull=_VOGUE * spread,
        vogue=np.where(rng.random(len(articles)) < _IN_VOGUE, rng.integers(4, 14, len(articles)), -1),
    )


def _traits(articles: tuple[CatalogueArticle, ...], product: Ints, rng: np.random.Generator) -> Floats:
    """A point an article: the sum of what its kind, colour, section, model, fabric and motif stand for."""
    total = np.zeros((len(articles), TRAITS))
    for share, words in (
        (0.75, [article.product.design.kind for article in articles]),
        (0.5, [_palette(article.colour) for article in articles]),
        (0.4, [article.product.section for article in articles]),
        (0.3, [article.product.design.model + article.product.design.neckline for article in articles]),
        (0.3, [article.product.design.fabric for article in articles]),
        (0.3, [article.motif or article.appearance for article in articles]),
    ):
        place = _positions(words)
        total += share * rng.standard_normal((int(place.max()) + 1, TRAITS))[place]
    total += 0.25 * rng.standard_normal((int(product.max()) + 1, TRAITS))[product]
    return total.astype(np.float32)


def _palette(colour: Colour) -> str:
    if colour.master == "Pink" and colour.value == "Bright":
        return "bright"
    return _PALETTE_OF_MASTER[colour.master]


def _positions(words: list[str]) -> Ints:
    place = {name: at for at, name in enumerate(sorted(set(words)))}
    return np.array([place[word] for word in words])
