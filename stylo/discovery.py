"""A shop that the six scripts made ready, for Python: recommend, explain, find what is similar or looks alike, score.

from stylo import Discovery

shop = Discovery.open("data")
shop.recommend(["0000423b…"])              # customer_id, rank, article_id, score, proposed_by
shop.similar("0706016001")                 # article_id, neighbour_id, rank, score, proposed_by
shop.look_alikes("photo.jpg")              # article_id, score, look, shape, colour, pattern
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from stylo.errors import BadIdentifier, BadOption, MissingFile, UnknownArticle, UnknownCustomer
from stylo.recommender import HYBRID, SavedModel
from stylo.tables.folder import DataFolder
from stylo.tables.ids import OTHER_SKUS, SKU, ArticleIds, CustomerNumbers, customer_key
from stylo.tables.schemas import LIST_LENGTH

if TYPE_CHECKING:
    from stylo.evaluation.backtest import BacktestModel
    from stylo.visual.alike import Lookalikes
    from stylo.visual.encoder import Encoder


class Discovery:
    """Answers from the artefacts of one data folder. What a question needs is opened when it is first asked.

    Parameters
    ----------
    folder : the data folder. Ids are those of the CSVs: ten digits for an article, 64 hexadecimal characters for a
        customer. Where the shop has SKUs an article is known by its SKU; where it has customer ids of its own, these
        are understood.
    """

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder

    @classmethod
    def open(cls, data: str | PathLike[str] = "data") -> Discovery:
        """Opens a data folder.

        Parameters
        ----------
        data : the folder that `data_optim.py` and the scripts after it wrote.

        Returns
        -------
        Discovery

        Raises
        ------
        MissingArtefact, StaleArtefact or DamagedArtefact if its articles are not there or cannot be used.
        """
        folder = DataFolder(Path(data))
        folder.scan("articles.parquet")
        return cls(folder)

    @property
    def articles(self) -> pl.DataFrame:
        """The catalogue: `article_id` and Kaggle's other columns, one row for each article."""
        ids = self._ids.ids(pl.col("article"))
        return self._articles.with_columns(article_id=ids).drop("article", SKU, OTHER_SKUS, strict=False)

    def recommend(self, customers: str | Iterable[str], k: int = LIST_LENGTH) -> pl.DataFrame:
        """Recommends articles to customers, for the days after the data's end.

        Parameters
        ----------
        customers : ids, of one or several customers.
        k : how many articles each of them gets.

        Returns
        -------
        DataFrame
            `customer_id`, `rank` (1 is best), `article_id`, `score`, `proposed_by` (the strategies, the highest rank
            first); in the order of the customers asked for, then of rank.

        Raises
        ------
        UnknownCustomer, BadOption; MissingArtefact and the like if `final.py` has not been run.
        """
        asked = [customers] if isinstance(customers, str) else list(dict.fromkeys(customers))
        numbers = self._numbers_of(asked)
        ranked = self._model.recommend(numbers, _count(k))
        order = pl.DataFrame(
            {"customer": numbers, "customer_id": asked},
            schema={"customer": pl.UInt32, "customer_id": pl.String},
        ).with_row_index("place")
        return (
            ranked.join(order, on="customer")
            .sort("place", "rank")
            .select(
                "customer_id",
                "rank",
                self._ids.ids(pl.col("article")).alias("article_id"),
                "score",
                "proposed_by",
            )
        )

    def explain(self, customer: str, k: int = LIST_LENGTH) -> pl.DataFrame:
        """Says why a customer gets each recommendation.

        Parameters
        ----------
        customer : id of one customer.
        k : how many articles are recommended.

        Returns
        -------
        DataFrame
            `rank`, `article_id`, `reason` (a sentence about the customer), `because` (id of the purchase that led to
            it, null where none did), `proposed_by`.

        Raises
        ------
        As `recommend`.
        """
        explanations = self._model.explain(self._numbers_of([customer])[0], _count(k))
        names = self._names
        rows = [
            {
                "rank": rank,
                "article": each.article,
                "reason": each.sentence(names),
                "because": each.because,
                "proposed_by": [strategy for strategy, _ in each.proposed_by],
            }
            for rank, each in enumerate(explanations, start=1)
        ]
        schema: dict[str, pl.DataType | type[pl.DataType]] = {
            "rank": pl.UInt16,
            "article": pl.Int32,
            "reason": pl.String,
            "because": pl.Int32,
            "proposed_by": pl.List(pl.String),
        }
        return pl.DataFrame(rows, schema=schema).select(
            "rank",
            self._ids.ids(pl.col("article")).alias("article_id"),
            "reason",
            self._ids.ids(pl.col("because")),
            "proposed_by",
        )

    def similar(self, article: str, k: int = LIST_LENGTH, by: str = HYBRID) -> pl.DataFrame:
        """Finds articles that go with an article, or could stand in for it.

        Parameters
        ----------
        article : its id.
        k : how many at most; `final.py` keeps twelve.
        by : "hybrid", or one strategy: "bought together", "goes with" (of other kinds), "style neighbours",
            "same style", "visual twins".

        Returns
        -------
        DataFrame
            `article_id`, `neighbour_id`, `rank` (1 is nearest), `score`, `proposed_by`.

        Raises
        ------
        BadIdentifier, UnknownArticle, BadOption; MissingArtefact and the like if `final.py` has not been run.
        """
        number = self._known(article)
        neighbours = self.folder.scan("article_reccs.parquet")
        strategies = neighbours.select(pl.col("strategy").unique().sort()).collect().to_series().to_list()
        if by not in strategies:
            raise BadOption(
                f"by={by!r}: there is no such strategy.", cure=f"There are {', '.join(strategies)}."
            )
        mine = (pl.col("article") == number) & (pl.col("strategy") == by) & (pl.col("rank") <= _count(k))
        ids = {"article_id": "article", "neighbour_id": "neighbour"}
        return (
            neighbours.filter(mine)
            .sort("rank")
            .select(
                *(self._ids.ids(pl.col(column)).alias(name) for name, column in ids.items()),
                "rank",
                "score",
                "proposed_by",
            )
            .collect()
        )

    def look_alikes(self, of: str | PathLike[str] | bytes, k: int = LIST_LENGTH) -> pl.DataFrame:
        """Finds the articles that look most like a photo, or like an article.

        Parameters
        ----------
        of : an article's id; or a JPEG, PNG or WebP, as its path or its bytes. A text that is neither is taken for a
            path where it has a point or a slash in it, else for an id.
        k : how many.

        Returns
        -------
        DataFrame
            `article_id`, `score` (0 to 1), and what `look`, `shape`, `colour` and `pattern` have added to it; the
            best first.

        Raises
        ------
        UnknownArticle, UnreadablePhoto, MissingFile; MissingArtefact and the like without `visual_features.py`.
        """
        if isinstance(of, str) and self._is_id(of):
            query = self._looks.of_article(self._known(of))
        else:
            query = self._looks.of_photo(of if isinstance(of, bytes) else self._read(of), self._encoder)
        found = self._looks.find(query, _count(k))
        return found.select(self._ids.ids(pl.col("article")).alias("article_id"), pl.exclude("article"))

    def evaluate(self, *models: BacktestModel, weeks: int = 1) -> pl.DataFrame:
        """Scores models beside the baselines on the last weeks of the data; `final.py` does it for the hybrid.

        Parameters
        ----------
        models : anything with a `name` and `recommend(history, customers, as_of, k)`, such as a `Recommender`.
        weeks : how many weekly cutoffs, the split's own the last.

        Returns
        -------
        DataFrame
            `model`, `lists` (buyers, once for each week), `map@12` with `low` and `high` of its 95 % interval,
            `recall@12`, `ndcg@12`.

        Raises
        ------
        BadOption, EmptySplit; MissingArtefact and the like without `split_data.py`.
        """
        from stylo.candidates.history import History
        from stylo.candidates.similar_articles import article_vectors
        from stylo.evaluation.backtest import BASELINES, backtest
        from stylo.evaluation.metrics import METRICS
        from stylo.tables.split import read_cut, weekly_cutoffs

        cutoff, days = read_cut(self.folder)
        history = History.open(self.folder)
        if models:
            history = history.with_embeddings(article_vectors(self.folder))
        found = backtest([*BASELINES, *models], history, weekly_cutoffs(cutoff, weeks), days)
        estimates = found.estimates(BASELINES[-1].name)
        headline, *others = METRICS
        return pl.DataFrame(
            {
                "model": model,
                "lists": found.customers,
                headline: estimates[model, headline].mean,
                "low": estimates[model, headline].low,
                "high": estimates[model, headline].high,
                **{metric: estimates[model, metric].mean for metric in others},
            }
            for model in found.models
        )

    def _read(self, photo: str | PathLike[str]) -> bytes:
        try:
            return Path(photo).read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            neither = f"It is no article either. {self._ids.cure}" if isinstance(photo, str) else ""
            raise MissingFile(f"{photo} cannot be read: {why}.", cure=neither) from error

    @cached_property
    def _articles(self) -> pl.DataFrame:
        return self.folder.scan("articles.parquet").collect()

    @cached_property
    def _ids(self) -> ArticleIds:
        return ArticleIds.of(self._articles)

    def _is_id(self, text: str) -> bool:
        """Whether a text names an article rather than a file; in a shop with SKUs, one that is there or was meant."""
        if not self._ids.own:
            return text.isdecimal()
        try:
            there = self._articles["article"].eq(self._ids.number(text)).any()
        except (BadIdentifier, UnknownArticle):
            there = False
        return there or not (set("./\\") & set(text) or _is_file(text))

    @cached_property
    def _model(self) -> SavedModel:
        return SavedModel.open(self.folder)

    @cached_property
    def _customers(self) -> CustomerNumbers:
        return CustomerNumbers(
            self.folder.scan("customers.parquet").select("customer_id").collect().to_series()
        )

    @cached_property
    def _names(self) -> dict[int, tuple[str, str]]:
        columns = self._articles.select("article", pl.col("prod_name", "colour_group_name").fill_null(""))
        return {article: (name, colour) for article, name, colour in columns.iter_rows()}

    @cached_property
    def _looks(self) -> Lookalikes:
        from stylo.visual.alike import open_lookalikes

        return open_lookalikes(self.folder, with_sales=False)

    @cached_property
    def _encoder(self) -> Encoder:
        from stylo.vectors.embeddings import open_embeddings
        from stylo.visual.encoder import open_encoder

        return open_encoder(self.folder, open_embeddings(self.folder))

    def _numbers_of(self, customers: Sequence[str]) -> list[int]:
        own = self.folder.has_own_customer_ids()
        keys = [customer_key(each, own=own) if own else each for each in customers]
        numbers = self._customers.of(pl.Series(keys, dtype=pl.String)).to_list()
        for customer, number in zip(customers, numbers, strict=True):
            if number is None:
                raise UnknownCustomer(
                    f"There is no customer {customer!r}.",
                    cure="The ids are in customers.parquet: 64 characters 0-9 a-f"
                    + (", or the shop's own." if own else "."),
                )
        return numbers

    def _known(self, article: str) -> int:
        number = self._ids.number(article)
        if self._articles.filter(article=number).is_empty():
            raise UnknownArticle(
                f"There is no article {article}.", cure=f"The ids are in articles.parquet. {self._ids.cure}"
            )
        return number


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # too long for a name, or with a sign that none has
        return False


def _count(k: int) -> int:
    if k < 1:
        raise BadOption(f"k = {k}: ask for at least one article.")
    return k
