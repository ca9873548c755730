"""The inbox: every good file into the table once, in the order of its days; every other one named, and nothing lost."""

from __future__ import annotations

import gzip
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from helpers import Row, bought, given_back, kept, write_customers, write_shop, write_transactions
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from stylo.errors import BadRows, CannotWrite, MissingFile, NotAtRest
from stylo.operations import new_days, new_file
from stylo.operations.inbox import Inbox, Waiting
from stylo.operations.new_file import QUIET_SECONDS, named
from stylo.progress import Silent
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder

TODAY = date(2021, 1, 1)
OLD = [bought("2020-08-30", 1), bought("2020-09-01", 2)]
WEEK_9 = [bought("2020-09-02", 1, 2), bought("2020-09-08", 2, 3), bought("2020-09-08", 2, 3)]
WEEK_10 = [bought("2020-09-09", 1, 4), bought("2020-09-15", 2, 5)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return shop_in(tmp_path)


def shop_in(folder: Path) -> Path:
    data = write_shop(folder / "data", OLD)
    convert(data, DataFolder(data))
    (data / "new").mkdir()
    return data


def at_rest(path: Path) -> Path:
    """Nobody has written to it for a minute."""
    now = path.stat().st_mtime
    os.utime(path, (now, now - 60))
    return path


def put(data: Path, name: str, rows: list[Row]) -> Path:
    return at_rest(write_transactions(data / "new" / name, rows))


def turn(data: Path, inbox: Inbox | None = None) -> Waiting:
    """What a look does to the tables and the inbox."""
    inbox = inbox or Inbox(data)
    waiting = inbox.look(TODAY)
    taken = new_days.take(waiting.ready, data, DataFolder(data))
    inbox.refuse(taken.refused)
    inbox.put_away(taken.files)
    return waiting


def names(data: Path, folder: str = "new") -> list[str]:
    return sorted(path.name for path in (data / folder).iterdir() if path.is_file())


def test_files_are_taken_in_the_order_of_their_days_and_put_away(data: Path) -> None:
    put(data, "week_10.csv", WEEK_10)
    put(data, "week_9.csv", WEEK_9)
    assert [file.name for file in turn(data).ready] == ["week_9.csv", "week_10.csv"]
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)
    assert names(data) == []
    assert names(data, "new/taken") == ["week_10.csv", "week_9.csv"]


@pytest.mark.parametrize("name", ["week.CSV", "week.csv.gz", "Week.Csv.GZ", "week.csv.zip", "week.CSV.ZIP"])
def test_endings_in_any_case_and_packed_files_are_taken(data: Path, tmp_path: Path, name: str) -> None:
    content = write_transactions(tmp_path / "plain.csv", WEEK_9).read_bytes()
    path = data / "new" / name
    if name.casefold().endswith(".gz"):
        path.write_bytes(gzip.compress(content))
    elif name.casefold().endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("week.csv", content)
    else:
        path.write_bytes(content)
    at_rest(path)
    turn(data)
    assert given_back(data) == kept(OLD + WEEK_9)


def test_a_second_file_of_a_name_does_not_overwrite_the_first(data: Path) -> None:
    weeks = [[bought(f"2020-09-{day:02d}", 1)] for day in (2, 3, 4)]
    for week in weeks:
        put(data, "new.csv", week)
        turn(data)
    assert names(data, "new/taken") == ["new-2.csv", "new-3.csv", "new.csv"]
    kept_rows = [
        row
        for name in names(data, "new/taken")
        for row in (data / "new/taken" / name).read_text().split()[1:]
    ]
    assert len(set(kept_rows)) == 3
    assert given_back(data) == kept([*OLD, *(row for week in weeks for row in week)])


