"""The only place that converts ids, both ways; what does not round-trip is refused.

                     people, other programs         files between our parts              inside
    article          `0108775015`, or the SKU  ◀─▶  `0108775015`, ten digits       ◀─▶  Int32
    customer         64 hex characters, or     ──▶  64 hex characters: the SHA-256 ◀─▶  row number in
                     the shop's own id              of the shop's own id                customers.parquet, UInt32

A shop has SKUs where its `articles.parquet` has a column `sku`; then `ArticleIds` is what stands between it and the
world. It has customer ids of its own where `customers.parquet` has a column `shop_customer_id`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from stylo.errors import BadIdentifier, DamagedArtefact, UnknownArticle
from stylo.tables.texts import NOWHERE, WORD, KnownTexts, Words

ARTICLE_ID_DIGITS = 10
#: Regular expressions of an id.
ARTICLE_ID, CUSTOMER_ID = "0[0-9]{9}", "[0-9a-f]{64}"
#: Of a customer id.
CHARACTERS = 64
#: Characters of an id that a shop gives its articles or customers itself.
LONGEST_OWN_ID = 64
# Control characters, line separators, what is not assigned, and a blank at either end.
_NOT_IN_OWN_ID = r"[\p{C}\p{Zl}\p{Zp}]|^\s|\s$"
#: The columns with a shop's own ids, where it has any.
SKU, SHOP_CUSTOMER = "sku", "shop_customer_id"
#: The column with further SKUs that an article is known by, such as those of its sizes: a tab between two.
OTHER_SKUS = "other_skus"
_BETWEEN = "\t"  # no SKU has a control character
_LARGEST_ARTICLE = 10 ** (ARTICLE_ID_DIGITS - 1) - 1
_CURE = "An article id is ten digits with its leading zero, for example 0706016001."


def article_number(article_id: str) -> int:
    """`0108775015` → 108775015. Raises BadIdentifier for anything that would not come back the same."""
    if not re.fullmatch(ARTICLE_ID, article_id):
        raise BadIdentifier(f"{article_id!r} is not an article id.", cure=_CURE)
    return int(article_id)


def article_id(article: int) -> str:
    """108775015 → `0108775015`."""
    if not 0 <= article <= _LARGEST_ARTICLE:
        raise BadIdentifier(f"{article} is not an article number.", cure=_CURE)
    return f"{article:0{ARTICLE_ID_DIGITS}d}"


def article_numbers(ids: pl.Expr) -> pl.Expr:
    """String → Int32 in a table; null where an id does not round-trip."""
    # A number of ten characters that begins with 0 has no sign, blank or point: nothing else would be read.
    ten_digits = (ids.str.len_bytes() == ARTICLE_ID_DIGITS) & ids.str.starts_with("0")
    return pl.when(ten_digits).then(ids.cast(pl.Int32, strict=False))


def article_ids(articles: pl.Expr) -> pl.Expr:
    """Int32 → String in a table."""
    return articles.cast(pl.String).str.zfill(ARTICLE_ID_DIGITS)


class ArticleIds:
    """The ids by which people and other programs know the articles of a shop, and the numbers they stand for.

    Ten digits, by arithmetic, in a shop without SKUs. In one with SKUs a text is first looked for among these, letter
    by letter; only one that is no SKU is read as the ten digits of a number, so that these lead to an article, too. An
    article without a SKU, which the shop no longer has, is known by its ten digits. Any of an article's other SKUs
    leads to it; what is shown is its `sku`.

    Some 150 bytes for each SKU.
    """

    def __init__(self, skus: pl.DataFrame | None = None) -> None:
        """skus : `article` and `sku`, which are distinct, perhaps `other_skus`; None for a shop without."""
        self._numbers, self._skus = np.zeros(0, dtype=np.int32), pl.Series(SKU, [], dtype=pl.String)
        self._sorted, self._of_sorted = list[str](), self._numbers
        if skus is not None:
            by_number = skus.select("article", SKU).drop_nulls().sort("article")
            self._numbers, self._skus = by_number["article"].to_numpy().astype(np.int32), by_number[SKU]
            by_sku = every_sku(skus).unique(SKU, keep="first", maintain_order=True).sort(SKU)
            self._sorted = by_sku[SKU].to_list()
            self._of_sorted = by_sku["article"].to_numpy().astype(np.int32)
        #: Whether the shop has SKUs.
        self.own = len(self._skus) > 0

    @classmethod
    def of(cls, articles: pl.DataFrame) -> ArticleIds:
        """Of rows of `articles.parquet`: `article`, and where the shop has SKUs `sku` and perhaps `other_skus`."""
        return cls(articles if SKU in articles.columns else None)

    @property
    def example(self) -> str:
        """An id such as this shop has."""
        return self._skus[0] if self.own else "0706016001"

    def id(self, article: int) -> str:
        """The id of an article. O(log n)."""
        if self.own and 0 <= article <= _LARGEST_ARTICLE:
            # With a number of Python's the whole array would be turned into 64 bits first.
            place = int(self._numbers.searchsorted(np.int32(article)))
            if place < len(self._numbers) and self._numbers[place] == article:
                return str(self._skus[place])
        return article_id(article)

    def ids(self, articles: pl.Expr) -> pl.Expr:
        """Int32 → String in a table; null stays null."""
        return (
            articles.map_batches(self._ids_of, return_dtype=pl.String) if self.own else article_ids(articles)
        )

    def number(self, written: str) -> int:
        """The number of the article that is meant; without SKUs it may be that of no article. O(log n).

        Raises BadIdentifier for what cannot be an id, UnknownArticle for what could be a SKU and is none.
        """
        if not self.own:
            return article_number(written)
        if (article := self._with_sku(written)) is not None:
            return article
        if re.fullmatch(ARTICLE_ID, written):
            return int(written)
        shown = f"{written[:LONGEST_OWN_ID]!r}"
        if not is_sku(written):
            raise BadIdentifier(f"{shown} is not an article id.", cure=self.cure)
        raise UnknownArticle(f"There is no article {shown}.", cure=self.cure)

    def numbers(self, ids: pl.Expr) -> pl.Expr:
        """String → Int32 in a table; null where `number` would raise."""
        return ids.map_batches(self._numbers_of, return_dtype=pl.Int32) if self.own else article_numbers(ids)

    @property
    def cure(self) -> str:
        """What an id of this shop looks like."""
        if not self.own:
            return _CURE
        return (
            f"An article id of this shop is its SKU, for example {self.example}; upper and lower case differ. "
            "The ten digits of its number are understood as well."
        )

    def meant(self, written: str) -> str | None:
        """The id that somebody who wrote it almost may have meant: in another case, or without its leading zero."""
        written = written.strip()[:LONGEST_OWN_ID]
        if not self.own:
            return f"0{written}" if re.fullmatch(r"[0-9]{9}", written) else None
        alike = written.casefold()
        return next((sku for sku in self._sorted if sku.casefold() == alike), None)

    def in_one_text(self, lists: pl.Expr) -> pl.Expr:
        """Lists of ids → texts with a blank between two ids, as Kaggle has them.

        A blank in a SKU is written `%20`, and then `%` is `%25`: cut at blanks, `urllib.parse.unquote` gives it back.
        """
        if self.own:
            each = pl.element().str.replace_all("%", "%25", literal=True)
            lists = lists.list.eval(each.str.replace_all(" ", "%20", literal=True))
        return lists.list.join(" ")

    def _with_sku(self, written: str) -> int | None:
        place = bisect_left(self._sorted, written)
        there = place < len(self._sorted) and self._sorted[place] == written
        return int(self._of_sorted[place]) if there else None

    def _ids_of(self, articles: pl.Series) -> pl.Series:
        numbers = articles.fill_null(-1).to_numpy()
        places = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        found = self._skus.gather(places)
        there = pl.Series(self._numbers[places] == numbers)
        written = article_ids(pl.lit(articles))
        return pl.select(pl.when(there).then(found).otherwise(written).alias(articles.name)).to_series()

    def _numbers_of(self, ids: pl.Series) -> pl.Series:
        known = pl.DataFrame({"id": pl.Series(self._sorted, dtype=pl.String), "article": self._of_sorted})
        found = ids.alias("id").to_frame().join(known, on="id", how="left", maintain_order="left")
        either = pl.coalesce("article", article_numbers(pl.col("id"))).alias(ids.name)
        return found.select(either).to_series()


def every_sku(articles: pl.DataFrame) -> pl.DataFrame:
    """`article` and `sku`: what each is shown by, then what else it is known by. A SKU should stand there once.

    articles : `article`, `sku`, perhaps `other_skus`.
    """
    skus = articles.select("article", SKU)
    if OTHER_SKUS in articles.columns:
        cells = articles.select("article", pl.col(OTHER_SKUS).alias(SKU)).drop_nulls()
        skus = pl.concat([skus, cells.with_columns(pl.col(SKU).str.split(_BETWEEN)).explode(SKU)])
    return skus.drop_nulls()


def in_one_cell(lists: pl.Expr) -> pl.Expr:
    """Lists of SKUs → cells of `other_skus`; null for an empty one."""
    return pl.when(lists.list.len() > 0).then(lists.list.join(_BETWEEN))


def check_other_skus(cells: pl.Expr) -> pl.Expr:
    """String → the same String in a table; null where something in a cell cannot be a SKU."""
    each = cells.str.split(_BETWEEN)
    good = each.list.eval(check_own_ids(pl.element()).is_not_null()).list.all()
    return pl.when(good).then(cells)


def is_sku(text: str) -> bool:
    """Whether a text can be a SKU: printable, up to 64 characters."""
    return 0 < len(text) <= LONGEST_OWN_ID and text.isprintable()


def restore_leading_zeros(ids: pl.Series) -> tuple[pl.Series, int]:
    """Puts a zero before each text of nine digits, which as an article id has no other meaning; and how many."""
    lost = ids.str.contains(r"^[0-9]{9}$").fill_null(value=False)
    if not lost.any():
        return ids, 0
    return pl.select(pl.when(lost).then("0" + ids).otherwise(ids).alias(ids.name)).to_series(), int(
        lost.sum()
    )


def product_keys(articles: NDArray[np.integer], product_codes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Equal for articles that are variants of one product, by the product codes of `articles.parquet`.

    Who has none, a code below zero, stands alone.
    """
    return np.where(product_codes >= 0, product_codes.astype(np.int64), -1 - articles.astype(np.int64))


