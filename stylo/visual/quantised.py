"""The network in 8-bit integers: quantised by NNCF on photos of the catalogue, and taken only if it sees the same.

Weights and activations become integers whose range is that of a sample of photos. Whether the vectors are still good
is measured on other photos: how near they are to those of float32, which neighbours stay, and whether these are
articles of the same type and colour as often as before.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stylo.errors import DamagedArtefact, MissingArtefact, StyloError
from stylo.progress import SILENT, Progress
from stylo.system.processor import has_int8_dot_products
from stylo.system.streams import quiet
from stylo.tables.folder import DataFolder
from stylo.visual import runtime as runtimes
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.kept_network import as_kept, open_network, read_card
from stylo.visual.photos import Photos, UnreachablePhoto, UnreadablePhoto, open_image
from stylo.visual.prepared import PreparedPhoto
from stylo.visual.runtime import INT8, Pixels, Vectors

#: Photos for calibration (NNCF's own default), and others on which the agreement is measured.
CALIBRATION, HELD_OUT = 300, 500
NEIGHBOURS = 12
#: With fewer photos to compare, the 12 nearest are half of all others, whatever the vectors.
_LEAST_HELD_OUT = 2 * NEIGHBOURS + 1
#: Calibration costs about what encoding 3,000 photos costs, and int8 saves a part of each: below, `auto` lets it be.
WORTH_IT = 20_000
#: What int8 must reach. On H&M's photos 94 % of the neighbours stay; with NNCF's own settings 83 % did, and with sums
#: that are cut off 67 % (docs/performance.md): less than the first means that something is wrong.
LEAST_MEAN_COSINE, LEAST_KEPT = 0.99, 0.85
#: By how much the share of neighbours of the same type, or colour, may fall; or by twice its standard error.
MOST_LOST = 0.01
_CURE = "Use --precision f32."


#: Articles → their product types, and their colour groups.
Labels = Callable[[list[int]], tuple[list[str], list[str]]]


class NotGoodEnough(StyloError):
    """The vectors of the quantised network differ too much from those of float32."""


@dataclass(frozen=True)
class Agreement:
    """Vectors of int8 beside those of float32, on photos that the calibration has not seen.

    Parameters
    ----------
    photos : how many.
    mean_cosine, lowest_cosine : between both vectors of a photo.
    neighbours_kept : share of a photo's 12 nearest among these photos that stay the same.
    same_type_f32, same_type_int8, same_colour_f32, same_colour_int8 : share of the 12 nearest that have the photo's
        product type, or colour group.
    type_error, colour_error : standard errors of the differences between those shares, paired by photo.
    """

    photos: int
    mean_cosine: float
    lowest_cosine: float
    neighbours_kept: float
    same_type_f32: float
    same_type_int8: float
    same_colour_f32: float
    same_colour_int8: float
    type_error: float
    colour_error: float

    @property
    def line(self) -> str:
        return (
            f"int8 beside f32, on {self.photos:,} photos: cosine {self.mean_cosine:.4f} on average, "
            f"{self.lowest_cosine:.4f} at the lowest; of the {NEIGHBOURS} nearest {self.neighbours_kept:.1%} stay; "
            f"same product type {self.same_type_f32:.3f} → {self.same_type_int8:.3f}, "
            f"same colour {self.same_colour_f32:.3f} → {self.same_colour_int8:.3f}."
        )

    @property
    def good(self) -> bool:
        """Whether int8 may be used where it is asked for."""
        return (
            self.mean_cosine >= LEAST_MEAN_COSINE
            and self.neighbours_kept >= LEAST_KEPT
            and self.same_type_int8 >= self.same_type_f32 - max(MOST_LOST, 2 * self.type_error)
            and self.same_colour_int8 >= self.same_colour_f32 - max(MOST_LOST, 2 * self.colour_error)
        )

    @property
    def falls(self) -> bool:
        """Whether the neighbours are worse than float32's by more than chance: then `auto` does not take int8."""
        return (
            self.same_type_int8 < self.same_type_f32 - self.type_error
            or self.same_colour_int8 < self.same_colour_f32 - self.colour_error
        )


def agreement(wide: Vectors, narrow: Vectors, types: Sequence[str], colours: Sequence[str]) -> Agreement:
    """Vectors of the same photos, (n, d) of float32 and of int8, with the articles' product types and colours."""
    ours, theirs = _of_length_1(narrow), _of_length_1(wide)
    cosines = (ours * theirs).sum(1)
    before, after = _nearest(theirs), _nearest(ours)
    kept = [len(set(mine) & set(other)) for mine, other in zip(after.tolist(), before.tolist(), strict=True)]
    same: dict[str, float] = {}
    for name, labels in (("type", np.array(types)), ("colour", np.array(colours))):
        shares = [(labels[rows] == labels[:, None]).mean(1) for rows in (before, after)]
        same[f"same_{name}_f32"], same[f"same_{name}_int8"] = (float(share.mean()) for share in shares)
        same[f"{name}_error"] = float((shares[1] - shares[0]).std(ddof=1) / np.sqrt(len(labels)))
    return Agreement(
        photos=len(wide),
        mean_cosine=float(cosines.mean()),
        lowest_cosine=float(cosines.min()),
        neighbours_kept=float(np.mean(kept)) / NEIGHBOURS,
        **same,
    )