BAD: dict[str, tuple[bytes, str]] = {
    "._week.csv": (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X", "temporary"),
    ".week.csv.Xq1aZe": (b"t_dat,customer", "temporary"),
    "week.csv.part": (b"", "temporary"),
    "week.csv.filepart": (b"t_dat,cust", "temporary"),
    "week.csv.crdownload": (b"", "temporary"),
    "week.csv.tmp": (b"", "temporary"),
    "readme.txt": (b"hello", "does not end in"),
    "week.xlsx": (b"PK\x03\x04", "does not end in"),
    "other.csv": (b"name,colour\nshirt,red\n", "has no column"),
    "empty.csv": (b"", "is empty"),
    "binary.csv": (bytes(range(256)), "does not start with a line of column names"),
    "cut.csv": (b"t_dat,customer_id,article_id,price,sales_channel_id\n2020-09-02,00", "unterminated"),
    "zeros.csv": (b"t_dat,customer_id,article_id,price,sales_channel_id\n" + bytes(500), "unterminated"),
    "cut.csv.gz": (gzip.compress(b"t_dat,customer_id,article_id,price,sales_channel_id\n")[:-9], ""),
    "cut.csv.zip": (b"PK\x03\x04" + bytes(20), ""),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_taken_is_named_with_the_reason_and_blocks_nothing(data: Path, name: str) -> None:
    content, reason = BAD[name]
    at_rest_path = data / "new" / name
    at_rest_path.write_bytes(content)
    at_rest(at_rest_path)
    put(data, "week_9.csv", WEEK_9)
    waiting = turn(data)
    assert reason in waiting.passed_over[name]
    assert list(waiting.passed_over) == [name]
    assert given_back(data) == kept(OLD + WEEK_9)
    assert names(data) == [name]
    assert at_rest_path.read_bytes() == content


def test_folders_broken_links_and_names_that_are_no_text_are_named(data: Path) -> None:
    (data / "new" / "more").mkdir()
    (data / "new" / "gone.csv").symlink_to(data / "nowhere.csv")
    (data / "new" / os.fsdecode(b"caf\xe9\n.csv")).write_text("x")
    passed_over = Inbox(data).look(TODAY).passed_over
    assert passed_over["more"] == "it is a folder"
    assert passed_over["gone.csv"] == "it is not a file"
    assert "'caf\\udce9\\n.csv'" in passed_over


def test_a_bad_row_is_told_after_the_attempt_and_again_only_when_something_changes(data: Path) -> None:
    inbox = Inbox(data)
    put(data, "bad.csv", [*WEEK_9, bought("2020-09-08", 1, price="cheap")])
    assert [file.name for file in turn(data, inbox).ready] == ["bad.csv"]
    waiting = turn(data, inbox)
    assert waiting.ready == ()
    assert "cheap" in waiting.passed_over["bad.csv"]
    write_customers(data, range(1, 31))  # who was unknown may be known now
    assert [file.name for file in inbox.look(TODAY).ready] == ["bad.csv"]
    put(data, "bad.csv", WEEK_9)
    turn(data, inbox)
    assert given_back(data) == kept(OLD + WEEK_9)


@pytest.mark.parametrize(
    "earlier",
    [
        "t_dat,customer_id,article_id,price,sales_channel_id\n2020-09-02,nobody,0000000001,0.05,2\n",  # a bad row
        "t_dat;customer_id;article_id;price;sales_channel_id\n2020-09-02;1;1;0,05;2\n",  # other columns
        "t_dat,customer_id,article_id,price,sales_channel_id\n2020-09-02,00",  # cut off within the second row's id
    ],
    ids=["a bad row", "other columns", "cut off"],
)
def test_a_later_week_waits_for_an_earlier_one_that_could_not_be_taken_after_it(
    data: Path, earlier: str
) -> None:
    at_rest(put(data, "week_10.csv", WEEK_10))
    path = data / "new" / "week_9.csv"
    if earlier.endswith(",00"):
        earlier = write_transactions(path, WEEK_9).read_text()[:-30]
    path.write_text(earlier)
    at_rest(path)
    inbox = Inbox(data)
    for _ in range(2):
        turn(data, inbox)
    waiting = inbox.look(TODAY)
    assert waiting.ready == ()
    assert "waits for week_9.csv" in waiting.passed_over["week_10.csv"]
    assert given_back(data) == kept(OLD)
    put(data, "week_9.csv", WEEK_9)
    turn(data, inbox)
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)


def test_what_nobody_must_do_anything_about_is_not_refused(data: Path) -> None:
    put(data, "week_10.csv", WEEK_10)
    (data / "new" / "readme.txt").write_text("hello")
    (data / "new" / "more").mkdir()
    write_transactions(data / "new" / "week_9.csv", WEEK_9[:1])  # growing
    put(data, "week_8.csv.part", WEEK_9[:1])
    waiting = Inbox(data).look(TODAY)
    assert len(waiting.passed_over) == 5
    assert waiting.refused == {}


def test_what_stays_until_somebody_does_something_is_refused(data: Path) -> None:
    for name, (content, _) in BAD.items():
        (data / "new" / name).write_bytes(content)
        hours_ago = (data / "new" / name).stat().st_mtime - 7_200
        os.utime(data / "new" / name, (hours_ago, hours_ago))
    waiting = Inbox(data).look(TODAY)
    assert set(waiting.refused) == set(BAD) - {"readme.txt", "week.xlsx"}


def test_a_later_week_goes_in_when_the_bad_one_is_taken_away(data: Path) -> None:
    inbox = Inbox(data)
    put(data, "week_10.csv", WEEK_10)
    bad = put(data, "week_9.csv", [*WEEK_9, bought("2020-09-08", 99)])
    turn(data, inbox)
    assert given_back(data) == kept(OLD)
    bad.unlink()
    turn(data, inbox)
    assert given_back(data) == kept(OLD + WEEK_10)


def test_a_growing_file_holds_back_later_ones_and_is_taken_when_it_has_come_to_rest(data: Path) -> None:
    put(data, "week_10.csv", WEEK_10)
    growing = write_transactions(data / "new" / "week_9.csv", WEEK_9[:1])
    waiting = turn(data)
    assert waiting.growing == ("week_9.csv",)
    assert "may still be growing" in waiting.passed_over["week_9.csv"]
    assert "waits for week_9.csv" in waiting.passed_over["week_10.csv"]
    at_rest(write_transactions(growing, WEEK_9))
    turn(data)
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)


