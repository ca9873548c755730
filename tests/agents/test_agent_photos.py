"""Photos of an agent: what is read, and above all what is not."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from agent_calls import call, data_of, here, refusal_of, with_client
from stub_service import JPEG, StubService

from stylo.agents.photos import LARGEST_PHOTO, from_base64, from_file
from stylo.agents.refusals import ToolRefusal

NOTHING = {"article_id": None, "by": "visual", "model_version": "v", "untrained": False, "articles": []}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    (photos / "deep").mkdir(parents=True)
    (photos / "deep" / "coat.jpg").write_bytes(JPEG)
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    return photos


def test_a_file_below_the_folder_is_read_by_its_place_in_it_and_by_its_whole_name(folder: Path) -> None:
    assert from_file("deep/coat.jpg", folder) == JPEG
    assert from_file(str(folder / "deep" / "coat.jpg"), folder) == JPEG
    (folder / "link.jpg").symlink_to(folder / "deep" / "coat.jpg")
    assert from_file("link.jpg", folder) == JPEG


def test_nothing_outside_of_the_folder_is_read(folder: Path) -> None:
    (folder / "out.jpg").symlink_to(folder.parent / "secret.jpg")
    (folder / "up").symlink_to(folder.parent)
    for name in (
        "../secret.jpg",
        str(folder.parent / "secret.jpg"),
        "out.jpg",
        "up/secret.jpg",
        "deep/../../secret.jpg",
        "../none.jpg",  # nor is told whether it is there
    ):
        with pytest.raises(ToolRefusal, match="does not lie in the folder"):
            from_file(name, folder)


def test_what_is_no_photo_is_not_sent(folder: Path) -> None:
    (folder / "notes.jpg").write_text("root:x:0:0")
    (folder / "circle").symlink_to(folder / "circle")
    for name in ("notes.jpg", "deep", "nowhere.jpg", "circle", "a\0b", "x" * 5000):
        with pytest.raises(ToolRefusal):
            from_file(name, folder)


def test_a_pipe_does_not_hold_the_tool(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    with pytest.raises(ToolRefusal, match="is not a file"):
        from_file("pipe.jpg", folder)


def test_a_photo_that_is_too_large_is_refused_before_it_is_sent(folder: Path) -> None:
    with (folder / "large.jpg").open("wb") as file:
        file.write(JPEG)
        file.truncate(LARGEST_PHOTO + 1)
    with pytest.raises(ToolRefusal, match="too large: at most 10,000,000 bytes"):
        from_file("large.jpg", folder)
    with pytest.raises(ToolRefusal, match="too large"):
        from_base64("A" * (LARGEST_PHOTO * 4 // 3 + 5))


@pytest.mark.parametrize("text", ["not base64!", "data:image/jpeg;base64,%%%", "AAAA", "", "é"])
def test_a_text_that_is_no_photo_is_refused(text: str) -> None:
    with pytest.raises(ToolRefusal, match="Send a JPEG, PNG or WebP"):
        from_base64(text)


def test_base64_may_be_broken_into_lines() -> None:
    assert from_base64(base64.encodebytes(JPEG * 20).decode()) == JPEG * 20


def test_a_path_is_an_argument_only_where_a_folder_was_opened(service: StubService, folder: Path) -> None:
    service.answers["/v1/visual-search"] = NOTHING
    assert (
        data_of(call(here(service.address, folder), "similar_to_photo", path="deep/coat.jpg"))["articles"]
        == []
    )
    assert service.asked[-1][3] == JPEG
    said = refusal_of(call(here(service.address), "similar_to_photo", path="deep/coat.jpg"))
    assert "path: there is no such argument" in said
    for open_folder, has in ((folder, True), (None, False)):
        tools = with_client(here(service.address, open_folder), lambda client: client.list_tools()).tools
        (tool,) = (tool for tool in tools if tool.name == "similar_to_photo")
        assert ("path" in tool.input_schema["properties"]) is has


def test_a_photo_is_given_once(service: StubService, folder: Path) -> None:
    photo = base64.b64encode(JPEG).decode()
    server = here(service.address, folder)
    for arguments in ({}, {"photo_base64": photo, "path": "deep/coat.jpg"}):
        assert "Give the photo once" in refusal_of(call(server, "similar_to_photo", **arguments))
