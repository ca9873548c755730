"""The work of the two scoring scripts: backtest models on the split's weeks, and write the hybrid's recommendations."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

import polars as pl

from stylo.artefacts import Manifest, write_parquet, writing
from stylo.candidates.history import History
from stylo.candidates.similar_articles import article_vectors
from stylo.evaluation.backtest import BASELINES, Backtest, BacktestModel, backtest
from stylo.evaluation.diagnosis import diagnose
from stylo.evaluation.intervals import DIFFERENCE
from stylo.evaluation.metrics import METRICS
from stylo.evaluation.rules_cost import RuledHybrid, check_rules_of, rules_cost
from stylo.evaluation.tuning import tuned_settings
from stylo.evaluation.watched import Watched
from stylo.outfits.learning import learn
from stylo.parallel.workers import LOCAL, Workers
from stylo.progress import SILENT, Progress
from stylo.ranking.explanation import REASONS
from stylo.recommender import Recommender, SavedModel
from stylo.tables.folder import MODEL_FILE, MODEL_INPUTS, OUTFITS_FILE, DataFolder
from stylo.tables.ids import SHOP_CUSTOMER, ArticleIds
from stylo.tables.outputs import HEADER, check_output, lists_written_to
from stylo.tables.schemas import PARQUET_COLUMNS
from stylo.tables.split import read_cut, weekly_cutoffs
from stylo.tables.weekly_sales import weekly_sales

_SCRIPT = "final.py"
# How many weeks of a backtest a ranker serves, starting with its own.
_RETRAINED = 4
_AT_A_TIME, _IN_FOCUS, _ARTICLES = 20_000, 200_000, 5_000
# What a process that makes a whole week's lists reads itself.
_OF_HISTORY = "train_split.parquet", "valid_split.parquet", "articles.parquet", "customers.parquet"
# REASONS of a list, as they are written; null where nobody explains a model's lists.
_WHY = {"reason": pl.List(pl.String), "because": pl.List(pl.String), "days": pl.List(pl.Int32)}
#: The baseline that a model must beat.
RIVAL = BASELINES[-1].name


def score_baselines(folder: DataFolder, weeks: int = 1, progress: Progress = SILENT) -> Backtest:
    """Backtests the baselines on `weeks` weekly cutoffs, the split's own the last.

    Raises MissingArtefact, StaleArtefact, DamagedArtefact, BadOption, EmptySplit.
    """
    cutoff, days = read_cut(folder)
    history = History.open(folder, with_twins=False)
    return backtest(BASELINES, history, weekly_cutoffs(cutoff, weeks), days, progress)


def score_hybrid(
    folder: DataFolder,
    weeks: int = 1,
    submission: Path | None = None,
    progress: Progress = SILENT,
    workers: Workers = LOCAL,
    rules: tuple[str, str] | None = None,
) -> tuple[Backtest, dict[str, Any]]:
    """Backtests the hybrid beside the baselines, diagnoses it, and writes its recommendations.

    `predictions.parquet` holds every model's lists for the buyers of the weeks; `article_reccs.parquet` the
    neighbours of every article as of the split's cutoff; `weekly_sales.parquet` what sold when; `model.bin` the
    model as of the day after the data's end, and `outfits.bin` what goes with what on that day; `submission`, if
    named, twelve articles for every customer for the days after that end. `text_features.npy` and
    `style_features.npy` are made first if they are out of date.

    The ranker's settings are those of `ranker_settings.json` if they fit; otherwise they depend on the amount of
    training data.

    workers : who makes the lists. They are the same, whoever it is.
    rules : the text of a file of merchandising rules and its name: the hybrid is scored with them, too, and what they
        cost stands under `rules`. The model that is written does not depend on them.

    Raises MissingArtefact, StaleArtefact, DamagedArtefact, BadOption, EmptySplit, CannotWrite, Busy.
    """
    if submission is not None:
        check_output(submission, folder)
    if rules is not None:
        check_rules_of(folder, *rules)
    cutoff, days = read_cut(folder)
    cutoffs = weekly_cutoffs(cutoff, weeks)
    history = History.open(folder)
    if history.twins is None:
        progress.note("NOTICE: there is no visual_reccs.parquet: the hybrid runs without visual twins.")
    settings = tuned_settings(folder, cutoffs[0], progress)
    # What is needed after the backtest is checked now and read then.
    customers = folder.scan("customers.parquet").select("customer", "customer_id")
    # The split may end before the data do.
    everything = folder.scan("transactions.parquet") if submission else None
    parameters = {"weeks": weeks, "settings": asdict(settings) if settings else None}
    manifest = Manifest(_SCRIPT, folder.fingerprints(*MODEL_INPUTS), parameters)
    saved, worn = folder.path(MODEL_FILE), folder.path(OUTFITS_FILE)
    targets = [folder.path(name) for name in ("predictions.parquet", "article_reccs.parquet")]
    targets += [saved, saved.with_suffix(".json"), worn, worn.with_suffix(".json")]
    targets += [submission] if submission else []
    ids = folder.article_ids()
    lists = _Lists(ids)
    with writing(*targets) as (predictions, neighbours, model, beside, outfits, beside_outfits, *kaggle):
        history = history.with_embeddings(article_vectors(folder, progress))
        hybrid = Recommender.train(history, _training_days(cutoffs), days, progress, settings)
        if weeks == 1:  # as of the one week nothing was needed yet; of several, some are learned from, too
            history.forget()
        if hybrid.ranker(cutoff) is None:
            progress.note(
                "NOTICE: there is too little data to train on: the hybrid ranks by a weighted fusion instead."
            )
        watched = Watched(hybrid, workers)
        models: list[BacktestModel] = [*BASELINES, watched]
        if rules is not None:
            models.append(RuledHybrid(hybrid, folder, *rules))
        tables = folder.files_of(*_OF_HISTORY)
        result = backtest(models, history, cutoffs, days, progress, lists.keep, workers, tables)
        found = diagnose(result, lists.short, watched, history, RIVAL)
        if rules is not None:
            found["rules"] = rules_cost(result, lists.short, history, rules, folder.price_unit)
        del watched, models  # and with them all candidates of the weeks
        write_parquet(lists.scan(customers), predictions, manifest)
        write_parquet(_neighbours(hybrid, history, cutoff, progress), neighbours, manifest)
        history.forget()
        SavedModel.of(hybrid, history).write(model, beside, manifest)
        learn(history, history.last_day + timedelta(days=1)).write(outfits, beside_outfits, manifest)
        if everything is not None:
            whole = history.over(everything)
            # If nothing comes after the split's end, what was fitted for model.bin is used again.
            whole = history if whole.last_day == history.last_day else whole
            assert submission is not None
            with lists_written_to(kaggle[0], submission) as file:
                _write_submission(file, hybrid, whole, _as_the_shop(folder), ids, progress, workers)
    if folder.has("transactions.parquet"):
        weekly_sales(folder)
    return result, found


def _training_days(cutoffs: Sequence[date]) -> list[date]:
    """Every fourth cutoff, counted back from the last, and the first."""
    return sorted({cutoffs[0], *cutoffs[::-_RETRAINED]})


def facts(result: Backtest) -> dict[str, Any]:
    """What a program reads in the report: estimates of every model, and each model's paired difference."""
    models: dict[str, Any] = {}
    found = result.estimates(RIVAL)
    for model in result.models:
        estimates = {metric: found[model, metric] for metric in METRICS}
        difference = found[model, DIFFERENCE]
        models[model] = {metric: estimate.mean for metric, estimate in estimates.items()} | {
            "ci95": estimates[METRICS[0]][1:],
            "ci95_all": {metric: estimate[1:] for metric, estimate in estimates.items()},
            f"map@12_minus_{RIVAL}": {"mean": difference.mean, "ci95": difference[1:]},
        }
    return {
        "cutoff": result.cutoffs[-1],
        "days": result.days,
        "weeks": len(result.cutoffs),
        "customers": result.customers,
        "models": models,
    }


