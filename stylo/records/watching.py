"""What `watch` keeps between two looks, and what it has still to tell.

STATE/watch.json            WatchNotes, rewritten after each look
STATE/alarms.outbox.json    Outbox: what the webhook has not accepted yet
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from stylo.records.record import Count, IsoMoment, Many, Number, TypedRecord

WATCH_FILE, OUTBOX_FILE = "watch.json", "alarms.outbox.json"


class AlarmMessage(TypedRecord):
    """An alarm that started or is over, as the webhook gets it."""

    id: str = Field(description="The same when it is sent a second time.")
    state: Literal["started", "over"]
    rule: str
    severity: str
    message: str
    at: IsoMoment


class Outbox(TypedRecord):
    """Messages that wait for the webhook, the oldest first."""

    waiting: Many[AlarmMessage] = ()
    dropped: Count = Field(0, description="Older ones for which there was no room.")


class WatchNotes(TypedRecord):
    """When `watch` looked last, and what it need not do again."""

    began: IsoMoment = Field(description="The first look at this shop.")
    looked: IsoMoment = Field(description="The end of the last look.")
    minutes: Number = Field(description="Between two looks.")
    pid: Count = 0
    boot: str = Field("", description="Of the machine; empty where it has no name for it.")
    uptime: Number = Field(0.0, description="Seconds at the last look, by a clock that never jumps.")
    doing: str = Field("", description="What it does after the look: the retraining and why.")
    passed_over: Mapping[str, str] = Field(
        {}, description="Name of a file of the inbox → why it was not taken."
    )
    scheduled: IsoMoment | None = Field(None, description="The last retraining by schedule.")
    answered: Mapping[str, int] = Field(
        {}, description="Rule → number of its alarm that set off a retraining."
    )
    wanted: str = Field("", description="What the retraining was for that failed last.")
    attempts: Count = Field(0, description="How often it has failed.")
    tried: IsoMoment | None = None
