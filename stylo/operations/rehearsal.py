"""A rehearsal: two weeks of simulated shoppers in a demo shop, through every part that operates a real one.

publish ─▶ an experiment ─▶ week 1 ─▶ its end ─▶ a file cut off, an alarm ─▶ the whole file, a retraining
                                       another experiment ─▶ week 2 ─▶ the first one's result, a last look

The shop's clock is moved (`today`, day by day); the lists come from the service's own pipeline, which logs them and the
exposures; purchases are stored as events; watching, retraining, gates and reports are those of any shop. What was done
is noted in `STATE/rehearsal.json`, by which pages know that none of it is real, and by which a rehearsal that was cut
off goes on.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from threadpoolctl import threadpool_limits

from stylo.artefacts import fingerprint, writing
from stylo.candidates.popularity import Popularity
from stylo.deployment.releases import Releases
from stylo.errors import BadOption, DamagedArtefact, MissingArtefact
from stylo.experiments.experiment import Experiment, Guardrail, Variant
from stylo.experiments.json_form import to_json
from stylo.experiments.power import Proportion, planned_size
from stylo.operations import experiments
from stylo.operations.alarms import AlarmBoard
from stylo.operations.inbox import INBOX, TAKEN, Inbox, last_day
from stylo.operations.looking import look, report_path
from stylo.operations.registry import Registry
from stylo.operations.report import experiment_report
from stylo.operations.retraining import RetrainingRequest, retrain
from stylo.operations.simulated_shoppers import DayOfShopping, SimulatedShoppers
from stylo.operations.watching import watch
from stylo.operations.workspace import Workspace, alone
from stylo.progress import SILENT, Progress
from stylo.records.rehearsal import REHEARSAL_FILE, RehearsalNotes
from stylo.records.rules import GATES_FILE
from stylo.records.scripts import DemoShop
from stylo.service.context import RequestInfo
from stylo.service.recommendation_pipeline import CacheKey
from stylo.service.schemas import RecommendationRequest
from stylo.service.worker import Worker
from stylo.storage import events, keys, predictions
from stylo.storage import experiments as kept_experiments
from stylo.storage.events import CustomerEvent, Submission
from stylo.storage.experiments import State
from stylo.storage.keys import Key, Scope
from stylo.tables.folder import DEMO_MARKER
from stylo.tables.ids import article_id
from stylo.tables.schemas import TRANSACTIONS_CSV

#: Who defines, starts and stops, and whose events they are.
WHO = "rehearsal, simulated shoppers"
_COMMAND = "python -m stylo.operations rehearse"
_WEEK, _WINDOW = 7, 3
_HALVES = (0.5, 0.5)
_AT_ONCE = 4  # shoppers who come together
_PATIENCE = 600.0  # seconds: nobody waits for these lists
_GATES = "# Of the rehearsal: the machine that makes a demo may be busy.\nmilliseconds = 2000\n"
_A_WHILE = 3_600  # seconds: a file to which nobody wrote for so long is whole
#: Against what sells best, a list of one's own; and whether more visual twins are better still.
_FIRST, _SECOND = "personal lists", "more visual twins"


def check_demo(workspace: Workspace) -> None:
    """Raises BadOption for a shop that is not a demo shop, or whose state others may share: no simulated shopper may
    come among real ones."""
    data = workspace.settings.data
    try:
        demo = DemoShop.load(data / DEMO_MARKER, "python -m stylo_demo --out DIR")
        ours = {name: (data / name).exists() and fingerprint(data / name) for name in demo.tables}
    except (MissingArtefact, DamagedArtefact) as error:
        raise _refused(f"{data} is not a demo shop", str(error.problem)) from error
    if not ours or ours != dict(demo.tables):
        raise _refused(
            f"{data} is no demo shop any more", f"{DEMO_MARKER} does not list its tables as they are."
        )
    settings = workspace.settings
    elsewhere = {
        "--state": settings.state,
        "--database": settings.database,
        "--registry": workspace.registry_url,
    }
    if named := [name for name, value in elsewhere.items() if value is not None]:
        raise _refused("Its state lies elsewhere", f"{', '.join(named)} or its environment variable is set.")


def _refused(what: str, where: str) -> BadOption:
    return BadOption(
        f"Nothing is rehearsed: {what[0].lower()}{what[1:]}.",
        where=where,
        cure="Simulated shoppers belong in a demo shop and its own state folder alone: make demo, or "
        "python -m stylo_demo --out demo, the six scripts, then rehearse with --data demo.",
    )


def rehearse(workspace: Workspace, progress: Progress = SILENT) -> RehearsalNotes:
    """Does what is left to do. Raises as `check_demo`, BadOption where the service was used, Busy, and what the parts
    raise; then the same call goes on where it stopped."""
    check_demo(workspace)
    with alone("rehearsal", workspace.state):
        notes = _notes(workspace)
        rehearsal = _Rehearsal(workspace, notes, progress)
        rehearsal.write()
        for name, step in rehearsal.steps():
            if name not in rehearsal.notes.done:
                progress.note(f"Rehearsal: {name}")
                step()
                rehearsal.note(done=(*rehearsal.notes.done, name))
        rehearsal.note(finished=True)
        return rehearsal.notes


def _notes(workspace: Workspace) -> RehearsalNotes:
    try:
        return RehearsalNotes.load(workspace.state / REHEARSAL_FILE, _COMMAND)
    except MissingArtefact:
        used = predictions.last(workspace.database), events.last_purchase(workspace.database)
        if any(used) or kept_experiments.listed(workspace.database) or any(workspace.runs.glob("*")):
            raise BadOption(
                "Nothing is rehearsed: the service or operations have been used in this demo shop.",
                where=str(workspace.state),
                cure=f"To rehearse, move {workspace.state} away first; what was recorded there goes with it.",
            ) from None
        return RehearsalNotes(began=last_day(workspace.folder) + timedelta(days=1))


@dataclass
class _Rehearsal:
    """The steps. Each may be done twice: a run that was cut off does its last one again."""

    workspace: Workspace
    notes: RehearsalNotes
    progress: Progress

    def steps(self) -> list[tuple[str, Callable[[], object]]]:
        first = self.notes.began
        return [
            ("gates", self._widen_gates),
            ("publish", lambda: self.workspace.control.publish_new(self.workspace.folder, self.progress)),
            ("first experiment", lambda: self._start(personal_lists())),
            ("first week", lambda: asyncio.run(self._shop(first))),
            ("end of the first experiment", lambda: self._stop(_FIRST)),
            ("file cut off", self._alarm),
            ("retraining", self._retrain),
            ("alarm over", self._watch_once),
            ("second experiment", lambda: self._start(more_twins())),
            ("second week", lambda: asyncio.run(self._shop(first + timedelta(days=_WEEK)))),
            ("reports", self._report),
        ]

    def write(self) -> None:
        self.notes.save(self.workspace.state / REHEARSAL_FILE)

    def note(self, **fields: object) -> None:
        self.notes = self.notes.model_copy(update=fields)
        self.write()

    async def _shop(self, first: date) -> None:
        """The lists of a week, and what was bought after them; a day that is stored is not lived again."""
        settings = self.workspace.settings.model_copy(update={"patience": _PATIENCE})
        state = settings.state_folder
        worker = Worker(settings, state.open_database(), Releases.of(state, settings.images))
        shoppers = SimulatedShoppers.of(self.workspace.folder, self.notes.began)
        with threadpool_limits(1), self.progress.task("Days of shopping", _WEEK) as advance:
            await worker.start()
            try:
                for day in (first + timedelta(days=n) for n in range(_WEEK)):
                    if day >= self.notes.began + timedelta(days=self.notes.days):
                        worker.clock.setting = day
                        await self._day(worker, shoppers.day(day), day)
                    advance(1)
            finally:
                await worker.stop()

    async def _day(self, worker: Worker, shopping: DayOfShopping, day: date) -> None:
        asked, bought, key = RecommendationRequest(), list[CustomerEvent](), self._key()

        async def shown(visit: int, customer_id: str) -> list[int]:
            info = RequestInfo(f"rehearsal-{day}-{visit}", time.perf_counter(), key)
            answer = await worker.pipeline.recommend(CacheKey.of(customer_id, asked), asked, info)
            number = worker.release.assortment.ids.number
            return [number(each["article_id"]) for each in json.loads(answer)["recommendations"]]

        visitors = list(enumerate(shopping.visitors()))
        for first in range(0, len(visitors), _AT_ONCE):
            some = visitors[first : first + _AT_ONCE]
            lists = await asyncio.gather(*(shown(visit, customer_id) for visit, (_, customer_id) in some))
            for (visit, (number, customer_id)), mine in zip(some, lists, strict=True):
                at = worker.now() + timedelta(seconds=60 + visit)
                # A day without a sale would be none of the shop's: its data would end the day before.
                last = visit == len(visitors) - 1 and not bought
                bought += [
                    CustomerEvent(customer_id, "purchase", each.article, at, each.price, each.channel)
                    for each in shopping.buy(number, mine, surely=last)
                ]
        if bought:
            named = f"rehearsal-{day}"
            sent = Submission(key.id, tuple(bought), datetime.now(UTC), named, named)
            (receipt,) = events.store(self.workspace.database, [sent])
            if isinstance(receipt, Exception):
                raise receipt
        self.note(
            days=(day - self.notes.began).days + 1,
            visits=self.notes.visits + len(shopping.come),
            purchases=self.notes.purchases + len(bought),
        )

    def _key(self) -> Key:
        """By which lists are asked for and events sent. Nobody knows its secret, and it is revoked at once."""
        database, now = self.workspace.database, datetime.now(UTC)
        if (known := next((each for each in keys.listed(database) if each.name == WHO), None)) is not None:
            return known
        key, _ = keys.create(database, WHO, [Scope.READ, Scope.EVENTS], now=now)
        return keys.revoke(database, key.id, now)

    def _start(self, experiment: Experiment) -> None:
        known = {each.name: each for each in kept_experiments.listed(self.workspace.database)}
        book = experiments.book(self.workspace)
        if experiment.name not in known:
            book.define(to_json(experiment), who=WHO, reason="To rehearse an experiment.")
        if experiment.name not in known or known[experiment.name].state is not State.RUNNING:
            book.start(experiment.name, who=WHO, reason="To rehearse an experiment.")

    def _stop(self, name: str) -> None:
        book = experiments.book(self.workspace)
        book.stop(name, who=WHO, reason="All shoppers of the week have been dealt out.")

    def _widen_gates(self) -> None:
        """How busy the machine is on which somebody tries the demo is no reason to refuse a model."""
        file = self.workspace.settings.data / GATES_FILE
        if not file.exists():
            with writing(file) as (temporary,):
                temporary.write_text(_GATES)

    def _alarm(self) -> None:
        """A file of new days that arrives cut off, and the look that finds it."""
        whole = self._new_days()
        self._bring(whole[: len(whole) - 20])
        self._watch_once()

    def _retrain(self) -> None:
        """The whole file, and the retraining that takes it in."""
        taken = self._file.parent / TAKEN / self._file.name
        whole = b"" if taken.exists() else self._new_days()
        if whole and not (self._file.exists() and self._file.read_bytes() == whole):
            self._bring(whole)
        workspace, inbox = self.workspace, Inbox(self.workspace.settings.data)
        waiting = inbox.look(workspace.zone.day(datetime.now(UTC)))
        asked = RetrainingRequest(waiting.ready, why=f"new days: {self._file.name}")
        done = retrain(workspace, Registry.of(workspace), asked, self.progress, inbox)
        inbox.put_away(done.taken)
        self.progress.note(done.verdict)

    def _watch_once(self) -> None:
        workspace = self.workspace
        watch(
            workspace,
            lambda: Registry.of(workspace),
            minutes=15,
            every_days=7,
            progress=self.progress,
            times=1,
        )

    def _report(self) -> None:
        """What `experiments show` and `monitor` leave."""
        workspace = self.workspace
        found = experiments.read(workspace, _FIRST)
        experiment_report(found).save(report_path(workspace, f"experiment-{_FIRST}"))
        board = AlarmBoard(workspace, self.progress)
        board.begin()
        look(workspace, board)
        board.end_faults()

    @property
    def _file(self) -> Path:
        return self.workspace.settings.data / INBOX / f"week-from-{self.notes.began}.csv"

    def _bring(self, content: bytes) -> None:
        """Puts the file into the inbox, at rest."""
        self._file.parent.mkdir(exist_ok=True)
        with writing(self._file) as (temporary,):
            temporary.write_bytes(content)
            then = temporary.stat().st_mtime - _A_WHILE
            os.utime(temporary, (then, then))

    def _new_days(self) -> bytes:
        """The purchases of the first week, as the shop's till would write them."""
        zone, first = self.workspace.zone, self.notes.began
        span = zone.start(first), zone.start(first + timedelta(days=_WEEK))
        text, unit = io.StringIO(), self.workspace.folder.price_unit
        table = csv.writer(text, lineterminator="\n")
        table.writerow(TRANSACTIONS_CSV.names)
        table.writerows(
            sorted(
                (str(zone.day(at)), customer, article_id(article), (price or 0.0) / unit, channel or 2)
                for customer, article, at, price, channel in events.sold(self.workspace.database, *span)
            )
        )
        return text.getvalue().encode()


def personal_lists() -> Experiment:
    """What sells best, to everybody, against a list of one's own."""
    bestsellers = Variant("bestsellers", _HALVES[0], settings={Popularity().name: 50.0})
    return Experiment(
        name=_FIRST,
        layer="lists",
        slot=(0.0, 1.0),
        salt="rehearsal-1",
        variants=(bestsellers, Variant("personal", _HALVES[1])),
        metric="hit_rate",
        minimum_effect=0.5,
        planned_customers=sum(planned_size(Proportion(0.02), 0.5, _HALVES).always_valid),
        window_days=_WINDOW,
    )


def more_twins() -> Experiment:
    """The live list against one in which what looks alike counts for more."""
    return Experiment(
        name=_SECOND,
        layer="lists",
        slot=(0.0, 1.0),
        salt="rehearsal-2",
        variants=(Variant("live", _HALVES[0]), Variant("twins", _HALVES[1], settings={"visual twins": 0.4})),
        metric="conversion",
        minimum_effect=0.2,
        guardrails=(Guardrail("revenue", 0.2),),
        planned_customers=sum(planned_size(Proportion(0.1), 0.2, _HALVES).always_valid),
        window_days=_WINDOW,
    )
