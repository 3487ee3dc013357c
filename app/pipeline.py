"""The spine: one batch, one transaction, then the acknowledgements. Read this first.

deliveries -> gateway.decode -> Batch -> Pipeline.commit:
    fence (are we still the gateway; did configuration or rollup epoch change)
    ingest.quality      whose row, possible clock, possible value; fresh or not
    storage             the rest merged; events; quarantine; fresh rows by COPY, and while the server writes them:
        diagnosis.engine    judges what is really new and in order; the rest is due to be judged again
        ledger, dirty minutes
    alerts.service      findings to alarms, transitions, event log
COMMIT; only then is new state adopted and the batch acknowledged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from alerts.lifecycle import TransitionKind
from alerts.service import apply_changes, changes_of
from app import metrics
from app.fault_points import BEFORE_COMMIT, BEFORE_COPY, passing
from app.gateway_state import GatewayState, reload_registry, switch_rules
from app.logging import get_logger
from diagnosis.engine import Judgement, Rows
from fleet.batch import (
    Batch,
    BoolArray,
    EventBatch,
    EventKind,
    Int32Array,
    Int64Array,
    Messages,
    Quarantined,
    ReadingBatch,
)
from fleet.errors import EccError
from fleet.findings import Finding
from ingest.ledger_table import LedgerChange, Places
from ingest.quality import WHOLE_MESSAGE, Checked, Limits, resolve_and_check
from ingest.recovery import Recovery, recover
from storage.dirty_ranges import add_dirty
from storage.events_write import store_events, store_extra
from storage.ledger import NEVER_US, find_ledger, save_ledger
from storage.pool import Connection
from storage.quarantine import clear_counted, find_counted, insert_quarantined
from storage.readings_merge import Merged, merge_rest
from storage.readings_write import copying_fresh
from storage.registry import auto_register, fence
from storage.rejudge import add_due
from storage.rule_state import save_parts
from storage.signals_write import load_catalogue
from usecases.rule_facts import SOFTWARE

ENGINE_RUNS_RPM = 300.0

log = get_logger("gateway.pipeline")


class CatalogueChanged(EccError):
    """The site has added a signal: the gateway starts again with the new catalogue; nothing of the batch was kept."""

    code = "catalogue_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """What the pipeline must know of the site."""

    gateway_id: str
    epoch: int
    auto_register: bool
    retention_us: int
    future_tolerance_us: int
    late_after_us: int
    ledger_warm_us: int  # power cycles not heard of for so long are not held in memory


@dataclass(slots=True)
class Outcome:
    """What one batch came to, and what to adopt now that it is committed."""

    messages: int = 0
    rows: int = 0
    duplicates: int = 0
    conflicts: int = 0
    events: int = 0
    redelivered: int = 0
    quarantined: list[str] = field(default_factory=list)
    transitions: Sequence[TransitionKind] = ()
    touched: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))  # slots of the ledger
    late_machines: int = 0
    adoptions: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Late:
    """Instants below the judged mark, (instants,) each."""

    machine: Int32Array
    at_us: Int64Array
    received_at_us: Int64Array

    @classmethod
    def of(cls, rows: Sequence[ReadingBatch], events: EventBatch) -> "_Late":
        """Those of rows and events."""
        return cls(
            np.concatenate([*(part.machine for part in rows), events.machine]),
            np.concatenate([*(part.measured_at_us for part in rows), events.measured_at_us]),
            np.concatenate([*(part.received_at_us for part in rows), events.received_at_us]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What was judged, what came of it, and what is to be judged again."""

    rows: ReadingBatch
    events: EventBatch
    judgement: Judgement
    shadow: Judgement | None
    late: _Late


def concatenated(first: ReadingBatch, second: ReadingBatch) -> ReadingBatch:
    """The rows of both, which are sorted by (machine, measured_at) and have the same columns, sorted likewise."""
    if not len(first) or not len(second):
        return first if len(first) else second
    if not np.array_equal(first.signals, second.signals):
        raise ValueError("the columns differ")
    names = [name for name in ReadingBatch.__slots__ if name != "signals"]
    columns = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    both = ReadingBatch(**columns, signals=first.signals)
    return both.take(np.lexsort((both.measured_at_us, both.machine)))