def _of_length_1(vectors: Vectors) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))


def _nearest(vectors: NDArray[np.float64]) -> NDArray[np.intp]:
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    return np.argsort(-likeness, axis=1, kind="stable")[:, :NEIGHBOURS]


def sample(articles: Sequence[int]) -> tuple[list[int], list[int]]:
    """Evenly spaced articles, in their order: those for calibration, and others for the agreement.

    Of fewer than 800 articles it takes all, in the same proportion.
    """
    total = min(len(articles), CALIBRATION + HELD_OUT)
    places = [len(articles) * place // total for place in range(total)]
    count = round(total * CALIBRATION / (CALIBRATION + HELD_OUT))
    chosen = {total * place // count for place in range(count)} if count else set()
    calibration = [articles[place] for row, place in enumerate(places) if row in chosen]
    return calibration, [articles[place] for row, place in enumerate(places) if row not in chosen]


class Quantise(Protocol):
    """What makes of a network the one that encodes the catalogue: `in_int8` and `where_it_pays`."""

    def __call__(
        self,
        folder: DataFolder,
        encoder: Encoder,
        photos: Photos,
        articles: Sequence[int],
        made: Mapping[str, object] | None,
        progress: Progress,
    ) -> Encoder:
        """
        Parameters
        ----------
        encoder : in float32.
        articles : whose photos can be read, ascending.
        made : facts of the vectors that are there.
        """


def in_int8(
    folder: DataFolder,
    encoder: Encoder,
    photos: Photos,
    articles: Sequence[int],
    made: Mapping[str, object] | None,
    progress: Progress = SILENT,
) -> Encoder:
    """The network quantised: the one that is kept in the folder, or else a new one.

    Raises MissingLibrary without NNCF, NotGoodEnough, and StyloError if there are too few photos to tell.
    """
    try:
        return _kept(folder, encoder)
    except MissingArtefact:
        pass
    except StyloError as error:
        progress.note(f"NOTICE: {error.problem} It is quantised again.")
    made_now = quantised(encoder, photos, articles, partial(_labels, folder), progress)
    found = Agreement(**_mapping(made_now.quantised["agreement"]))
    if not found.good:
        raise NotGoodEnough(
            "The quantised network does not agree with float32: int8 is not used.",
            where=f"{found.line}\nIt needs a mean cosine of {LEAST_MEAN_COSINE}, {LEAST_KEPT:.0%} of the neighbours, "
            f"and shares of the same type and colour that fall by no more than {MOST_LOST} or chance.",
            cure=_CURE,
        )
    return made_now


def where_it_pays(
    folder: DataFolder,
    encoder: Encoder,
    photos: Photos,
    articles: Sequence[int],
    made: Mapping[str, object] | None,
    progress: Progress = SILENT,
) -> Encoder:
    """`auto`: int8 for a large catalogue on a fit processor without bfloat16, unless the neighbours become worse.

    Vectors that are there keep their precision: nobody who did not ask for it has all photos encoded again.
    """
    fit = encoder.precision == "f32" and encoder.network is not None and encoder.trained
    if not fit or not has_int8_dot_products():
        return encoder
    if made is not None:
        if made.get("precision") != INT8:
            return encoder
    elif len(articles) < WORTH_IT or not find_spec("nncf"):
        return encoder
    try:
        narrow = in_int8(folder, encoder, photos, articles, made, progress)
    except StyloError as error:
        progress.note(f"NOTICE: float32 is used. {error.problem} {error.where}")
        return encoder
    found = Agreement(**_mapping(narrow.quantised["agreement"]))
    if made is None and found.falls:
        progress.note(f"float32 is used: the neighbours become worse in int8. {found.line}")
        return encoder
    return narrow


def quantised(
    encoder: Encoder, photos: Photos, articles: Sequence[int], labels: Labels, progress: Progress = SILENT
) -> Encoder:
    """A network quantised on a sample of the photos, and how far it agrees with the float32 one on another.

    Equal photos give an equal network. Raises MissingLibrary without NNCF, StyloError with too few photos.
    """
    library = runtimes.nncf()
    assert encoder.network is not None
    calibration, held_out = sample(articles)
    with progress.task("Photos for int8", len(calibration) + len(held_out)) as advance:
        seen = _pixels(photos, calibration, advance)
        others = _pixels(photos, held_out, advance)
    if len(others) < _LEAST_HELD_OUT:
        raise StyloError(
            f"--precision int8: {len(seen) + len(others):,} photos are too few to tell whether int8 is good enough.",
            where=f"Apart from those for calibration it needs {_LEAST_HELD_OUT}.",
            cure=_CURE,
        )
    network = _quantise(library, encoder.network(), np.stack(list(seen.values())), progress)
    calibrated = {
        "nncf": str(library.__version__),
        "photos": len(seen),
        "network_sha256": _digest(network),
    }
    narrow = _in_int8(encoder, as_kept(network), calibrated)
    pixels = np.stack(list(others.values()))
    with progress.task("int8 beside f32", 2 * len(pixels)) as advance:
        vectors = [_encode(each, pixels, advance) for each in (encoder, narrow)]
    types, colours = labels(list(others))
    found = agreement(vectors[0], vectors[1], types, colours)
    return replace(narrow, quantised={**narrow.quantised, "agreement": asdict(found)})


def _kept(folder: DataFolder, encoder: Encoder) -> Encoder:
    """The quantised network in the folder, if it comes from the encoder's. Raises what `open_network` raises."""
    card = read_card(folder)
    if card.calibration is None or card.agreement is None:
        raise MissingArtefact("The network that is kept is not a quantised one.")
    try:
        Agreement(**card.agreement)
    except TypeError as error:
        raise DamagedArtefact("The card of the network does not tell its agreement.") from error
    source = open_network(folder, {**encoder.facts, "calibration": card.calibration})
    narrow = _in_int8(encoder, source, card.calibration)
    return replace(narrow, quantised={**narrow.quantised, "agreement": dict(card.agreement)})


def _in_int8(encoder: Encoder, source: runtimes.Source, calibration: Mapping[str, object]) -> Encoder:
    return replace(
        encoder,
        precision=INT8,
        _run=runtimes.OnOpenVino(source, INT8),
        network=lambda: source.network,
        quantised={"calibration": dict(calibration)},
    )


def _pixels(photos: Photos, articles: Sequence[int], advance: Any) -> dict[int, Pixels]:
    """Of the photos that can be read."""
    found = {}
    for article in articles:
        with contextlib.suppress(UnreadablePhoto, UnreachablePhoto):
            found[article] = PreparedPhoto.of_picture(open_image(photos.read(article), SIZE), SIZE).pixels
        advance(1)
    return found


def _quantise(library: Any, network: Any, pixels: Pixels, progress: Progress) -> Any:
    """By NNCF, with what keeps most neighbours (docs/performance.md), its slower correction of biases included.

    Dot products of bytes add up in 32 bits, so weights may use all 8. A range is that of all photos: what lies
    beyond is cut off, and NNCF's own choice, the mean of the photos' ranges, cuts off much. The first layer, which
    sees the pixels, stays in float, and so do the means at the end; they are 3 % of the work.
    """
    advanced = importlib.import_module("nncf.quantization.range_estimator")
    with progress.task("Quantising", len(pixels)) as advance:
        photos = library.Dataset(_Told(pixels, advance))
        with quiet(), contextlib.redirect_stdout(io.StringIO()):  # NNCF draws bars of its own
            return library.quantize(
                network.clone(),
                photos,
                target_device=library.TargetDevice.CPU,
                subset_size=len(pixels),
                fast_bias_correction=False,
                ignored_scope=library.IgnoredScope(
                    names=[_first_layer(network)], types=["ReduceMean"], validate=False
                ),
                advanced_parameters=library.AdvancedQuantizationParameters(
                    overflow_fix=library.OverflowFix.DISABLE,
                    activations_range_estimator_params=advanced.RangeEstimatorParametersSet.MINMAX,
                ),
            )


def _first_layer(network: Any) -> str:
    return next(
        str(operation.get_friendly_name())
        for operation in network.get_ordered_ops()
        if operation.get_type_name() == "Convolution"
    )


class _Told:
    """Photos as batches of one; tells when each is taken for the first time."""

    def __init__(self, pixels: Pixels, advance: Any) -> None:
        self._pixels, self._advance, self._taken = pixels, advance, 0

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, row: int) -> Pixels:
        if row >= len(self._pixels):
            raise IndexError(row)
        if row == self._taken:
            self._taken += 1
            self._advance(1)
        return self._pixels[row : row + 1]


def _digest(network: Any) -> str:
    """Of all that decides its results: operations in their order, and constants."""
    digest = hashlib.sha256()
    for operation in network.get_ordered_ops():
        digest.update(operation.get_type_name().encode())
        if operation.get_type_name() == "Constant":
            digest.update(np.ascontiguousarray(operation.data).tobytes())
    return digest.hexdigest()


def _encode(encoder: Encoder, pixels: Pixels, advance: Any, at_once: int = 50) -> Vectors:
    parts = []
    for start in range(0, len(pixels), at_once):
        parts.append(encoder.encode(pixels[start : start + at_once]))
        advance(len(parts[-1]))
    return np.concatenate(parts)


def _labels(folder: DataFolder, articles: list[int]) -> tuple[list[str], list[str]]:
    """Product type and colour group of each article."""
    columns = ["product_type_name", "colour_group_name"]
    table = folder.scan("articles.parquet").select("article", pl.col(columns).cast(pl.String).fill_null(""))
    wanted = pl.DataFrame({"article": articles}, schema={"article": table.collect_schema()["article"]})
    rows = wanted.join(table.collect(), on="article", how="left", maintain_order="left")
    return rows[columns[0]].to_list(), rows[columns[1]].to_list()


def _mapping(fact: object) -> dict[str, Any]:
    assert isinstance(fact, Mapping)
    return dict(fact)