def test_a_download_under_a_temporary_name_holds_back_later_weeks(data: Path) -> None:
    put(data, "week_10.csv", WEEK_10)
    path = put(data, "week_9.csv.part", WEEK_9[:1])
    assert "waits for week_9.csv.part" in turn(data).passed_over["week_10.csv"]
    path.unlink()
    put(data, "week_9.csv", WEEK_9)
    turn(data)
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)


@pytest.mark.skipif(not hasattr(new_file.fcntl, "F_SETLEASE"), reason="the system does not tell who writes")
def test_a_file_that_somebody_has_open_for_writing_is_not_at_rest(data: Path) -> None:
    path = put(data, "week_9.csv", WEEK_9)
    with path.open("a"):
        assert "open for writing" in turn(data).passed_over["week_9.csv"]
    with path.open():  # reading is no reason
        turn(data)
    assert given_back(data) == kept(OLD + WEEK_9)


def test_a_time_of_change_in_the_future_does_not_count(data: Path) -> None:
    path = write_transactions(data / "new" / "week_9.csv", WEEK_9)
    ahead = path.stat().st_mtime + 86_400
    os.utime(path, (ahead, ahead))
    now = new_file.file_system_now(path.parent)
    assert "0 seconds ago" in new_file.why_not_at_rest(path, now)
    assert new_file.why_not_at_rest(path, now + QUIET_SECONDS + 1) == ""