def customer_digest(own: str) -> str:
    """The 64 characters of a shop's own id: SHA-256 of its UTF-8, as hex; such characters are their own."""
    return own if re.fullmatch(CUSTOMER_ID, own) else hashlib.sha256(own.encode()).hexdigest()


def customer_digests(own: pl.Series) -> pl.Series:
    """`customer_digest` of each; null stays null. A microsecond or two each."""
    hashed = [
        None if each is None else hashlib.sha256(each).hexdigest() for each in own.cast(pl.Binary).to_list()
    ]
    table = pl.DataFrame({"own": own, "digest": pl.Series(hashed, dtype=pl.String)})
    return table.select(pl.coalesce(check_customer_ids(pl.col("own")), "digest").alias(own.name)).to_series()


def customer_key(written: str, *, own: bool) -> str:
    """The 64 hex characters by which a customer is known inside.

    own : whether the shop has customer ids of its own. Then these are what is written, unless it is 64 hex characters.

    Raises BadIdentifier for what cannot be an id.
    """
    if not own and not re.fullmatch(CUSTOMER_ID, written):
        raise BadIdentifier(f"{written[:80]!r} is not a customer id.", cure="It is 64 characters 0-9 a-f.")
    try:
        digest = customer_digest(written)
    except UnicodeEncodeError:
        digest = ""
    fits = written == written.strip() and not any(map(_never_in_own_id, written))
    if not 0 < len(written) <= LONGEST_OWN_ID or not digest or not fits:
        raise BadIdentifier(
            f"{written[:80]!r} is not a customer id.",
            cure=f"A customer id of this shop has at most {LONGEST_OWN_ID} characters; 64 characters 0-9 a-f are "
            "understood as well.",
        )
    return digest