def table(report: dict[str, Any]) -> list[list[str]]:
    """The same for a person: model, MAP@12 with its interval, recall@12, NDCG@12, difference to the rival."""
    rows = []
    for name, model in report["models"].items():
        low, high = model["ci95"]
        paired = model[f"map@12_minus_{RIVAL}"]
        difference = f"{paired['mean']:+.5f} [{paired['ci95'][0]:+.5f}, {paired['ci95'][1]:+.5f}]"
        rows.append(
            [
                name,
                f"{model['map@12']:.5f} [{low:.5f}, {high:.5f}]",
                *(f"{model[metric]:.5f}" for metric in METRICS[1:]),
                difference if name != RIVAL else "",
            ]
        )
    return rows


def headline(report: dict[str, Any]) -> str:
    """Which weeks and how many lists the table covers."""
    weeks, last = report["weeks"], report["cutoff"]
    span = f"the {report['days']} days from {last}" if weeks == 1 else f"{weeks} weeks, the last from {last}"
    return (
        f"Mean over {report['customers']:,} lists of buyers in {span}; brackets: 95 % bootstrap by customer."
    )


TABLE_COLUMNS = ("model", "MAP@12", "recall@12", "NDCG@12", f"MAP@12 against {RIVAL}")


class _Lists:
    """The models' lists, kept in memory as Parquet: about 30 bytes a list instead of about 500."""

    def __init__(self, ids: ArticleIds) -> None:
        self._ids = ids
        self._parts: dict[tuple[date, str], bytes] = {}
        #: (cutoff, model) → `customer`, `article`, `rank`.
        self.short: dict[tuple[date, str], pl.DataFrame] = {}

    def keep(self, cutoff: date, model: str, ranked: pl.DataFrame) -> None:
        self.short[cutoff, model] = ranked.select("customer", "article", "rank")
        explained = set(REASONS) <= set(ranked.columns)
        why = list(REASONS) if explained else []
        because = [self._ids.ids(pl.col("because"))] if explained else []
        nothing = {} if explained else {name: pl.lit(None, dtype) for name, dtype in _WHY.items()}
        lists = (
            ranked.sort("customer", "rank")
            # Within the groups it would be a call for each customer.
            .with_columns(self._ids.ids(pl.col("article")).alias("article_id"), *because)
            .group_by("customer", maintain_order=True)
            .agg("article_id", "proposed_by", *why)
            .with_columns(cutoff=pl.lit(cutoff), model=pl.lit(model), **nothing)
        )
        part = io.BytesIO()
        lists.write_parquet(part, compression="zstd")
        self._parts[cutoff, model] = part.getvalue()

    def scan(self, customers: pl.LazyFrame) -> pl.LazyFrame:
        """`predictions.parquet`: one row for each list, ids as people write them, best first."""
        lists = pl.scan_parquet([self._parts[key] for key in sorted(self._parts)])
        named = lists.join(customers, on="customer", how="left", maintain_order="left")
        return named.select(PARQUET_COLUMNS["predictions.parquet"])


