"""What the gateway does between batches, in the writer's thread and under its fencing epoch: write what was held back,
tell silence, judge late rows again, snapshot the rule state. Each in a transaction of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import numpy as np
import numpy.typing as npt

from alerts.lifecycle import TransitionKind
from alerts.service import Change, apply_changes
from alerts.silence import SOURCE_KEY, revised_silence
from app import metrics
from app.gateway_state import GatewayState
from app.pipeline import PipelineSettings, is_historic_by
from fleet.batch import BoolArray, Int64Array
from fleet.findings import Finding, MachineId, Severity, SourceKind
from ingest.latest import NEVER
from ingest.work_state import WORK_STATES, work_states
from storage.health import save_span
from storage.history import next_instants
from storage.machine_state import save_states
from storage.pool import Connection
from storage.registry import fence
from storage.rejudge import clear_done, list_due
from storage.rule_state import save_snapshots
from usecases.judge_history import judge_history, snapshot_of

SECOND_US = 1_000_000
STATE_EVERY_US = SECOND_US  # of one machine
ACK_EVERY_US = SECOND_US  # of one terminal
HEALTH_EVERY_US = SECOND_US
SNAPSHOT_EVERY_US = 30 * SECOND_US
REJUDGE_EVERY_US = SECOND_US // 2
REJUDGE_MACHINES = 200  # at once
SILENCE_VERSION = "tick-1"


@dataclass(slots=True)
class Ticks:
    """Runs what is due; `acks` collects commit acks for the event loop to publish."""

    settings: PipelineSettings
    state: GatewayState
    can_hear: Callable[[], bool]
    last_us: dict[str, int] = field(default_factory=dict)
    waiting: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))  # by slot of the ledger
    acked_us: Int64Array = field(default_factory=lambda: np.zeros(0, np.int64))
    names: dict[int, str] = field(default_factory=dict)
    has_due: bool = True
    changed_rules: bool = False

    def run(self, conn: Connection, now: datetime) -> list[tuple[str, bytes]]:
        """Do what is due at `now`; returns the commit acks to publish. Raises as Pipeline.commit does."""
        now_us = round(now.timestamp() * 1_000_000)
        if self._is_due("state", now_us, STATE_EVERY_US // 4):
            self._write_states(conn, now_us)
        if self._is_due("health", now_us, HEALTH_EVERY_US):
            self._judge_silence(conn, now, now_us)
        if self.has_due and self.state.rules_on and self._is_due("rejudge", now_us, REJUDGE_EVERY_US):
            self._judge_again(conn, now, now_us)
        if self.changed_rules and self._is_due("snapshot", now_us, SNAPSHOT_EVERY_US):
            self._snapshot(conn, now)
        return self._acks(now_us)

    def settle(self, conn: Connection, now: datetime) -> None:
        """Judge everything that is due before the first batch: the loaded rule state has seen those late rows, the
        recorded findings have not."""
        self.has_due = True
        while self.has_due and self.state.rules_on:
            self._judge_again(conn, now, round(now.timestamp() * 1_000_000))

    def _is_due(self, name: str, now_us: int, every_us: int) -> bool:
        if now_us - self.last_us.get(name, 0) < every_us:
            return False
        self.last_us[name] = now_us
        return True

    def _fenced(self, conn: Connection) -> None:
        fence(conn, self.settings.gateway_id, self.settings.epoch)

    def _write_states(self, conn: Connection, now_us: int) -> None:
        latest = self.state.latest
        machines = latest.due(now_us, every_us=STATE_EVERY_US)
        if not len(machines):
            return
        rows = latest.rows(machines)
        states = work_states(rows.values, self.state.catalogue)
        with conn.transaction():
            self._fenced(conn)
            save_states(
                conn,
                rows.machine,
                measured_at_us=np.where(rows.measured_at_us == NEVER, rows.received_at_us, rows.measured_at_us),
                received_at_us=rows.received_at_us,
                online=rows.online,
                work_state=states,
                work_states=WORK_STATES,
                values=rows.values,
                at_us=rows.at_us,
            )
        latest.mark_written(machines, now_us)

    def await_ack(self, slots: npt.NDArray[np.intp]) -> None:
        """Power cycles (slots of the ledger) whose machines are to be told what is committed."""
        if len(slots) and (beyond := int(slots.max()) + 1 - len(self.waiting)) > 0:
            self.waiting = np.concatenate([self.waiting, np.zeros(2 * beyond, np.bool_)])
            self.acked_us = np.concatenate([self.acked_us, np.zeros(2 * beyond, np.int64)])
        self.waiting[slots] = True

    def await_every_ack(self) -> None:
        """The ledger was loaded anew: its slots are others, so everybody is told again."""
        self.waiting, self.acked_us = np.zeros(0, np.bool_), np.zeros(0, np.int64)
        self.await_ack(np.arange(len(self.state.ledger)))

    def _acks(self, now_us: int) -> list[tuple[str, bytes]]:
        due = np.flatnonzero(self.waiting & (now_us - self.acked_us >= ACK_EVERY_US))
        if not len(due):
            return []
        self._learn_names()
        acks = []
        for slot in due.tolist():
            terminal, boot, ranges = self.state.ledger.kept(slot)
            content = {"boot": boot, "through": ranges.through, "ranges": ranges.above}
            acks.append((f"ecc/v1/{self.names[terminal]}/ack", msgspec.json.encode(content)))
        self.acked_us[due] = now_us
        self.waiting[due] = False
        return acks

    def _learn_names(self) -> None:
        if len(self.names) != len(self.state.registry.terminals):
            self.names = {number: name for name, (number, *_) in self.state.registry.terminals.items()}

    def _judge_silence(self, conn: Connection, now: datetime, now_us: int) -> None:
        state, watch = self.state, self.state.watch
        if not self.can_hear():
            return
        watch.healthy.extend(now_us, tick_us=HEALTH_EVERY_US)
        changes = [Change(None, self._silence_of(int(machine), now_us)) for machine in watch.newly_silent()]
        changes += self._revised(conn)
        with conn.transaction():
            self._fenced(conn)
            save_span(conn, self.settings.gateway_id, watch.healthy.starts_us[-1], watch.healthy.ends_us[-1])
            made = apply_changes(conn, changes, at=now, is_historic=lambda finding: False)
        for change in changes:
            self._adopt_silence(change)
        _count(made)
        state.late_machines.clear()
        metrics.SILENT.set(sum(finding.to_us is None for finding in state.told_silent.values()))

    def _revised(self, conn: Connection) -> list[Change]:
        """Silences that end because the machine was heard, or are taken back because it had been measuring."""
        told = self.state.told_silent
        ids = np.array(list(told), np.int32)
        heard = self.state.watch.heard_after(ids, np.array([f.held_us for f in told.values()], np.int64))
        asked = [
            finding
            for finding, is_heard in zip(told.values(), heard, strict=True)
            if is_heard and (finding.to_us is None or finding.machine in self.state.late_machines)
        ]
        if not asked:
            return []
        with conn.transaction():
            following = next_instants(conn, [f.machine for f in asked], [f.from_us for f in asked])
        found = [revised_silence(finding, following.get(finding.machine)) for finding in asked]
        return [change for change in found if change is not None]

    def _silence_of(self, machine: int, now_us: int) -> Finding:
        return Finding(
            machine=MachineId(machine),
            source_kind=SourceKind.PLATFORM,
            source_key=SOURCE_KEY,
            version=SILENCE_VERSION,
            severity=Severity.MEDIUM,
            from_us=min(self.state.watch.last_measured_us(machine), now_us),
            held_us=now_us,
        )

    def _adopt_silence(self, change: Change) -> None:
        finding = change.after or change.before
        assert finding is not None  # a change has one of them
        if change.after is None:
            self.state.told_silent.pop(finding.machine, None)
        else:
            self.state.told_silent[finding.machine] = finding
        self.state.watch.mark_silent(finding.machine, change.after is not None and finding.to_us is None)

    def _judge_again(self, conn: Connection, now: datetime, now_us: int) -> None:
        with conn.transaction():
            self._fenced(conn)
            due = list_due(conn, REJUDGE_MACHINES)
            judged = judge_history(
                conn,
                self.state.engine,
                self.state.rules,
                due,
                at=now,
                is_historic=is_historic_by(self.settings.late_after_us, now_us),
            )
        judged.adopt()
        _count(judged.transitions)
        metrics.REJUDGED.inc(len(due))
        self.changed_rules |= bool(due)
        self.has_due = len(due) == REJUDGE_MACHINES

    def _snapshot(self, conn: Connection, now: datetime) -> None:
        with conn.transaction():
            self._fenced(conn)
            blobs = snapshot_of(self.state.rules)
            save_snapshots(conn, blobs, version=self.state.engine.ruleset.version, at=now)
            clear_done(conn)
        self.changed_rules = False


def _count(made: Sequence[TransitionKind]) -> None:
    for kind in made:
        metrics.ALARMS.labels(kind).inc()