def test_purchases_that_are_yet_to_come_are_not_taken_by_themselves(data: Path) -> None:
    put(data, "week_9.csv", [*WEEK_9, bought("2199-09-08", 1)])
    waiting = turn(data)
    assert "2199-09-08" in waiting.passed_over["week_9.csv"]
    assert given_back(data) == kept(OLD)


def test_a_file_that_changes_while_it_is_read_is_not_taken(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(data, "week_9.csv", WEEK_9[:1])
    (file,) = Inbox(data).look(TODAY).ready

    class Grows(Silent):
        @contextmanager
        def task(self, what: str, total: int, unit: str = "") -> Iterator[object]:  # type: ignore[override]
            write_transactions(path, WEEK_9)
            yield lambda steps: None

    taken = new_days.take([file], data, DataFolder(data), Grows())
    assert "changed while it was read" in taken.refused[0][1]
    assert given_back(data) == kept(OLD)
    assert "has changed" in new_days.take([file], data, DataFolder(data)).refused[0][1]


def test_a_kill_between_the_table_and_putting_away_takes_nothing_twice(data: Path) -> None:
    put(data, "week_9.csv", WEEK_9)
    waiting = Inbox(data).look(TODAY)
    new_days.take(waiting.ready, data, DataFolder(data))
    assert names(data) == ["week_9.csv"]  # killed here
    put(data, "week_10.csv", WEEK_10)
    turn(data)
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)
    assert names(data, "new/taken") == ["week_10.csv", "week_9.csv"]


def test_a_file_that_took_the_place_of_one_that_was_read_stays(data: Path) -> None:
    put(data, "sales.csv", WEEK_9)
    inbox = Inbox(data)
    taken = new_days.take(inbox.look(TODAY).ready, data, DataFolder(data))
    put(data, "sales.csv", WEEK_10)
    inbox.put_away(taken.files)
    assert names(data) == ["sales.csv"]
    turn(data, inbox)
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)