class Pipeline:
    """Commits batches for one gateway. One thread; `conn` belongs to it."""

    def __init__(self, settings: PipelineSettings, state: GatewayState) -> None:
        self.settings = settings
        self.state = state

    def commit(
        self,
        conn: Connection,
        batch: Batch,
        parts: dict[str, object],
        *,
        now: datetime,
        blind: bool = True,
        trial: bool = False,
    ) -> Outcome:
        """Keep a batch in one transaction and adopt what follows from it.

        `blind`: fresh rows go into COPY unseen; False looks every row up first (after a COPY found one there).
        `trial`: everything but the commit and the adoption. Raises FencedOff, and the errors of storage.failures with
        nothing kept and nothing adopted.
        """
        outcome = Outcome(messages=len(batch.messages), redelivered=sum(batch.messages.redelivered))
        judges, is_kept = self.state.judges, False
        try:
            with conn.transaction(force_rollback=trial):
                self._keep(conn, batch, parts, now, blind, outcome)
                passing(BEFORE_COMMIT)
            is_kept = not trial
        finally:
            if not is_kept:
                self.state.put_back(judges)
        for adopt in () if trial else outcome.adoptions:
            adopt()
        return outcome

    def _keep(  # noqa: PLR0917 - the batch, its time and where its outcome goes
        self, conn: Connection, batch: Batch, parts: dict[str, object], now: datetime, blind: bool, outcome: Outcome
    ) -> None:
        state = self.state
        rollup_epoch = self._fence(conn, now)
        self._register(conn, batch, now)
        checked = resolve_and_check(batch, state.registry, state.catalogue, state.marks, self._limits(now))
        if not blind:
            together = concatenated(checked.rest, checked.fresh)
            checked = replace(checked, rest=together, fresh=ReadingBatch.empty())
        merged = merge_rest(conn, checked.rest, batch.messages, state.catalogue)
        new_events = store_events(conn, checked.events)
        extra = checked.extra
        store_extra(conn, extra.machine, extra.measured_at_us, extra.key, extra.value)
        places = state.ledger.recall(checked.terminal.tolist(), batch.messages, lambda keys: find_ledger(conn, keys))
        recovery = self._quarantine(conn, places, batch.messages, checked.quarantined)
        save_parts(conn, parts)
        passing(BEFORE_COPY)
        with copying_fresh(conn, checked.fresh, state.catalogue):
            judged = self._judge(checked, merged, new_events)
            stored = concatenated(checked.fresh, merged.rows)
            unwritten = state.dirty.unwritten(stored.machine, stored.measured_at_us, rollup_epoch)
            entered = self._enter_ledger(places, batch.messages, checked, recovery.recovered)
            state.latest.fold()  # of the batches before this one
        self._tell(conn, judged, now, outcome)
        add_dirty(conn, unwritten.machine, unwritten.minute)
        save_ledger(conn, entered.columns)
        outcome.touched = entered.slots
        outcome.adoptions += [
            entered.adopt,
            lambda: _tell_unlisted(entered),
            lambda: state.dirty.adopt(unwritten, rollup_epoch),
        ]
        outcome.rows, outcome.duplicates, outcome.conflicts = len(stored), merged.duplicates, merged.conflicts
        outcome.events = int(new_events.sum())
        outcome.quarantined = [item.reason for item in checked.quarantined]
        outcome.adoptions.append(lambda: self._adopt(stored, checked.events))

    def _fence(self, conn: Connection, now: datetime) -> int:
        epochs = fence(conn, self.settings.gateway_id, self.settings.epoch)
        if epochs.config_epoch != self.state.config_epoch:
            if load_catalogue(conn).keys != self.state.catalogue.keys:
                raise CatalogueChanged
            switch_rules(conn, self.state, now=now)
            reload_registry(conn, self.state, now=now)
            self.state.config_epoch = epochs.config_epoch
        return epochs.rollup_epoch

    def _limits(self, now: datetime) -> Limits:
        oldest_us = round(now.timestamp() * 1_000_000) - self.settings.retention_us
        return Limits(oldest_us=oldest_us, future_us=self.settings.future_tolerance_us)

    def _register(self, conn: Connection, batch: Batch, now: datetime) -> None:
        if not self.settings.auto_register:
            return
        known = self.state.registry.terminals
        unknown = {name for name in batch.messages.terminal if name and name not in known}
        if unknown:
            auto_register(conn, sorted(unknown), now)
            reload_registry(conn, self.state, now=now)
            self.state.config_epoch = -1  # read again if this transaction is rolled back

    def _judge(self, checked: Checked, merged: Merged, new_events: BoolArray) -> _Judged | None:
        """Judge new rows and events above the judged mark; everything else that changed history is late. Pure."""
        if not self.state.rules_on:
            return None
        rules = self.state.rules
        rows = concatenated(checked.fresh, merged.rows.take(merged.is_new))
        judged = (checked.events.kind == EventKind.FAULT) | (checked.events.kind == EventKind.SENSOR_ERROR)
        events = checked.events.take(new_events & judged)
        live = rows.measured_at_us > rules.marks(rows.machine)
        live_events = events.measured_at_us > rules.marks(events.machine)
        in_order, told = rows.where(live), events.take(live_events)
        sorted_rows, shadow = Rows.of_batch(in_order), self.state.shadow
        return _Judged(
            rows=in_order,
            events=told,
            judgement=self.state.engine.judge(sorted_rows, told, rules),
            shadow=None if shadow is None else shadow.judge(sorted_rows, told),
            late=_Late.of([rows.take(~live), merged.rows.take(~merged.is_new)], events.take(~live_events)),
        )

    def _tell(self, conn: Connection, judged: _Judged | None, now: datetime, outcome: Outcome) -> None:
        """Findings become alarms, and history that changed is due to be judged again."""
        if judged is None:
            return
        late, late_after_us, found_late = judged.late, self.settings.late_after_us, list[int]()

        def is_historic(finding: Finding) -> bool:
            is_late = received_at(judged.rows, judged.events, finding) - finding.held_us > late_after_us
            if is_late and finding.to_us is None:
                found_late.append(finding.machine)
            return is_late

        changes = changes_of(judged.judgement.findings, judged.judgement.grown)
        outcome.transitions = apply_changes(conn, changes, at=now, is_historic=is_historic)
        add_due(conn, late.machine, late.at_us, late.received_at_us - late.at_us > late_after_us)
        machines = set(late.machine.tolist())
        outcome.late_machines = len(machines)
        outcome.adoptions += [judged.judgement.adopt, lambda: self.state.late_machines.update(machines)]
        outcome.adoptions.append(lambda: self.state.late_alarms.update(dict.fromkeys(found_late)))
        if self.state.shadow is not None and judged.shadow is not None:
            self.state.shadow.record(conn, judged.shadow)
            outcome.adoptions.append(judged.shadow.adopt)

    def _quarantine(
        self, conn: Connection, places: Places, messages: Messages, quarantined: Sequence[Quarantined]
    ) -> Recovery:
        """Keep what is refused, and find what no longer is."""
        standing = self.state.ledger.standing(places, messages, _refused_rows(messages, quarantined))
        recovery = recover(standing, messages, quarantined, lambda keys: find_counted(conn, keys))
        insert_quarantined(conn, quarantined, messages, recovery.counted)
        clear_counted(conn, recovery.cleared)
        return recovery

    def _enter_ledger(
        self, places: Places, messages: Messages, checked: Checked, recovered: Int64Array
    ) -> LedgerChange:
        newest = _newest_measured(checked, len(messages))
        refused = _refused_rows(messages, checked.quarantined)
        return self.state.ledger.enter(places, messages, refused, newest_us=newest, recovered=recovered)

    def _adopt(self, stored: ReadingBatch, events: EventBatch) -> None:
        state = self.state
        state.marks.advance(stored.machine, stored.measured_at_us)()
        state.latest.add(stored)
        speed = stored.of(state.catalogue.index["engine_speed_rpm"])
        state.watch.hear(stored.machine, stored.received_at_us, stored.measured_at_us, speed > ENGINE_RUNS_RPM)
        age_us = events.received_at_us - events.measured_at_us
        status = events.take((events.kind == EventKind.STATUS) & (age_us <= self.settings.late_after_us))
        state.latest.set_online(status.machine, status.received_at_us, status.value == 1)
        self._learn_software(events)

    def _learn_software(self, events: EventBatch) -> None:
        """What a machine tells of its software counts for rules within 10 s, as the next facts are given."""
        for place in np.flatnonzero(events.kind == EventKind.ATTRIBUTE).tolist():
            said = events.text[place] or ""
            if said.startswith(SOFTWARE):
                machine, at_us = int(events.machine[place]), int(events.measured_at_us[place])
                if self.state.facts.learn_software(machine, said.removeprefix(SOFTWARE), at_us):
                    self.state.facts_until_us = 0


