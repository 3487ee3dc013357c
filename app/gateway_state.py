"""What the gateway holds in memory between batches: adopted after a commit, or loaded from the database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from alerts.service import apply_changes
from alerts.silence import SOURCE_KEY, SilenceWatch
from diagnosis.engine import Engine
from diagnosis.state import RuleState, StateLayout
from fleet.batch import Int32Array, Int64Array, ReadingBatch
from fleet.findings import Finding, SourceKind
from fleet.signals import Catalogue
from ingest.dirty import DirtyMinutes
from ingest.latest import NEVER, LatestValues, StateRows
from ingest.ledger_table import LedgerTable
from ingest.marks import Marks
from ingest.registry import Registry
from storage.health import list_spans
from storage.history import last_instants, read_rows
from storage.late_alarms import list_late_machines
from storage.ledger import load_ledger
from storage.machine_facts import load_fact_rows
from storage.machine_state import last_received, list_statuses, load_states
from storage.pool import Connection
from storage.recorded_findings import list_last_findings, list_open_findings
from storage.registry import RegistryRows, load_registry
from storage.rejudge import list_done
from storage.rule_sets import roles
from storage.signals_write import load_catalogue
from storage.trust import list_distrusted
from usecases.judge_history import JUDGED_KINDS, restore_state
from usecases.rule_facts import RuleFacts
from usecases.rules_in_force import (
    Shadow,
    enter_packaged_rules,
    load_in_force,
    start_shadow,
    switched,
    tell_alarm_rules,
)

OVERLAP_US = 60_000_000  # of the rows read again, so that late ones are among them
MACHINES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RuleSets:
    """Which rule set is live and which in shadow, by number."""

    live: int | None = None
    shadow: int | None = None


@dataclass(frozen=True, slots=True)
class Judges:
    """What a batch may switch, to be put back when it is not committed."""

    engine: Engine
    rules: RuleState
    rule_sets: RuleSets
    shadow: Shadow | None
    config_epoch: int


@dataclass(slots=True)
class GatewayState:
    """One gateway's memory. `told_silent`: the last finding of silence of each machine, open or recently cleared."""

    catalogue: Catalogue
    registry: Registry
    engine: Engine
    rules: RuleState
    facts: RuleFacts
    latest: LatestValues
    watch: SilenceWatch
    say: Callable[[str], None]
    marks: Marks = field(default_factory=Marks)
    dirty: DirtyMinutes = field(default_factory=DirtyMinutes)
    ledger: LedgerTable = field(default_factory=LedgerTable)
    told_silent: dict[int, Finding] = field(default_factory=dict)
    late_machines: set[int] = field(default_factory=set)  # had rows below their mark since the last silence tick
    late_alarms: dict[int, None] = field(default_factory=dict)  # machines that may have an open one found late, a queue
    config_epoch: int = -1
    rules_on: bool = True
    rule_sets: RuleSets = field(default_factory=RuleSets)
    shadow: Shadow | None = None
    facts_until_us: int = -1  # when a geofence begins or ends
    reported: int = -1  # (machine, signal) pairs that the facts know of

    def give_facts(self, now_us: int) -> None:
        """Tell the rules what is known of machines now."""
        reports = self.latest.reported()
        for engine in [self.engine, *([] if self.shadow is None else [self.shadow.engine])]:
            engine.set_facts(self.facts.for_rules(engine, reports, now_us=now_us))
        self.facts_until_us, self.reported = self.facts.next_border_us(now_us), int(reports.sum())

    def has_new_facts(self, now_us: int) -> bool:
        """Whether time or readings have changed what is known of machines; changed configuration is read at once."""
        return now_us >= self.facts_until_us or int(self.latest.reported().sum()) != self.reported

    @property
    def judges(self) -> Judges:
        """Who judges now."""
        return Judges(self.engine, self.rules, self.rule_sets, self.shadow, self.config_epoch)

    def put_back(self, judges: Judges) -> None:
        """The batch that may have switched was not committed: what it read of the configuration is read again."""
        if self.config_epoch != judges.config_epoch:
            for name in Judges.__slots__:
                setattr(self, name, getattr(judges, name))
            self.config_epoch = -1

    def become(self, other: "GatewayState") -> None:
        """Take over everything of `other`, in place: whoever holds this state sees the new one."""
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))


def registry_of(rows: RegistryRows) -> Registry:
    """The registry as the quality step uses it."""
    return Registry(
        rows.terminals,
        terminal_id=rows.terminal_id,
        machine_id=rows.machine_id,
        from_us=rows.from_us,
        to_us=rows.to_us,
    )


def reload_registry(conn: Connection, state: GatewayState, *, now: datetime) -> None:
    """Machines, terminals or what rules ask of machines have changed."""
    rows = load_registry(conn)
    state.registry = registry_of(rows)
    state.facts = RuleFacts(rows, load_fact_rows(conn), state.say)
    state.facts.learn_trust(list_distrusted(conn))
    state.give_facts(in_us(now))


