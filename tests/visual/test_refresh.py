"""Running again: only what is new is encoded, and the bytes are those of one run from scratch."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers import REPOSITORY, SLOW, jpeg, obey_ctrl_c, put, random_rows, run_here, tables, write_shop
from studio import Counting, Studio, encoder, place

from stylo.artefacts import writing
from stylo.errors import Busy, CannotWrite
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.visual.encoder import Encoder
from stylo.visual.extract import extract
from stylo.visual.thumbnails import Thumbnails


def test_nothing_new_leaves_the_artefact_as_it_is(studio: Studio) -> None:
    studio.run()
    before = tables(studio.folder.root)
    times = [path.stat().st_mtime_ns for path in sorted(studio.folder.root.glob("visual_*"))]
    done, seen = studio.run()
    assert (done.unchanged, done.encoded, done.reused, done.dropped, seen) == (True, 0, 7, 0, 0)
    assert tables(studio.folder.root) == before
    assert [path.stat().st_mtime_ns for path in sorted(studio.folder.root.glob("visual_*"))] == times


def test_new_changed_and_lost_photos_give_the_bytes_of_one_run_from_scratch(studio: Studio) -> None:
    studio.run()
    studio.photograph(8, 250)
    studio.photograph(2, 5)
    (studio.images / place(3)).unlink()
    done, seen = studio.run()
    assert (done.unchanged, done.encoded, done.reused, done.dropped, seen) == (False, 2, 5, 1, 2)
    assert studio.matrix() == studio.from_scratch()
    assert studio.run()[0].unchanged


def test_another_stamp_on_the_same_photo_costs_no_encoding(studio: Studio) -> None:
    studio.run()
    matrix, manifest = studio.matrix(), (studio.folder.root / "visual_features.json").read_bytes()
    os.utime(studio.images / place(1), ns=(5, 5))
    done, seen = studio.run()
    assert (done.encoded, done.reused, seen) == (0, 7, 0)
    assert (studio.matrix(), (studio.folder.root / "visual_features.json").read_bytes()) == (matrix, manifest)
    table = studio.folder.scan("visual_photos.parquet").collect()
    assert table["mark"].to_list()[0] == 5
    assert studio.run()[0].unchanged


def test_only_verify_sees_a_photo_that_changed_under_the_same_size_and_time(studio: Studio) -> None:
    path = studio.images / place(4)
    path.write_bytes(jpeg((200, 0, 0), size=(360, 540)) + b"one")
    state = path.stat()
    studio.run()
    path.write_bytes(jpeg((200, 0, 0), size=(360, 540)) + b"two")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert studio.run()[0].unchanged
    done, seen = studio.run(verify=True)
    assert (done.encoded, done.reused, seen) == (1, 6, 1)
    assert studio.matrix() == studio.from_scratch()


def test_the_same_photos_out_of_a_zip_are_taken_over(studio: Studio) -> None:
    studio.run()
    matrix = studio.matrix()
    with zipfile.ZipFile(studio.folder.root / "photos.zip", "w") as archive:
        for path in studio.images.rglob("*.jpg"):
            archive.write(path, f"images/{path.relative_to(studio.images)}")
    studio.images = studio.folder.root / "photos.zip"
    done, seen = studio.run()
    assert (done.encoded, done.reused, seen) == (0, 7, 0)
    assert studio.matrix() == matrix
    assert studio.run()[0].unchanged


@pytest.mark.parametrize(
    ("other", "told"), [({"weights": "1"}, "another weights."), ({"runtime": "mean 2"}, "another runtime.")]
)
def test_another_encoder_starts_afresh_and_says_why(studio: Studio, other: dict[str, str], told: str) -> None:
    studio.run()
    done, seen = studio.run(**other)  # type: ignore[arg-type]
    assert (done.encoded, done.reused, done.dropped, seen) == (7, 0, 0, 7)
    assert told in " ".join(studio.notes)
    assert studio.run(**other)[0].unchanged  # type: ignore[arg-type]
    assert studio.notes == []


def test_vectors_from_elsewhere_are_not_taken_over(studio: Studio) -> None:
    studio.run()
    right = studio.matrix()
    np.save(studio.folder.path("visual_features.npy"), np.ones((7, 2048), np.float32))
    done, _ = studio.run()
    assert (done.encoded, done.reused) == (7, 0)
    assert studio.matrix() == right


def test_a_photo_that_cannot_be_read_any_more_is_dropped_and_tried_again(studio: Studio) -> None:
    studio.run()
    whole = (studio.images / place(5)).read_bytes()
    (studio.images / place(5)).write_bytes(whole[:300])
    done, _ = studio.run()
    assert (list(done.corrupt), done.dropped, done.reused) == (["0000000005"], 1, 6)
    assert Thumbnails.of(studio.folder).find(5) is None
    assert list(studio.run()[0].corrupt) == ["0000000005"]
    (studio.images / place(5)).write_bytes(whole)
    assert studio.run()[0].encoded == 1
    assert studio.matrix() == studio.from_scratch()


def test_a_full_disk_is_not_taken_for_bad_photos(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.run()
    before = studio.matrix()
    studio.photograph(8, 250)
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if "thumbnails" in path.parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CannotWrite, match="the disk is full"):
        studio.run()
    assert studio.matrix() == before


def test_thumbnails_come_with_the_photos_go_with_them_and_are_made_again(studio: Studio) -> None:
    studio.run()
    thumbnails = Thumbnails.of(studio.folder)
    assert thumbnails.articles() == {1, 2, 3, 4, 5, 6, 7}
    thumbnails.remove([2])
    (studio.images / place(3)).unlink()
    put(thumbnails.root, "000/.0000000001.jpg.1.tmp", b"half")
    done, seen = studio.run()
    assert (done.encoded, seen) == (0, 0)
    assert thumbnails.articles() == {1, 2, 4, 5, 6, 7}
    assert not list(thumbnails.root.rglob("*.tmp"))


def test_a_limit_keeps_the_thumbnails_of_photos_beyond_it(studio: Studio) -> None:
    studio.run()
    done, _ = studio.run(limit=2)
    assert (done.reused, done.left_out, done.dropped) == (2, 5, 0)
    assert len(Thumbnails.of(studio.folder).articles()) == 7


def test_what_is_known_of_each_photo_is_in_the_table(studio: Studio) -> None:
    studio.run()
    table = studio.folder.scan("visual_photos.parquet").collect()
    assert table["article"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    states = [(studio.images / place(article)).stat() for article in table["article"]]
    assert table["bytes"].to_list() == [state.st_size for state in states]
    assert table["mark"].to_list() == [state.st_mtime_ns for state in states]
    assert table["digest"].n_unique() == 7
    assert table["colours"].to_numpy().shape == (7, 12)
    assert table["colours"].to_numpy()[:, 3] == pytest.approx(1)  # one colour fills each photo


def other_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on colours are found in another way: every garment is of one same grey."""
    grey = np.array([[50, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    monkeypatch.setattr("stylo.visual.prepared.garment_colours", lambda pixels: grey)
    for module in ("extract", "known"):
        monkeypatch.setattr(f"stylo.visual.{module}.COLOURS_VERSION", 99)


def test_another_way_to_find_colours_renews_them_and_keeps_the_vectors(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.run()
    vectors = [(studio.folder.root / f"visual_features.{kind}").read_bytes() for kind in ("npy", "json")]
    other_colours(monkeypatch)
    done, seen = studio.run()
    assert (done.unchanged, done.encoded, done.reused, seen) == (False, 0, 7, 0)
    assert studio.notes == ["NOTICE: colours are now extracted differently. All photos are processed again."]
    colours = studio.folder.scan("visual_photos.parquet").collect()["colours"].to_numpy()
    assert np.array_equal(colours[:, :4], [[50, 0, 0, 1]] * 7)
    assert [
        (studio.folder.root / f"visual_features.{kind}").read_bytes() for kind in ("npy", "json")
    ] == vectors
    assert studio.run()[0].unchanged
    assert studio.notes == []


def test_with_other_colours_only_a_changed_photo_is_encoded(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.run()
    other_colours(monkeypatch)
    studio.photograph(3, 250)
    studio.photograph(9, 100)
    done, seen = studio.run()
    assert (done.encoded, done.reused, seen) == (2, 6, 2)
    assert studio.matrix() == studio.from_scratch()


def test_a_run_stopped_before_colours_were_found_in_another_way_is_not_gone_on_with(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_at_a_time(monkeypatch)
    with pytest.raises(Stopped):
        extract(studio.folder, studio.images, lambda: stopping_after(2))
    other_colours(monkeypatch)
    done, seen = studio.run()
    assert (done.encoded, seen) == (7, 7)
    assert "interrupted run had another version of the colours" in studio.notes[0]


def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two photos, one after the other whatever the machine."""
    monkeypatch.setattr("stylo.visual.extract._BATCH", 2)
    monkeypatch.setattr("stylo.visual.extract._MOST_THREADS", 1)


class Stopped(Exception):
    """What ends a run in the middle."""


def stopping_after(batches: int) -> Encoder:
    """An encoder that ends the run at a later batch; the empty one that makes it ready does not count."""
    left, network = batches, Counting()

    def run(pixels: np.ndarray) -> np.ndarray:
        nonlocal left
        if len(pixels) and left == 0:
            raise Stopped
        left -= bool(len(pixels))
        return network(pixels)

    return encoder(run)


def test_a_run_that_was_stopped_goes_on_where_it_was(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    two_at_a_time(monkeypatch)
    with pytest.raises(Stopped):
        extract(studio.folder, studio.images, lambda: stopping_after(2))
    assert not studio.folder.has("visual_features.npy")
    with (studio.folder.root / ".visual_features.journal").open("ab") as journal:
        journal.write(b"torn off")
    done, seen = studio.run()
    assert (done.encoded, done.reused, seen) == (3, 4, 3)
    assert studio.notes == ["Resuming: an interrupted run has encoded 4 photos."]
    assert studio.matrix() == studio.from_scratch()
    assert not list(studio.folder.root.glob(".*"))


def test_a_run_with_another_encoder_does_not_go_on(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    two_at_a_time(monkeypatch)
    with pytest.raises(Stopped):
        extract(studio.folder, studio.images, lambda: stopping_after(2))
    done, seen = studio.run(weights="1")
    assert (done.encoded, done.reused, seen) == (7, 0, 7)
    assert "interrupted run had another weights" in studio.notes[0]


def test_a_second_run_at_the_same_time_is_refused(studio: Studio) -> None:
    with writing(studio.folder.path("visual_features.npy")), pytest.raises(Busy, match="Another run"):
        studio.run()


#: visual_features.py without a network, that gets a signal the moment its first batch is in the journal, however fast
#: the machine is.
STOPPED = """\
import os, runpy, sys
import stylo.commands.encode
from stylo.visual.journal import Journal
sys.path[:0] = ["tests", "tests/visual"]
from studio import Counting, encoder
stylo.commands.encode.load_encoder = lambda *_: encoder(Counting())
append = Journal.append
def append_and_stop(journal, records):
    append(journal, records)
    if len(records):
        os.kill(os.getpid(), int(number))
Journal.append = append_and_stop
number = sys.argv.pop(1)
sys.argv[0] = "visual_features.py"
runpy.run_path("visual_features.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred articles with photos: two batches."""
    folder = write_shop(tmp_path_factory.mktemp("kill") / "shop", random_rows(1, 20), articles=100)
    convert(folder, DataFolder(folder))
    for article in range(1, 101):
        put(folder, f"images/{place(article)}", jpeg((2 * article, 99, 200 - article), size=(360, 540)))
    return folder


@pytest.fixture(scope="module")
def at_once(shop: Path) -> bytes:
    """The vectors that one run makes that nobody stops."""
    scratch = DataFolder(shop / "scratch")
    scratch.root.mkdir()
    scratch.path("articles.parquet").write_bytes((shop / "articles.parquet").read_bytes())
    extract(scratch, shop / "images", lambda: encoder(Counting()))
    return scratch.path("visual_features.npy").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl-c"])
def test_a_process_ended_in_the_middle_goes_on_and_ends_with_the_same_bytes(
    shop: Path, at_once: bytes, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.commands.encode.load_encoder", lambda *_: encoder(Counting()))
    for path in shop.glob("visual_*"):
        path.unlink()
    command = ["visual_features.py", "--data", str(shop), "--images", str(shop / "images")]
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED, str(int(number)), *command[1:]],
        cwd=REPOSITORY,
        stderr=subprocess.DEVNULL,
        preexec_fn=obey_ctrl_c,
        timeout=SLOW,
        check=False,
    )
    assert stopped.returncode == (-number if number == signal.SIGKILL else 2)
    assert not (shop / "visual_features.npy").exists()
    done = run_here(*command)
    assert done.returncode == 0, done.stderr
    # How large the first batch was depends on the machine.
    (before,) = re.findall(r"Resuming: an interrupted run has encoded (\d+) photos\.", done.stderr)
    line = next(line for line in done.stdout.splitlines() if line.startswith("photos encoded"))
    assert 0 < int(before) < 100
    assert int(line.split()[-1]) == 100 - int(before)
    assert not list(shop.glob(".*"))
    assert (shop / "visual_features.npy").read_bytes() == at_once