def received_at(rows: ReadingBatch, events: EventBatch, finding: Finding) -> int:
    """When the row or fault list at which a finding held was received; `rows` and `events` are those just judged."""
    row = (rows.machine == finding.machine) & (rows.measured_at_us == finding.held_us)
    event = (events.machine == finding.machine) & (events.measured_at_us == finding.held_us)
    earliest = rows.received_at_us[row].max(initial=finding.held_us)
    return int(max(earliest, events.received_at_us[event].max(initial=finding.held_us)))


def _tell_unlisted(change: LedgerChange) -> None:
    metrics.UNLISTED.inc(change.unlisted)
    for terminal_id, boot in change.overfull:
        log.warning(
            "too many gaps: what opens another is kept but not acknowledged", terminal_id=terminal_id, boot=boot
        )


def _newest_measured(checked: Checked, messages: int) -> Int64Array:
    newest = np.full(messages, NEVER_US, np.int64)
    for rows in (checked.fresh, checked.rest):
        np.maximum.at(newest, rows.message, rows.measured_at_us)
    return newest


def _refused_rows(messages: Messages, quarantined: Sequence[Quarantined]) -> dict[int, int]:
    """message -> how many of its rows are in quarantine."""
    refused: dict[int, int] = {}
    for item in quarantined:
        if item.row == WHOLE_MESSAGE:
            refused[item.message] = messages.rows[item.message]
        elif item.row >= 0:
            refused[item.message] = refused.get(item.message, 0) + 1
    return refused


def platform_now() -> datetime:
    """The platform's clock; app is where it is read."""
    return datetime.now(UTC)


def is_historic_by(late_after_us: int, now_us: int) -> Callable[[Finding], bool]:
    """For findings from history: they come late when their row is older than the limit by now."""
    return lambda finding: now_us - finding.held_us > late_after_us
