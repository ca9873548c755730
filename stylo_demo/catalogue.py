"""The range of the demo shop: products, their variants, and when each is on sale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from stylo.progress import SILENT, Progress
from stylo_demo.article import CatalogueArticle, Product
from stylo_demo.audiences import department_of, garment_group_of, index_of, sections_of
from stylo_demo.customers import Ints
from stylo_demo.designs import KINDS, Kind, colours_of, draw, draw_design, second_colour
from stylo_demo.vocabulary import COLOURS, MOTIFS
from stylo_demo.wording import product_description, product_name

_NEVER_SOLD = 0.005
_WITHOUT_PHOTO = 0.005
_WITHOUT_DESCRIPTION = 0.006
_FOREVER = 10_000


@dataclass(frozen=True)
class _Plan:
    kind: Kind
    audience: str
    young: bool
    denim: bool
    basic: bool
    launch: int
    life: int
    variants: int


def make_catalogue(
    articles: int, weeks: int, seed: int, progress: Progress = SILENT
) -> tuple[CatalogueArticle, ...]:
    """The articles of a shop that is open for so many weeks, sorted by article id.

    About 0.5 % (at least one) go on sale only after the last week.
    """
    rng = np.random.default_rng([seed, 1])
    plans = sorted(_plans(articles, weeks, rng), key=lambda plan: plan.launch)
    codes = np.sort(rng.choice(np.arange(108_000, 948_000), len(plans), replace=False))
    made: list[CatalogueArticle] = []
    with progress.task("Articles designed", articles) as advance:
        for code, plan in zip(codes, plans, strict=True):
            made.extend(_variants(_product(int(code), plan, rng), plan, weeks, rng))
            advance(plan.variants)
    return tuple(_with_novelties(made, weeks, rng))


def _plans(articles: int, weeks: int, rng: np.random.Generator) -> Iterator[_Plan]:
    """Plans until their variants are exactly so many articles; each kind once before any twice."""
    kinds = list(KINDS.values())
    shares = np.array([kind.share for kind in kinds])
    first = iter(rng.permutation(len(kinds)))
    left = articles
    while left:
        at = next(first, None)
        kind = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()) if at is None else at)]
        plan = _plan(kind, weeks, left, len(kinds) * 3 <= articles, rng)
        left -= plan.variants
        yield plan


def _plan(kind: Kind, weeks: int, left: int, roomy: bool, rng: np.random.Generator) -> _Plan:
    audience = str(rng.choice(kind.audiences))
    if audience == "sport":
        audience = (
            str(rng.choice(("sport women", "sport men"))) if kind.name != "Leggings/Tights" else "sport women"
        )
    basic = bool(rng.random() < kind.basic)
    denim_share = kind.appearances.get("Denim", 0.0) / sum(kind.appearances.values())
    denim = bool(rng.random() < denim_share) and not audience.startswith("sport")
    variants = min(left, int(rng.geometric(0.4 if basic else 0.47)) if roomy else int(rng.integers(1, 3)))
    life = _life(basic, rng)
    return _Plan(
        kind,
        audience,
        bool(rng.random() < 0.45),
        denim,
        basic,
        _launch(kind, life, weeks, basic, rng),
        life,
        variants,
    )


def _life(basic: bool, rng: np.random.Generator) -> int:
    """For how many weeks a product is on sale: fashion for a season, basics for longer or for good."""
    if not basic:
        return int(rng.integers(10, 34))
    return _FOREVER if rng.random() < 0.22 else int(rng.integers(26, 100))


def _launch(kind: Kind, life: int, weeks: int, basic: bool, rng: np.random.Generator) -> int:
    """The week a product goes on sale: basics mostly before the first, others ahead of their season."""
    if life == _FOREVER and rng.random() < 0.8:
        return -int(rng.integers(1, 60))
    tries = rng.integers(-life if life < weeks else -20, weeks, 6)
    # The last week ends on 22 September, and midsummer lies ten weeks before that.
    middle = tries + min(life, 30) / 2
    fit = kind.summer * np.cos(2 * np.pi * (middle - (weeks - 10)) / 52.18)
    return int(tries[int(np.argmax(fit * 2 + rng.random(6)))])


def _product(code: int, plan: _Plan, rng: np.random.Generator) -> Product:
    kind, audience = plan.kind, plan.audience
    design = draw_design(kind.name, audience, plan.denim, rng)
    sections = sections_of(kind, audience, plan.young, plan.basic, plan.denim)
    weights = np.array(list(sections.values()), dtype=float)
    section = list(sections)[int(rng.choice(len(sections), p=weights / weights.sum()))]
    garment_group = garment_group_of(kind, audience, plan.basic, plan.denim)
    low, high = kind.euros
    reach = float(rng.beta(1.3, 2.6)) + 0.5 * (section == "Womens Premium")
    child = 0.75 if audience in ("girls", "boys") else 1.0
    euros = max(round((low + (high - low) * reach) * child * (0.8 if plan.basic else 1.0)), 2) + 0.99 - 1
    return Product(
        code=code,
        name=product_name(design, rng),
        description=product_description(design),
        audience=audience,
        index=index_of(kind, audience, plan.young),
        section=section,
        department=department_of(garment_group, audience),
        garment_group=garment_group,
        type_no=kind.number,
        group=kind.group,
        design=design,
        euros=round(euros, 2),
        basic=plan.basic,
        launch=plan.launch,
        life=plan.life,
    )


def _variants(
    product: Product, plan: _Plan, weeks: int, rng: np.random.Generator
) -> Iterator[CatalogueArticle]:
    usual = draw({name: share for name, share in plan.kind.appearances.items() if name != "Denim"}, rng)
    taken: set[tuple[str, str]] = set()
    number = 0
    for _ in range(plan.variants):
        appearance, colour = _look(product, plan, usual, taken, rng)
        taken.add((appearance, colour))
        number += 1 + int(rng.random() < 0.25)
        late = int(rng.integers(1, 20)) if number > 1 and rng.random() < 0.3 else 0
        without = rng.random() < _WITHOUT_DESCRIPTION
        yield CatalogueArticle(
            article_id=f"0{product.code:06d}{number:03d}",
            product=product,
            appearance=appearance,
            motif=str(rng.choice(MOTIFS[appearance])) if appearance in MOTIFS else "",
            colour=COLOURS[colour],
            second=COLOURS[second_colour(colour, appearance, rng)],
            description="" if without else product.description,
            launch=min(product.launch + late, max(weeks - 1, product.launch)),
            life=product.life,
            has_photo=bool(rng.random() >= _WITHOUT_PHOTO),
        )


def _look(
    product: Product, plan: _Plan, usual: str, taken: set[tuple[str, str]], rng: np.random.Generator
) -> tuple[str, str]:
    """An appearance and a colour that the product does not come in yet, if a few draws find one."""
    appearance, colour = "", ""
    for _ in range(12):
        patterned = usual if rng.random() < 0.88 else "Solid"
        if "chest pocket" in product.design.details and "print" in patterned:
            patterned = "Solid"
        appearance = "Denim" if plan.denim else patterned
        colour = draw(colours_of(product.design, appearance), rng)
        if (appearance, colour) not in taken:
            break
    return appearance, colour


def _with_novelties(
    articles: list[CatalogueArticle], weeks: int, rng: np.random.Generator
) -> list[CatalogueArticle]:
    """The same articles, some of which go on sale only after the last week."""
    ordered = sorted(articles, key=lambda article: article.article_id)
    count = max(1, round(_NEVER_SOLD * len(ordered)))
    latest = sorted(range(len(ordered)), key=lambda at: ordered[at].launch)[-max(3 * count, 1) :]
    for at in rng.choice(latest, min(count, len(latest)), replace=False):
        ordered[at] = replace(ordered[at], launch=weeks + int(rng.integers(0, 4)))
    return ordered


def to_be_pictured(
    catalogue: tuple[CatalogueArticle, ...], sold: Ints, images: int | None
) -> list[CatalogueArticle]:
    """The best-selling articles of every kind in turn, so many in all, in the catalogue's order; None is all.

    `sold` is how often each article was sold. Every shop lacks a few photos, as Kaggle's does.
    """
    there = [at for at, article in enumerate(catalogue) if article.has_photo]
    if images is None or images >= len(there):
        return [catalogue[at] for at in there]
    turns: dict[str, int] = {}
    order = []
    for at in sorted(there, key=lambda at: (-sold[at], at)):
        kind = catalogue[at].product.design.kind
        turns[kind] = turns.get(kind, 0) + 1
        order.append((turns[kind], -sold[at], at))
    return [catalogue[at] for at in sorted(at for _, _, at in sorted(order)[:images])]