def _never_in_own_id(character: str) -> bool:
    """As `_NOT_IN_OWN_ID`."""
    return (kind := unicodedata.category(character)) in ("Zl", "Zp") or kind[0] == "C"


def check_customer_ids(ids: pl.Expr) -> pl.Expr:
    """String → the same String in a table; null where it is not 64 lower-case hex characters."""
    return pl.when(ids.str.contains(f"^{CUSTOMER_ID}$")).then(ids)


def check_own_ids(ids: pl.Expr) -> pl.Expr:
    """String → the same String in a table; null where it cannot be the id that a shop gives an article or customer."""
    fits = ids.str.len_chars().is_between(1, LONGEST_OWN_ID) & ~ids.str.contains(_NOT_IN_OWN_ID)
    return pl.when(fits).then(ids)


class CustomerNumbers:
    """The row number of each customer id in `customers.parquet`: found by a hash, confirmed by all characters.

    Some 80 bytes a customer.

    Parameters
    ----------
    ids : distinct, 64 characters each; the position is the number. Raises DamagedArtefact if they are not.
    """

    def __init__(self, ids: pl.Series) -> None:
        if not (whole := _whole(ids)).all():
            raise _damaged("contains something that is not a customer id", ids.filter(~whole))
        self._ids = KnownTexts(_characters(ids))
        if self._ids.repeated is not None:
            raise _damaged("names a customer twice", ids[[self._ids.repeated]])

    def of(self, ids: pl.Series) -> pl.Series:
        """UInt32, null where an id is not one of the customers'. O(ids)."""
        whole = _whole(ids)
        if not whole.all():
            found = self.of(ids.filter(whole))
            places = whole.arg_true()
            return pl.repeat(None, len(ids), dtype=pl.UInt32, eager=True).scatter(places, found)
        numbers = pl.Series(self._ids.of(_characters(ids)), dtype=pl.UInt32)
        return pl.select(pl.when(numbers != NOWHERE).then(numbers)).to_series()

    def of_characters(self, ids: Words) -> NDArray[np.uint32] | None:
        """The same for ids as words; None if one of them is no customer's."""
        numbers = self._ids.of(ids)
        return None if (numbers == NOWHERE).any() else numbers