def _neighbours(hybrid: Recommender, history: History, as_of: date, progress: Progress) -> pl.LazyFrame:
    """What is near each article. It waits as Parquet: as a table it would take ten times the memory."""
    articles, parts = history.articles.select("article").sort("article").collect(), []
    with progress.task("Articles", articles.height) as advance:
        for chunk in articles.iter_slices(_ARTICLES):
            part = io.BytesIO()
            hybrid.similar(history, chunk.to_series(), as_of).write_parquet(part, compression="zstd")
            parts.append(part.getvalue())
            advance(chunk.height)
    return pl.scan_parquet(parts)


def _as_the_shop(folder: DataFolder) -> pl.DataFrame:
    """`customer` and `customer_id` of all customers: the shop's own ids where it has such."""
    named = SHOP_CUSTOMER if folder.has_own_customer_ids() else "customer_id"
    return folder.scan("customers.parquet").select("customer", customer_id=pl.col(named)).collect()


def _write_submission(
    target: IO[bytes],
    hybrid: Recommender,
    history: History,
    customers: pl.DataFrame,
    ids: ArticleIds,
    progress: Progress,
    workers: Workers,
) -> None:
    as_of = history.last_day + timedelta(days=1)
    with progress.task("Customers", customers.height) as advance:
        target.write(HEADER + b"\n")
        for many in customers.sort("customer").iter_slices(_IN_FOCUS):
            seen = history.focus(many["customer"])
            for chunk in many.iter_slices(_AT_A_TIME):
                ranked = hybrid.recommend(seen, chunk["customer"], as_of, workers=workers)
                lists = (
                    ranked.sort("customer", "rank")
                    .with_columns(ids.ids(pl.col("article")).alias("article_id"))
                    .group_by("customer", maintain_order=True)
                    .agg("article_id")
                    .select("customer", prediction=ids.in_one_text(pl.col("article_id")))
                )
                rows = chunk.join(lists, on="customer", how="left", maintain_order="left")
                filled = rows.select("customer_id", pl.col("prediction").fill_null(""))
                target.write(filled.write_csv(include_header=False).encode())
                advance(chunk.height)
