"""Photos that cannot be reached now are not taken for photos that are gone."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import jpeg, put, run_here
from PIL import Image
from studio import Counting, Studio, encoder, place
from test_refresh import other_colours

from stylo.errors import MissingFile, NoPhotos, PhotosOutOfReach
from stylo.tables.convert import convert
from stylo.tables.folder import DataFolder
from stylo.vectors.embeddings import open_embeddings
from stylo.visual.photos import UnreachablePhoto, open_photos
from stylo.visual.thumbnails import Thumbnails


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> dict[Path, int]:
    """Folders and files → the error that the system answers with; for root, too, who may read everything."""
    errors: dict[Path, int] = {}
    scandir, read_bytes = os.scandir, Path.read_bytes

    def refuse(path: object) -> None:
        if number := errors.get(Path(str(path))):
            raise OSError(number, os.strerror(number), str(path))

    def scan(path: str | os.PathLike[str] = ".") -> object:
        refuse(path)
        return scandir(path)

    def read(path: Path) -> bytes:
        refuse(path)
        return read_bytes(path)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr(Path, "read_bytes", read)
    return errors


@pytest.fixture
def shop(studio: Studio) -> Studio:
    """Seven photos, three of them moved to a folder 000/more."""
    for article in (5, 6, 7):
        path = studio.images / place(article)
        put(studio.images, f"000/more/{path.name}", path.read_bytes())
        path.unlink()
    return studio


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_folder_that_cannot_be_read_is_named_and_keeps_its_vectors_and_thumbnails(
    shop: Studio, closed: dict[Path, int], number: int
) -> None:
    shop.run()
    matrix = shop.matrix()
    closed[shop.images / "000" / "more"] = number
    done, seen = shop.run()
    assert shop.matrix() == matrix
    assert (done.unchanged, done.encoded, done.reused, done.dropped, done.kept, seen) == (True, 0, 7, 0, 3, 0)
    assert done.out_of_reach == {str(shop.images / "000" / "more"): os.strerror(number)}
    assert shop.notes == [f"NOTICE: {shop.images}/000/more cannot be read: {os.strerror(number)}."]
    assert len(Thumbnails.of(shop.folder).articles()) == 7
    # 8, 9 and 10 never had a photo that anybody saw; it may lie there.
    assert done.unreachable == [f"{article:010d}" for article in range(5, 11)]
    assert done.absent == []


def test_beside_a_closed_folder_photos_come_go_and_change_as_ever(
    shop: Studio, closed: dict[Path, int]
) -> None:
    put(shop.images, "elsewhere/0000000003.jpg", (shop.images / place(3)).read_bytes())
    (shop.images / place(3)).unlink()
    shop.run()
    (shop.images / "elsewhere" / "0000000003.jpg").unlink()
    shop.photograph(8, 250)
    shop.photograph(2, 5)
    closed[shop.images / "099"] = errno.EACCES  # holds ids that begin with 099 only
    (shop.images / "099").mkdir()
    done, seen = shop.run()
    assert (done.encoded, done.dropped, done.kept, seen) == (2, 1, 0, 2)
    assert open_embeddings(shop.folder).articles.tolist() == [1, 2, 4, 5, 6, 7, 8]
    assert done.unreachable == []


def test_a_photo_that_cannot_be_opened_keeps_its_vector_and_is_looked_at_again_later(
    studio: Studio, closed: dict[Path, int]
) -> None:
    studio.run()
    path = studio.photograph(3, 250)
    closed[path] = errno.EACCES
    done, seen = studio.run()
    assert (done.corrupt, done.dropped, done.kept, seen) == ({}, 0, 1, 0)
    assert done.out_of_reach == {str(path): "Permission denied"}
    assert done.unreachable == ["0000000003"]
    closed.clear()
    assert studio.run()[1] == 1
    assert studio.matrix() == studio.from_scratch()


def test_a_new_photo_that_cannot_be_opened_is_named_and_waits(
    studio: Studio, closed: dict[Path, int]
) -> None:
    closed[studio.images / place(4)] = errno.EIO
    done, _ = studio.run()
    assert open_embeddings(studio.folder).articles.tolist() == [1, 2, 3, 5, 6, 7]
    assert (done.unreachable, done.kept, done.corrupt) == (["0000000004"], 0, {})


def test_a_disk_that_is_away_behind_a_link_takes_no_vectors_with_it(studio: Studio, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    shutil.move(studio.images / "000", disk)
    (studio.images / "000").symlink_to(disk)
    put(studio.images, "011/0110065001.jpg", jpeg())
    studio.run()
    matrix = studio.matrix()
    disk.rename(tmp_path / "elsewhere")
    with pytest.raises(PhotosOutOfReach, match=r"link to .*disk, which is not there"):
        studio.run()
    put(studio.images, "more/" + place(8), jpeg((9, 9, 9)))
    done, seen = studio.run()
    assert (done.encoded, done.reused, done.dropped, done.kept, seen) == (1, 7, 0, 7, 1)
    (tmp_path / "elsewhere").rename(disk)
    (studio.images / "more" / place(8)).unlink()
    assert studio.run()[0].dropped == 1
    assert studio.matrix() == matrix


@pytest.mark.parametrize("broken", ["empty", "gone", "link", "closed"])
def test_photos_that_are_all_away_are_refused_and_everything_stays(
    studio: Studio, closed: dict[Path, int], broken: str
) -> None:
    studio.run()
    before = studio.matrix(), len(Thumbnails.of(studio.folder).articles())
    shutil.move(studio.images, studio.images.with_name("away"))
    if broken in ("empty", "closed"):
        studio.images.mkdir()
    if broken == "link":
        studio.images.symlink_to("/nowhere/photos")
    if broken == "closed":
        closed[studio.images] = errno.EACCES
    kind = {"empty": NoPhotos, "gone": MissingFile, "link": MissingFile, "closed": PhotosOutOfReach}[broken]
    with pytest.raises(kind) as told:
        studio.run()
    assert told.value.cure
    if broken != "closed":
        assert "Is its disk mounted?" in told.value.cure
    assert (studio.matrix(), len(Thumbnails.of(studio.folder).articles())) == before


def test_another_encoder_does_not_throw_away_what_it_cannot_make_anew(
    shop: Studio, closed: dict[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run()
    matrix = shop.matrix()
    closed[shop.images / "000" / "more"] = errno.EACCES
    with pytest.raises(PhotosOutOfReach, match="The first is 0000000005"):
        shop.run(weights="1")
    other_colours(monkeypatch)
    with pytest.raises(PhotosOutOfReach, match="photos of 3 articles"):
        shop.run()
    assert shop.matrix() == matrix
    shop.folder.path("visual_features.npy").unlink()
    assert shop.run(weights="1")[0].encoded == 4


def test_a_photo_that_fails_on_the_way_to_another_encoder_costs_no_vector(
    studio: Studio, closed: dict[Path, int]
) -> None:
    studio.run()
    matrix = studio.matrix()
    closed[studio.images / place(4)] = errno.EIO
    with pytest.raises(PhotosOutOfReach, match="0000000004"):
        studio.run(weights="1")
    assert studio.matrix() == matrix
    closed.clear()
    done, seen = studio.run(weights="1")
    assert (done.encoded, done.reused, seen) == (1, 6, 1)  # the journal kept the others


def test_what_systems_put_beside_photos_is_no_photo_and_out_of_no_ones_reach(
    tmp_path: Path, closed: dict[Path, int]
) -> None:
    put(tmp_path, "010/0108775015.jpg", jpeg())
    for name in (
        "lost+found",
        ".Trash-1000",
        "@eaDir",
        "System Volume Information",
        "$RECYCLE.BIN",
        "__MACOSX",
    ):
        put(tmp_path, f"{name}/010/0108775016.jpg", jpeg())
        closed[tmp_path / name] = errno.EACCES
    put(tmp_path, "010/Thumbs.db", b"x")
    put(tmp_path, "010/._0108775017.jpg", b"x")
    (tmp_path / "notes.txt").symlink_to("/nowhere")
    photos = open_photos(tmp_path)
    assert photos.articles == [108775015]
    assert photos.out_of_reach == {}


def test_links_to_folders_and_photos_are_followed_and_loops_end(tmp_path: Path) -> None:
    disk, images = tmp_path / "disk", tmp_path / "images"
    put(disk, "010/0108775015.jpg", jpeg((1, 2, 3)))
    put(disk, "deep/images/images/011/0110065001.JPEG", jpeg())
    images.mkdir()
    (images / "010").symlink_to(disk / "010")
    (images / "rest").symlink_to(disk / "deep", target_is_directory=True)
    (images / "020").mkdir()
    (images / "020" / "0200000001.jpg").symlink_to(disk / "010" / "0108775015.jpg")
    (images / "again").symlink_to(images)
    (disk / "deep" / "up").symlink_to("..")
    (images / "030").symlink_to("030")
    photos = open_photos(images)
    assert photos.articles == [108775015, 110065001, 200000001]
    assert photos.read(200000001) == jpeg((1, 2, 3))
    assert list(photos.out_of_reach) == [images / "030"]  # a link to itself
    assert photos.may_hide(300000001)
    assert not photos.may_hide(310000001)


def test_a_broken_link_hides_its_own_article_and_no_other(tmp_path: Path) -> None:
    put(tmp_path, "010/0108775015.jpg", jpeg())
    (tmp_path / "010" / "0108775016.jpg").symlink_to("/nowhere/0108775016.jpg")
    photos = open_photos(tmp_path)
    assert photos.articles == [108775015]
    assert [article for article in (108775015, 108775016, 108775017) if photos.may_hide(article)] == [
        108775016
    ]


def test_a_photo_that_is_out_of_reach_when_it_is_read_is_told_from_a_bad_one(
    tmp_path: Path, closed: dict[Path, int]
) -> None:
    put(tmp_path, "010/0108775015.jpg", jpeg())
    photos = open_photos(tmp_path)
    closed[tmp_path / "010" / "0108775015.jpg"] = errno.EIO
    with pytest.raises(UnreachablePhoto, match=r"010/0108775015\.jpg: Input/output error"):
        photos.read(108775015)
    (tmp_path / "010" / "0108775015.jpg").unlink()
    closed.clear()
    with pytest.raises(UnreachablePhoto, match="No such file"):
        photos.read(108775015)


def test_names_that_are_no_utf_8_can_be_told(tmp_path: Path) -> None:
    put(tmp_path, "010/0108775015.jpg", jpeg())
    try:
        (tmp_path / os.fsdecode(b"f\xfcr")).symlink_to("/nowhere")
    except OSError:
        pytest.skip("this file system takes no such names")
    (reason,) = open_photos(tmp_path).out_of_reach.values()
    assert reason == "it is a link to /nowhere, which is not there"


@pytest.fixture
def ordinary_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Not root for a while; in the folder, since those above it are root's own."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="rights as on POSIX systems")
def test_rights_that_are_missing_are_found_out(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for name in ("010/0108775015.jpg", "011/0110065001.jpg", "012/0120000001.jpg", "013/0130000001.jpg"):
        put(tmp_path, name, jpeg())
    for name, rights in (("011", 0), ("012", 0o444), ("013/0130000001.jpg", 0)):
        (tmp_path / name).chmod(rights)
    request.getfixturevalue("ordinary_user")
    photos = open_photos(Path())
    assert photos.articles == [108775015, 130000001]
    # 012 may be listed and not be looked into.
    denied = {Path("011"): "Permission denied", Path("012/0120000001.jpg"): "Permission denied"}
    assert photos.out_of_reach == denied
    with pytest.raises(UnreachablePhoto, match="Permission denied"):
        photos.read(130000001)


def test_the_matrix_of_kept_vectors_is_the_one_that_was(shop: Studio, closed: dict[Path, int]) -> None:
    shop.run()
    before = open_embeddings(shop.folder)
    old = dict(zip(before.articles.tolist(), np.array(before.vectors), strict=True))
    closed[shop.images / "000" / "more"] = errno.EACCES
    shop.photograph(1, 77)
    shop.run()
    after = open_embeddings(shop.folder)
    assert after.articles.tolist() == [1, 2, 3, 4, 5, 6, 7]
    for article, vector in zip(after.articles.tolist(), after.vectors, strict=True):
        assert np.array_equal(vector, old[article]) == (article != 1)


def test_the_script_names_bad_pictures_and_closed_places_and_does_the_rest(
    tiny_shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylo.commands.encode.load_encoder", lambda *_: encoder(Counting()))
    convert(tiny_shop, DataFolder(tiny_shop))
    images = tiny_shop / "images"
    broken = struct.pack("<2sHIHHHIHHHHIfI", b"II", 42, 8, 2, 0x0112, 3, 1, 6, 0, 0x0100, 11, 1, 33.5, 0)
    put(images, "010/0108775015.jpg", jpeg(exif=b"Exif\0\0" + broken))
    put(images, "010/0108775044.jpg", jpeg()[:-200])
    written = io.BytesIO()
    Image.new("LA", (30, 40), (0, 0)).save(written, "PNG")
    put(images, "020/0200000001.png", written.getvalue())
    (images / "099").symlink_to(tiny_shop / "disk")
    done = run_here("visual_features.py", "--data", tiny_shop, "--images", images)
    assert done.returncode == 0, done.stderr
    counts = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines()[1:9])
    assert counts["photos encoded"] == "2"
    assert counts["photos that cannot be read"] == "1"
    assert counts["photos out of reach"] == "1"
    said = f"{images}/099 cannot be read: it is a link to {tiny_shop}/disk, which is not there."
    assert said in done.stdout
    assert done.stderr.splitlines()[0] == f"NOTICE: {said}"
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    facts = json.loads((tiny_shop / "reports" / "visual_features.json").read_text())
    assert list(facts["corrupt"]) == ["0108775044"]
    assert facts["unreachable"] == ["0999999999"]
    with Image.open(tiny_shop / "thumbnails/020/0200000001.jpg") as blank:
        assert blank.getextrema() == ((255, 255),) * 3
    again = run_here("visual_features.py", "--data", tiny_shop, "--images", images / "099")
    assert again.returncode == 2
    assert again.stderr.splitlines()[0] == f"{images}/099 is not there."