class KnownArticles:
    """Which article numbers exist.

    Parameters
    ----------
    articles : the numbers of all articles, Int32.
    """

    def __init__(self, articles: pl.Series) -> None:
        self._articles = KnownTexts(_as_words(articles))

    def only(self, articles: pl.Series) -> pl.Series:
        """The same numbers, null where there is no such article. O(articles)."""
        exists = pl.Series(self._articles.of(_as_words(articles.fill_null(-1))) != NOWHERE)
        return articles if exists.all() else pl.select(pl.when(exists).then(articles)).to_series()


def _as_words(numbers: pl.Series) -> Words:
    return numbers.to_numpy().astype(np.uint64).reshape(-1, 1)


def _whole(ids: pl.Series) -> pl.Series:
    return (ids.str.len_bytes() == CHARACTERS).fill_null(value=False)


def _damaged(how: str, ids: pl.Series) -> DamagedArtefact:
    return DamagedArtefact(
        f"customers.parquet is damaged: it {how}.",
        where=f"For example {ids[0]!r}.",
        cure="Delete it and make it again: python data_optim.py",
    )


def _characters(ids: pl.Series) -> Words:
    """Ids of 64 characters as a matrix of eight words each, shape (ids, 8)."""
    _, offsets, text = ids.to_arrow().cast(pa.large_string()).buffers()
    start = int(np.frombuffer(offsets, np.int64)[0])
    characters = np.frombuffer(text, np.uint8)[start : start + len(ids) * CHARACTERS]
    return characters.view(np.uint64).reshape(-1, CHARACTERS // WORD)
