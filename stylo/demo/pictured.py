"""Which articles are photographed when not all are."""

from stylo.demo.arrays import Ints
from stylo.demo.article import Article


def to_be_pictured(catalogue: tuple[Article, ...], sold: Ints, images: int | None) -> list[Article]:
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
