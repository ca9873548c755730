"""The catalogue map: all articles in two dimensions, near each other where they look alike.

    neighbours ──▶ graph: how much two belong together ──▶ neighbours attract, all repel each other ──▶ [-1, 1]²

The graph is that of UMAP (McInnes, Healy and Melville, 2018), the forces are those of t-SNE with a somewhat stronger
attraction, which makes islands (Böhm, Berens and Kobak, "Attraction-repulsion spectrum", 2022). UMAP draws a few
articles at random that repel one; here all do, by one convolution on a grid (Linderman et al., FIt-SNE, 2019): nearer
to the truth, sooner done (docs/results.md), and without chance.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy import fft
from threadpoolctl import threadpool_limits

from stylo.progress import SILENT, Progress

FILE = "visual_map.parquet"
#: As many numbers of a short vector are enough for `start_of`.
HEAD = 16
Floats = NDArray[np.float32]
# Cells of a grid (n,) and the share of each article that lies on them (n,).
_Spread = list[tuple[NDArray[np.int64], Floats]]

_NEIGHBOURS = 15
_EPOCHS = 400
# Fewer articles than this stay where their principal components put them.
_FEW = 50
_START = 10.0
# Copies of one photo start and end apart by this: they have the same neighbours, and no force parts them.
_JITTER = 1e-3
# By how much attraction is stronger than t-SNE's: first and last, which is reached at this share of the epochs.
_ATTRACTION = 8.0, 1.5
_REACHED = 0.6
# Neighbours nearer than this do not attract each other further: copies would end in one point.
_NEAR = 0.3
# Holds islands that nothing ties to the rest.
_GRAVITY = 1e-4
_RATE, _MOMENTUM, _LONGEST_STEP = 0.8, 0.9, 1.0
# Over the last share of the epochs steps shrink to nothing.
_COOLING = 0.1
# Repulsion reaches about 1. A cell is at least so wide, a side has at most so many, of which some stay free.
_CELL, _CELLS, _FREE = 0.4, 512, 6
_STEP = 2**0.25
# All but the farthest thousandth lie within this share of the map; what is farther is drawn in.
_WITHIN, _MOST = 0.95, 0.999
_HALVINGS = 40


def lay_out(
    neighbours: NDArray[np.integer],
    similarities: NDArray[np.floating],
    start: Floats,
    seed: int = 0,
    epochs: int = _EPOCHS,
    progress: Progress = SILENT,
) -> Floats:
    """Where each article lies, within [-1, 1]: float32 (n, 2), byte for byte the same for the same arguments.

    Parameters
    ----------
    neighbours : (n, k) rows of the others that are nearest; -1 where there is none. The first 15 count.
    similarities : (n, k) their cosines.
    start : (n, 2) where they lie at first, see `start_of`.

    Time O(epochs × n k), memory O(n k). Fewer than 50 articles stay where they start.
    """
    jitter = np.random.default_rng(seed).normal(0, _JITTER, start.shape).astype(np.float32)
    places = start + jitter
    if len(start) < _FEW or not neighbours.shape[1]:
        return _within(places)
    graph = graph_of(neighbours[:, :_NEIGHBOURS], similarities[:, :_NEIGHBOURS])
    graph.data *= np.float32(len(start) / max(graph.data.sum(dtype=np.float64), 1.0))
    velocity = np.zeros_like(places)
    first, last = _ATTRACTION
    with progress.task("Map", epochs) as advance:
        for done in np.arange(epochs) / epochs:
            attraction = first * (last / first) ** min(done / _REACHED, 1.0)
            pull, weight = _attraction(graph, places)
            force = attraction * pull + _repulsion(places) - _GRAVITY * places
            # Who is held by much moves by little: Jacobi's step, or it would overshoot.
            step = force / (attraction * weight + _GRAVITY)
            length = np.linalg.norm(step, axis=1, keepdims=True)
            step *= _LONGEST_STEP / np.maximum(length, _LONGEST_STEP)
            velocity = _MOMENTUM * velocity + _RATE * step
            places = (places + min(1.0, (1 - done) / _COOLING) * velocity).astype(np.float32)
            advance(1)
    return _within(places + jitter)


def start_of(heads: Floats) -> Floats:
    """The first two principal components of vectors (n, h): float32 (n, 2), the farthest at 10."""
    centred = heads.astype(np.float64)
    centred -= centred.mean(axis=0) if len(heads) else 0
    with threadpool_limits(1, "blas"):
        _, directions = np.linalg.eigh(centred.T @ centred)
        two = np.zeros((len(heads), 2))
        two[:, : heads.shape[1]] = centred @ directions[:, ::-1][:, :2]
    # A direction has no front: the longer side is taken.
    two *= np.where((two**3).sum(axis=0) < 0, -1, 1)
    farthest = np.abs(two).max(initial=0)
    return (two * (_START / farthest if farthest else 0)).astype(np.float32)


def graph_of(neighbours: NDArray[np.integer], similarities: NDArray[np.floating]) -> sp.csr_matrix:
    """How much two articles belong together, from 0 to 1: float32, symmetric (n, n).

    a + b - a b, where a = exp(-(d - ρ) / σ) is how much the one has the other as a neighbour, and b the reverse.
    d is one minus the cosine, ρ that of the nearest, and σ makes the weights of one article add up to log2(k).
    """
    count, k = neighbours.shape
    there = neighbours >= 0
    distances = np.where(there, np.maximum(1 - similarities.astype(np.float64), 0), np.inf)
    nearest = distances.min(axis=1, keepdims=True)
    beyond = distances - np.where(np.isfinite(nearest), nearest, 0)
    weights = np.exp(-beyond / _widths(beyond)).astype(np.float32)
    rows = np.repeat(np.arange(count), k)[there.ravel()]
    one = sp.csr_matrix((weights[there], (rows, neighbours[there])), shape=(count, count))
    other = one.T.tocsr()
    graph = (one + other - one.multiply(other)).tocsr()
    graph.sort_indices()
    return graph


def _widths(beyond: NDArray[np.float64]) -> NDArray[np.float64]:
    """The σ (n, 1) of rows of d - ρ (n, k), by halving between a thousandth and a thousand times their mean."""
    mean = np.where(np.isfinite(beyond), beyond, 0).mean(axis=1, keepdims=True) + 1e-9
    low, high = mean / 1000, mean * 1000
    wanted = np.log2(max(beyond.shape[1], 2))
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        above = np.exp(-beyond / middle).sum(axis=1, keepdims=True) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.sqrt(low * high)


def _attraction(graph: sp.csr_matrix, places: Floats) -> tuple[Floats, Floats]:
    """Σ w q r (y' - y) over the neighbours (n, 2) and Σ w q (n, 1).

    q = 1 / (1 + d²) is t-SNE's; r = d² / (d² + δ²) lets go of those that are nearer than δ.
    """
    counts = np.diff(graph.indptr)
    x, y = (np.repeat(axis, counts) - axis[graph.indices] for axis in np.ascontiguousarray(places.T))
    apart = x**2 + y**2
    holding = sp.csr_matrix((graph.data / (1 + apart), graph.indices, graph.indptr), graph.shape)
    weight = holding @ np.ones((len(places), 1), dtype=np.float32)
    holding.data *= apart / (apart + np.float32(_NEAR**2))
    sums = holding @ np.column_stack([places, np.ones_like(places[:, 0])])
    return sums[:, :2] - sums[:, 2:] * places, weight


def _repulsion(places: Floats) -> Floats:
    """n Σ q² (y - y') / ΣΣ q over all others (n, 2)."""
    corner = places.min(axis=0)
    side, cell = _grid(float((places - corner).max()))
    spread = _spread((places - corner) / np.float32(cell) + 2, side)
    density = np.zeros(side * side)
    for cells, share in spread:
        density += np.bincount(cells, share, side * side)
    # Twice as wide, so that nothing comes in again on the other side.
    wide = (2 * side, 2 * side)
    waves = fft.rfft2(density.reshape(side, side).astype(np.float32), wide)
    fields = (fft.irfft2(waves * kernel, wide)[:side, :side].ravel() for kernel in _kernels(side, cell))
    q, x, y = (sum(field[cells] * share for cells, share in spread) for field in fields)
    of_others = np.sum(q, dtype=np.float64) - len(places)
    return np.column_stack([x, y]) * np.float32(len(places) / max(of_others, 1.0))


def _grid(span: float) -> tuple[int, float]:
    """How many cells a side of the grid has, and how wide they are: few sizes, since each has its own kernels."""
    cell = _CELL
    while span / cell > _CELLS - _FREE:
        cell *= _STEP
    side = _STEP ** np.ceil(np.log(span / cell + _FREE) / np.log(_STEP))
    return fft.next_fast_len(int(side) + 1, real=True), cell


def _spread(at: Floats, side: int) -> _Spread:
    """Each article on nine cells around its place (n, 2), by quadratic B-splines."""
    middle = np.rint(at).astype(np.int64)
    off = at - middle.astype(np.float32)
    shares = (0.5 * (0.5 - off) ** 2, 0.75 - off**2, 0.5 * (0.5 + off) ** 2)
    return [
        ((middle[:, 0] + i) * side + middle[:, 1] + j, shares[i + 1][:, 0] * shares[j + 1][:, 1])
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    ]


@lru_cache(2)
def _kernels(side: int, cell: float) -> tuple[NDArray[np.complex64], ...]:
    """The transforms of q, q² Δx and q² Δy on a grid of twice the side, as sharp as they were before the splines."""
    steps = (fft.fftfreq(2 * side) * 2 * side * cell).astype(np.float32)
    x, y = steps[:, None], steps[None]
    q = 1 / (1 + x**2 + y**2)
    # A quadratic spline blurs by sinc³, once where it spreads and once where it gathers.
    blur = np.sinc(fft.fftfreq(2 * side))[:, None] ** 6 * np.sinc(fft.rfftfreq(2 * side)) ** 6
    return tuple((fft.rfft2(kernel) / blur).astype(np.complex64) for kernel in (q, q**2 * x, q**2 * y))


def _within(places: Floats) -> Floats:
    """The same within [-1, 1]: those far outside are drawn in, none changes its direction from the middle."""
    if not len(places):
        return places
    edges = np.quantile(places.astype(np.float64), (1 - _MOST, _MOST), axis=0)
    centred = places - edges.mean(axis=0)
    far = np.abs(centred).max(axis=1, keepdims=True)
    reach = max(float(np.quantile(far, _MOST)), 1e-9)
    scaled = far * (_WITHIN / reach)
    room = 1 - _WITHIN
    drawn = np.where(scaled > _WITHIN, _WITHIN + room * np.tanh((scaled - _WITHIN) / room), scaled)
    return np.clip(centred / np.maximum(far, 1e-9) * drawn, -1, 1).astype(np.float32)
