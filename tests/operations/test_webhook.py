"""The webhook gets the start and the end of every alarm, in order, whatever happens to it or to us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hooks import Hook
from serving import until

from stylo.operations import webhook
from stylo.operations.webhook import Courier, Webhook
from stylo.records.watching import AlarmMessage, Outbox

NOW = datetime(2020, 9, 24, 12, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as hook:
        yield hook


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox.json"


def message(number: int, state: str = "started") -> AlarmMessage:
    return AlarmMessage.model_validate(
        {"id": f"{number}{state}", "state": state, "rule": f"r{number}", "severity": "page", "message": "m", "at": NOW}
    )  # fmt: skip


def test_what_was_accepted_is_forgotten_and_the_rest_is_kept_in_order(hook: Hook, outbox: Path) -> None:
    sent = Webhook(outbox)
    hook.status = 500
    sent.put(message(1))
    assert "500" in str(sent.deliver(hook.address))
    sent.put(message(1, "over"))
    sent.put(message(2))
    hook.status = 204
    again = Webhook(outbox)  # after a restart
    assert len(again.waiting()) == 3
    assert again.deliver(hook.address) is None
    assert hook.told() == [("r1", "started"), ("r1", "over"), ("r2", "started")]
    assert hook.got[0] == {
        "id": "1started", "state": "started", "rule": "r1", "severity": "page", "message": "m",
        "at": "2020-09-24T12:00:00+00:00",
    }  # fmt: skip
    assert again.waiting() == ()
    assert Webhook(outbox).deliver(hook.address) is None
    assert len(hook.got) == 3


@pytest.mark.parametrize("status", [302, 307, 404, 503])
def test_what_is_not_accepted_is_kept(hook: Hook, outbox: Path, status: int) -> None:
    hook.status = status
    sent = Webhook(outbox)
    sent.put(message(1))
    assert str(status) in str(sent.deliver(hook.address))
    assert len(sent.waiting()) == 1
    assert not hook.got


def test_an_address_where_nobody_listens_is_told(outbox: Path) -> None:
    sent = Webhook(outbox)
    sent.put(message(1))
    assert "did not accept" in str(sent.deliver("http://127.0.0.1:9/"))
    assert "did not accept" in str(sent.deliver("http://[not an address/"))
    assert len(sent.waiting()) == 1


def test_one_that_hangs_is_given_up_and_gets_it_later(hook: Hook, outbox: Path) -> None:
    sent = Webhook(outbox, seconds=0.2)
    sent.put(message(1))
    hook.hangs = True
    assert "timed out" in str(sent.deliver(hook.address))
    hook.hangs = False
    assert Webhook(outbox).deliver(hook.address) is None
    assert hook.told() == [("r1", "started")]


def test_in_the_background_it_is_tried_again_until_it_works(
    hook: Hook, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_PAUSES", (0.01,))
    hook.status = 500
    sent = Webhook(outbox)
    courier = Courier(sent, lambda: hook.address)
    sent.put(message(1))
    courier.wake()
    until(lambda: hook.asked >= 3 and courier.problem)
    hook.status = 204
    until(lambda: hook.got and not courier.problem)
    sent.put(message(1, "over"))
    courier.finish()
    assert hook.told() == [("r1", "started"), ("r1", "over")]


def test_while_the_folder_cannot_be_written_messages_wait_in_memory(
    hook: Hook, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = outbox.parent / "a file"
    place.touch()
    sent = Webhook(place / "outbox.json")
    sent.put(message(1))
    assert len(sent.waiting()) == 1
    place.unlink()
    place.mkdir()
    sent.put(message(2))
    assert len(Webhook(place / "outbox.json").waiting()) == 2
    assert sent.deliver(hook.address) is None
    assert hook.told() == [("r1", "started"), ("r2", "started")]


def test_of_more_than_a_thousand_the_oldest_go_and_are_counted(outbox: Path) -> None:
    full = Outbox(waiting=tuple(message(number) for number in range(webhook.MOST)))
    full.save(outbox)
    sent = Webhook(outbox)
    sent.put(message(webhook.MOST))
    kept = Outbox.load(outbox, "")
    assert (len(kept.waiting), kept.waiting[0].rule, kept.dropped) == (webhook.MOST, "r1", 1)


def test_a_damaged_outbox_is_put_aside(hook: Hook, outbox: Path) -> None:
    outbox.write_text('{"waiting": [')
    sent = Webhook(outbox)
    sent.put(message(1))
    assert sent.deliver(hook.address) is None
    assert hook.told() == [("r1", "started")]
    assert outbox.with_name("outbox.damaged.json").exists()