def switch_rules(conn: Connection, state: GatewayState, *, now: datetime) -> None:
    """Judge by the sets that are live and in shadow now, if they are others; call give_facts() afterwards.

    Findings of rules that are no more end, in the caller's transaction. Raises RuleError.
    """
    named = roles(conn)
    wanted = RuleSets(named.get("live"), named.get("shadow"))
    if wanted == state.rule_sets:
        return
    in_force = load_in_force(conn, state.catalogue)
    if wanted.live != state.rule_sets.live:
        engine = Engine(state.catalogue, in_force.live_rules)
        state.rules, changes = switched(state.rules, engine, list_open_findings(conn, JUDGED_KINDS))
        apply_changes(conn, changes, at=now, is_historic=lambda _: False)
        tell_alarm_rules(conn, in_force.live_rules)
        state.engine = engine
        state.say(f"rule set {in_force.live.rule_set_id} ({in_force.live.version}) is live")
    state.shadow = start_shadow(conn, in_force, state.catalogue, state.rules)
    state.rule_sets = wanted


def in_us(at: datetime) -> int:
    """Microseconds since 1970."""
    return round(at.timestamp() * 1_000_000)


def load_state(
    conn: Connection,
    *,
    gateway_id: str,
    silence_after_us: int,
    ledger_since: datetime,
    late_after_us: int,
    rules_on: bool,
    now: datetime,
    say: Callable[[str], None],
) -> GatewayState:
    """Read everything a gateway needs before its first batch; of the ledger what was heard of since `ledger_since`.

    A status that came more than `late_after_us` after it was true tells nothing of now.
    """
    catalogue = load_catalogue(conn)
    if enter_packaged_rules(conn, catalogue, now=now):
        say("the rules of this program are a rule set now; where another one is live they wait: ecc rules list")
    in_force = load_in_force(conn, catalogue)
    tell_alarm_rules(conn, in_force.live_rules)
    rows = load_registry(conn)
    machines = np.unique(rows.machine_id)
    last = last_instants(conn, machines) if len(machines) else np.empty(0, np.int64)
    state = GatewayState(
        catalogue=catalogue,
        registry=registry_of(rows),
        engine=Engine(catalogue, in_force.live_rules),
        rules=RuleState(StateLayout((), (), (), ())),
        facts=RuleFacts(rows, load_fact_rows(conn), say),
        latest=_load_latest(conn, catalogue),
        watch=SilenceWatch(silence_after_us),
        say=say,
        rules_on=rules_on,
    )
    _catch_up(conn, state, machines, last, late_after_us)
    state.facts.learn_trust(list_distrusted(conn))
    state.give_facts(in_us(now))
    state.rules = restore_state(conn, state.engine, stale=list_done(conn), say=say)
    state.shadow = start_shadow(conn, in_force, catalogue, state.rules)
    state.rule_sets = RuleSets(in_force.live.rule_set_id, None if state.shadow is None else state.shadow.rule_set_id)
    state.give_facts(in_us(now))
    state.ledger.load(load_ledger(conn, since=ledger_since))
    state.marks.advance(machines[last >= 0], last[last >= 0])()
    _load_silence(conn, state, gateway_id)
    state.late_alarms = dict.fromkeys(list_late_machines(conn))
    return state


def _load_latest(conn: Connection, catalogue: Catalogue) -> LatestValues:
    latest = LatestValues(len(catalogue))
    fixed, values, at_us = load_states(conn, len(catalogue), NEVER)
    machine, measured, received, online = fixed.T
    latest.load(StateRows(machine.astype(np.int32), measured, received, online.astype(np.int16), values, at_us))
    return latest


def _catch_up(
    conn: Connection, state: GatewayState, machines: Int32Array, last_us: Int64Array, late_after_us: int
) -> None:
    """What was held back when a gateway died: latest values, from the rows behind what was written, and statuses."""
    if not len(machines):
        return
    written, heard = state.latest.reached_us(machines)
    behind = last_us > written
    since = np.where(written == NEVER, last_us, written)[behind] - OVERLAP_US
    received = last_received(conn, machines[behind], since)
    forever = np.full(len(since), np.iinfo(np.int64).max)
    everything = list(range(len(state.catalogue)))
    for start in range(0, len(since), MACHINES_AT_ONCE):
        part = slice(start, start + MACHINES_AT_ONCE)
        machine, at_us, values = read_rows(
            conn, machines[behind][part], since[part], forever[part], catalogue=state.catalogue, signals=everything
        )
        none = np.zeros(len(machine), np.int32)
        received_us = np.array([received[m] for m in machine.tolist()], np.int64)
        state.latest.add(ReadingBatch(none, none, machine, at_us, received_us, values, np.arange(len(state.catalogue))))
    statuses = list_statuses(conn, machines, heard, late_after_us=late_after_us)
    if statuses:
        machine, received_us, online = map(np.array, zip(*statuses, strict=True))
        state.latest.set_online(machine.astype(np.int32), received_us, online)


def _load_silence(conn: Connection, state: GatewayState, gateway_id: str) -> None:
    watch, latest = state.watch, state.latest
    for start, end in list_spans(conn, gateway_id):
        watch.healthy.starts_us.append(start)
        watch.healthy.ends_us.append(end)
    known = latest.rows(latest.known())
    speed = known.values[:, state.catalogue.index["engine_speed_rpm"]]
    watch.hear(known.machine, known.received_at_us, known.measured_at_us, np.nan_to_num(speed) > 0)
    for finding in list_last_findings(conn, SourceKind.PLATFORM, SOURCE_KEY):
        state.told_silent[finding.machine] = finding
        watch.mark_silent(finding.machine, finding.to_us is None)