def test_one_of_another_folder_of_that_name_is_not_moved(data: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    path = at_rest(write_transactions(tmp_path / "new" / "week_9.csv", WEEK_9))
    taken = new_days.take(named([path]), data, DataFolder(data))
    Inbox(data).put_away(taken.files)
    assert path.exists()


def test_an_inbox_that_cannot_be_written_is_said_before_the_work(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, "week_9.csv", WEEK_9)

    def refuse(folder: Path) -> float:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("stylo.operations.inbox.file_system_now", refuse)
    with pytest.raises(CannotWrite, match="could not be moved there"):
        Inbox(data).look(TODAY)


def test_a_file_that_was_just_written_is_waited_for(tmp_path: Path) -> None:
    waited: list[float] = []
    path = write_transactions(tmp_path / "week.csv", WEEK_9)
    (file,) = named([path], wait=waited.append)
    assert waited == [QUIET_SECONDS]
    assert file.days == (date(2020, 9, 2), date(2020, 9, 8))
    with pytest.raises(NotAtRest, match="still being written"):
        named([write_transactions(path, WEEK_9)], wait=lambda _: write_transactions(path, WEEK_9 + WEEK_10))
    at_rest(path)
    named([path], wait=lambda _: pytest.fail("it is at rest"))


def test_named_files_at_fault_are_told(data: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        named([tmp_path / "none.csv"])
    path = tmp_path / "cut.csv"
    path.write_text(write_transactions(path, WEEK_9).read_text()[:-10])
    with pytest.raises(NotAtRest, match="may be incomplete"):
        named([at_rest(path)])
    bad = at_rest(write_transactions(tmp_path / "bad.csv", [bought("2020-09-02", 99)]))
    with pytest.raises(BadRows):
        new_days.take(named([bad]), data, DataFolder(data))


def test_named_files_go_in_by_their_days(data: Path, tmp_path: Path) -> None:
    files = [
        at_rest(write_transactions(tmp_path / f"{n}.csv", rows)) for n, rows in enumerate((WEEK_10, WEEK_9))
    ]
    new_days.take(named(files), data, DataFolder(data))
    assert given_back(data) == kept(OLD + WEEK_9 + WEEK_10)


def test_who_comes_between_a_lease_and_its_end_does_not_end_us(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("x\n")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with path.open("a") as file:
                file.write("x\n")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(300):
        new_file._open_for_writing(path)
    stop.set()
    writer.join()


DAYS = [str(date(2020, 9, 2) + timedelta(days=n)) for n in range(12)]


@st.composite
def situations(draw: st.DrawFn) -> list[tuple[str, list[str], str]]:
    """Files with a name, the days in it, and how they are: good, growing (and good later), bad for ever."""
    cuts = draw(st.lists(st.integers(0, len(DAYS)), min_size=2, max_size=7, unique=True).map(sorted))
    spans = [DAYS[one:other] for one, other in pairwise(cuts)]
    spans += [span for span in spans if draw(st.integers(0, 4)) == 0]  # the same days a second time
    files = [
        (
            draw(st.sampled_from(["week", "WEEK", "a", "z", "week 1", "ü"])) + f"{draw(st.integers(0, 20))}",
            span,
            draw(st.sampled_from(["good", "good", "growing", "bad row", "bad header", "packed"])),
        )
        for span in spans
    ]
    unique = {name: (name, span, kind) for name, span, kind in files}
    return draw(st.permutations(list(unique.values())))


def rows_of(days: list[str]) -> list[Row]:
    return [bought(day, 1 + n % 3, 1 + n % 4) for day in days for n in range(2)]


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(situations(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_after_enough_looks_every_row_of_a_good_file_is_there_once_and_every_other_file_is_named(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, list[str], str]], killed: list[bool]
) -> None:
    """The model knows only which days each file holds: a good one waits for bad ones with earlier days."""
    data = shop_in(tmp_path_factory.mktemp("inbox"))
    paths = {}
    for name, days, kind in files:
        path = data / "new" / f"{name}.csv"
        write_transactions(path, rows_of(days))
        if kind == "bad row":
            path.write_text(path.read_text() + f"{days[-1]},nobody,0000000001,0.05,2\n")
        if kind == "bad header":
            path.write_text(path.read_text().replace("t_dat", "date"))
        if kind == "packed":
            packed = path.with_name(f"{name}.CSV.gz")
            packed.write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
            path = packed
        paths[name] = path if kind == "growing" else at_rest(path)
    good = {name: days for name, days, kind in files if kind in ("good", "growing", "packed")}
    inbox = Inbox(data)
    for kill in killed:
        waiting = inbox.look(TODAY)
        taken = new_days.take(waiting.ready, data, DataFolder(data))
        inbox.refuse(taken.refused)
        if kill:
            inbox = Inbox(data)
        else:
            inbox.put_away(taken.files)
    for name, _, kind in files:
        if kind == "growing":
            at_rest(paths[name])
    # One look finds out which rows are bad, one what they held back, and one that nothing is left to do.
    looks = iter(range(2 + len(files)))
    while (waiting := turn(data, inbox)).ready:
        next(looks)
    bad = [days for name, days, _ in files if name not in good]
    there = {
        day
        for days in good.values()
        for day in days
        # Days of a bad file that no good one brings, before the first of this one, hold it back.
        if not any(
            before < days[0] and before not in brought(good, bad, days) for other in bad for before in other
        )
    }
    assert given_back(data) == kept(OLD + rows_of(sorted(there)))
    left = {path.name for path in (data / "new").iterdir() if path.is_file()}
    assert left == set(waiting.passed_over)
    assert waiting.ready == ()


def brought(good: dict[str, list[str]], bad: list[list[str]], until: list[str]) -> set[str]:
    """Days before these that good files bring, which nothing holds back."""
    found: set[str] = set()
    for days in sorted(good.values(), key=lambda days: days[0]):
        if days[0] >= until[0]:
            break
        if not any(before < days[0] and before not in found for other in bad for before in other):
            found |= set(days)
    return found
