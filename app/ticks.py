"""What the gateway does between batches, in the writer's thread and under its fencing epoch: write what was held back,
tell silence, judge late rows again, snapshot the rule state. Each in a transaction of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import msgspec
import numpy as np
import numpy.typing as npt

from alerts.lifecycle import TransitionKind
from alerts.service import Change, apply_changes
from alerts.silence import SOURCE_KEY, revised_silence
from alerts.silence_reason import corrected, one_calls, with_reason
from app import metrics
from app.aside import Aside
from app.gateway_state import GatewayState
from app.logging import get_logger
from app.pipeline import PipelineSettings, is_historic_by
from fleet.batch import BoolArray, Int64Array
from fleet.findings import Finding, MachineId, Reason, Severity, SourceKind
from gateway.decode.schema import MAX_ACK_RANGES
from ingest.latest import StateRows
from ingest.work_state import WORK_STATES, work_states
from storage.failures import OUR_FAULT, TRY_AGAIN
from storage.health import save_behind, save_span
from storage.history import next_instants
from storage.machine_state import save_states
from storage.pool import Connection
from storage.registry import still_ours
from storage.rejudge import clear_done, list_due
from storage.rule_state import save_snapshots
from storage.trust import list_distrusted
from usecases.call_late_alarms import call_late_alarms
from usecases.judge_history import judge_history, snapshot_of
from usecases.judge_silence import judge_silences

SECOND_US = 1_000_000
STATE_EVERY_US = SECOND_US  # of one machine
ACK_EVERY_US = SECOND_US  # of one terminal
HEALTH_EVERY_US = SECOND_US
LONGEST_TURN_US = 60 * SECOND_US  # between two looks; after longer it was not at work
LATE_EVERY_US = SECOND_US
LATE_MACHINES = 200  # at once
SNAPSHOT_EVERY_US = 30 * SECOND_US
REJUDGE_EVERY_US = SECOND_US // 2
REJUDGE_MACHINES = 200  # at once
EVICT_EVERY_US = 60 * SECOND_US
FACTS_EVERY_US = 10 * SECOND_US
SILENCE_VERSION = "tick-2"
SILENT_AT_ONCE = 200  # are told in a tick: why is asked of half an hour of each one's readings
REASONS_EVERY_US = 60 * SECOND_US  # of standing silences; what came meanwhile may tell another reason
REASONS_AT_ONCE = 50  # the newest
REASONS_WITHIN_US = 7200 * SECOND_US  # of being told

log = get_logger("gateway.ticks")


@dataclass(slots=True)
class Ticks:
    """Runs what is due; machine states go their own way, on the connection of `aside`."""

    settings: PipelineSettings
    state: GatewayState
    aside: Aside
    can_hear: Callable[[], bool]
    is_connected: Callable[[], bool]
    last_us: dict[str, int] = field(default_factory=dict)
    waiting: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))  # by slot of the ledger
    acked_us: Int64Array = field(default_factory=lambda: np.zeros(0, np.int64))
    names: dict[int, str] = field(default_factory=dict)
    under_way: Future[None] | None = None
    sent_off: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))  # machines under way
    states_up: bool = True  # the last of them arrived
    seen_config_epoch: int = -1
    has_due: bool = True
    changed_rules: bool = False
    at_work_us: int | None = None  # when it was last seen to be connected and at work, without a failure since

    def run(self, conn: Connection, now: datetime) -> list[tuple[str, bytes]]:
        """Do what is due at `now`; returns the commit acks to publish. Raises as Pipeline.commit does."""
        now_us = round(now.timestamp() * 1_000_000)
        if self._is_due("state", now_us, STATE_EVERY_US // 4):
            self._write_states(now_us)
        if self._is_due("facts", now_us, FACTS_EVERY_US):
            self._take_facts(conn, now_us)
        if self._is_due("health", now_us, HEALTH_EVERY_US):
            self._judge_silence(conn, now, now_us)
        if self.has_due and self.state.rules_on and self._is_due("rejudge", now_us, REJUDGE_EVERY_US):
            self._judge_again(conn, now, now_us)
        if self.state.late_alarms and self._is_due("late", now_us, LATE_EVERY_US):
            self._call_late(conn, now, now_us)
        if self.changed_rules and self._is_due("snapshot", now_us, SNAPSHOT_EVERY_US):
            self._snapshot(conn, now)
        if self._is_due("evict", now_us, EVICT_EVERY_US):
            self._evict(now_us)
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

    def _take_facts(self, conn: Connection, now_us: int) -> None:
        """What time, readings and the judging of sensors have changed of what is known of machines."""
        with conn.transaction():
            has_other_trust = self.state.facts.learn_trust(list_distrusted(conn))
        if has_other_trust or self.state.has_new_facts(now_us):
            self.state.give_facts(now_us)

    def _fenced(self, conn: Connection) -> None:
        epoch = still_ours(conn, self.settings.gateway_id, self.settings.epoch)
        self.has_due |= epoch != self.seen_config_epoch  # values taken over into a signal make machines due
        self.seen_config_epoch = epoch

    def _write_states(self, now_us: int) -> None:
        """Have the states that are due written beside the batches; only committed readings are among them."""
        if self.under_way is not None and not self.under_way.done():
            return
        self.finish_states()
        machines = self.state.latest.due(now_us, every_us=STATE_EVERY_US)
        if len(machines):
            rows = self.state.latest.rows(machines)
            self.state.latest.mark_written(machines, now_us)
            self.sent_off, self.under_way = machines, self.aside.submit(partial(self._save_states, rows))

    def finish_states(self) -> None:
        """Wait for the states under way; those that did not arrive are due again. Raises FencedOff and defects."""
        if self.under_way is None:
            return
        under_way, self.under_way = self.under_way, None
        try:
            under_way.result()
        except (*TRY_AGAIN, *OUR_FAULT) as error:  # the batches go on: theirs is another connection
            self.state.latest.mark_unwritten(self.sent_off)
            self.states_up = False
            metrics.STATE_WRITES_FAILED.inc()
            log.warning("machine states are not written; trying again", error=type(error).__name__)
        else:
            self.states_up = True

    def close(self) -> None:
        """Wait for what is under way; what is refused now is caught up by the next gateway."""
        self.aside.close()

    def _save_states(self, rows: StateRows, conn: Connection) -> None:
        with conn.transaction():
            still_ours(conn, self.settings.gateway_id, self.settings.epoch)
            save_states(
                conn,
                rows.machine,
                measured_at_us=rows.measured_at_us,
                received_at_us=rows.received_at_us,
                online=rows.online,
                work_state=work_states(rows.values, self.state.catalogue),
                work_states=WORK_STATES,
                values=rows.values,
                at_us=rows.at_us,
            )

    def await_ack(self, slots: npt.NDArray[np.intp]) -> None:
        """Power cycles (slots of the ledger) whose machines are to be told what is committed."""
        if len(slots):
            self._grow(int(slots.max()) + 1)
        self.waiting[slots] = True

    def _grow(self, size: int) -> None:
        if (beyond := size - len(self.waiting)) > 0:
            self.waiting = np.concatenate([self.waiting, np.zeros(2 * beyond, np.bool_)])
            self.acked_us = np.concatenate([self.acked_us, np.zeros(2 * beyond, np.int64)])

    def await_every_ack(self) -> None:
        """The ledger was loaded anew: its slots are others, so everybody is told again."""
        self.waiting, self.acked_us = np.zeros(0, np.bool_), np.zeros(0, np.int64)
        self.await_ack(np.arange(len(self.state.ledger)))

    def _evict(self, now_us: int) -> None:
        """Give up the memory of power cycles that have been quiet for long; who is owed an ack stays."""
        self._grow(len(self.state.ledger))
        kept = self.state.ledger.evict(now_us - self.settings.ledger_warm_us, self.waiting)
        if kept is not None:
            self.waiting, self.acked_us = self.waiting[kept], self.acked_us[kept]

    def _acks(self, now_us: int) -> list[tuple[str, bytes]]:
        """Commit acks that are due; while nobody would hear them they stay due."""
        if not self.is_connected():
            return []
        due = np.flatnonzero(self.waiting & (now_us - self.acked_us >= ACK_EVERY_US))
        if not len(due):
            return []
        self._learn_names()
        acks, encode = [], msgspec.json.Encoder().encode
        for terminal, boot, through, above in self.state.ledger.kept(due):
            topic = f"ecc/v1/{self.names[terminal]}/ack"
            for start in range(0, max(1, len(above)), MAX_ACK_RANGES):
                part = above[start : start + MAX_ACK_RANGES]
                acks.append((topic, encode({"boot": boot, "through": through, "ranges": part})))
        self.acked_us[due] = now_us
        self.waiting[due] = False
        return acks

    def _learn_names(self) -> None:
        if len(self.names) != len(self.state.registry.terminals):
            self.names = {number: name for name, (number, *_) in self.state.registry.terminals.items()}

    def _judge_silence(self, conn: Connection, now: datetime, now_us: int) -> None:
        state, watch = self.state, self.state.watch
        before_us, self.at_work_us = self.at_work_us, now_us if self.is_connected() else None
        can_hear = self.can_hear()
        has_hole = not can_hear or watch.healthy.extend(now_us, tick_us=HEALTH_EVERY_US)
        if has_hole and before_us is not None and self.at_work_us and now_us - before_us <= LONGEST_TURN_US:
            with conn.transaction():
                save_behind(conn, self.settings.gateway_id, before_us, now_us)
        if not can_hear:
            with conn.transaction():
                self._fenced(conn)  # even without a message a gateway that was taken over ends, within a second
            return
        changes = self._new_silences(conn, now_us)
        revised = self._revised(conn)
        if self._is_due("reasons", now_us, REASONS_EVERY_US):
            revised += self._other_reasons(conn, now_us, {c.before.machine for c in revised if c.before})
        changes += revised
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

    def _new_silences(self, conn: Connection, now_us: int) -> list[Change]:
        """Those who are silent now, with why; of many that are on our side one calls and the others are shown."""
        machines = self.state.watch.newly_silent()[:SILENT_AT_ONCE].tolist()
        reasons = self._reasons(conn, machines, now_us)
        new = [with_reason(self._silence_of(machine, now_us), reasons.get(machine)) for machine in machines]
        return [Change(None, finding) for finding in one_calls(new, self.state.told_silent.values())]

    def _other_reasons(self, conn: Connection, now_us: int, moved: set[MachineId]) -> list[Change]:
        """Standing silences of which more is known by now: the reason is corrected, visibly, never taken back."""
        standing = [f for f in self.state.told_silent.values() if f.to_us is None and f.machine not in moved]
        young = [f for f in standing if now_us - f.held_us < REASONS_WITHIN_US]
        asked = sorted(young, key=lambda finding: finding.held_us)[-REASONS_AT_ONCE:]
        reasons = self._reasons(conn, [f.machine for f in asked], now_us)
        found = [(f, corrected(f, reasons.get(f.machine))) for f in asked]
        changed = [(before, after) for before, after in found if after is not None]
        calling = one_calls([after for _, after in changed], standing)
        return [Change(before, after) for (before, _), after in zip(changed, calling, strict=True)]

    def _reasons(self, conn: Connection, machines: Sequence[int], now_us: int) -> dict[int, Reason]:
        if not machines:
            return {}
        state = self.state
        with conn.transaction():
            return judge_silences(
                conn, machines, watch=state.watch, latest=state.latest, catalogue=state.catalogue, now_us=now_us
            )

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
        if judged.transitions:
            self.state.late_alarms.update(dict.fromkeys(d.machine for d in due))
        metrics.REJUDGED.inc(len(due))
        self.changed_rules |= bool(due)
        self.has_due = len(due) == REJUDGE_MACHINES

    def _call_late(self, conn: Connection, now: datetime, now_us: int) -> None:
        """Alarms found late call once live readings show that they stand; asked of are machines heard of in time."""
        waiting, late_after_us = self.state.late_alarms, self.settings.late_after_us
        ids = np.fromiter(waiting, np.int64, len(waiting))
        asked = ids[self.state.rules.marks(ids) >= now_us - late_after_us][:LATE_MACHINES].tolist()
        if not asked:
            return
        with conn.transaction():
            self._fenced(conn)
            made, left = call_late_alarms(conn, self.state.rules, asked, now=now, late_after_us=late_after_us)
        for machine in asked:
            waiting.pop(machine)
            if machine in left:
                waiting[machine] = None  # behind the others
        _count(made)

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
