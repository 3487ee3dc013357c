"""Rule sets on the stream: the shipped one enters, the live one and the one in shadow are loaded and switched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from alerts.lifecycle import Asks
from alerts.service import Change
from diagnosis.engine import Engine, Judgement, Rows
from diagnosis.layers import content_hash, layer
from diagnosis.rows import NO_TIME
from diagnosis.ruleset import RuleSet, rule_files, ruleset_of
from diagnosis.state import PARTITIONS, RuleState
from fleet.batch import EventBatch
from fleet.findings import Finding, SourceKind
from fleet.signals import Catalogue
from storage.alarm_rules import put_alarm_rules
from storage.pool import Connection
from storage.rule_sets import NewRules, RuleText, StoredRules, enter_base, list_in_force
from storage.shadow_findings import list_open_shadow_findings, put_shadow_findings

PLATFORM = "platform"


def enter_packaged_rules(conn: Connection, catalogue: Catalogue, *, now: datetime) -> bool:
    """Enter the rules that ship with this program as a base set; live at once on a site without a live set.

    True when they are new. Elsewhere they wait for a replay and their promotion.
    """
    files = rule_files()
    shipped = RuleText(content_hash=content_hash(files), files=files, base_files=None, machines={})
    rules = NewRules(
        kind="base",
        base_id=None,
        version=parsed(shipped, catalogue).version,
        content_hash=shipped.content_hash,
        files=files,
        note="shipped",
    )
    return enter_base(conn, rules, by=PLATFORM, now=now)


_read: dict[tuple[str, frozenset[tuple[str, int]], Catalogue], RuleSet] = {}
KEPT = 8  # sets that stay parsed in this process: a hundred rules take 0.2 s


def parsed(stored: RuleText, catalogue: Catalogue) -> RuleSet:
    """The rules of a stored set; raises RuleError when this program cannot read them."""
    key = stored.content_hash, frozenset(stored.machines.items()), catalogue
    if key not in _read:
        _read[key] = _parsed(stored, catalogue)
        if len(_read) > KEPT:
            _read.pop(next(iter(_read)), None)
    return _read[key]


def _parsed(stored: RuleText, catalogue: Catalogue) -> RuleSet:
    if stored.base_files is None:
        return ruleset_of(stored.files, catalogue)
    (edits,) = stored.files.values()
    return layer(stored.base_files, edits, catalogue).for_machines(stored.machines)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A set that judges beside the live one and raises nothing."""

    rule_set_id: int
    engine: Engine
    rules: RuleState

    def judge(self, rows: Rows, events: EventBatch) -> Judgement:
        """What it finds in the rows that the live set judges."""
        return self.engine.judge(rows, events, self.rules)

    def record(self, conn: Connection, judgement: Judgement) -> None:
        """Keep what it found."""
        put_shadow_findings(conn, self.rule_set_id, judgement.findings)


@dataclass(frozen=True, slots=True)
class InForce:
    """The sets to judge by."""

    live: StoredRules
    live_rules: RuleSet
    shadow: StoredRules | None
    shadow_rules: RuleSet | None


def load_in_force(conn: Connection, catalogue: Catalogue) -> InForce:
    """The live set and the one in shadow. Raises RuleError."""
    found = list_in_force(conn)
    live, shadow = found["live"], found.get("shadow")
    return InForce(live, parsed(live, catalogue), shadow, None if shadow is None else parsed(shadow, catalogue))


def tell_alarm_rules(conn: Connection, rules: RuleSet) -> None:
    """Keep what the live rules say of their alarms; fault codes and other sources have the defaults."""
    put_alarm_rules(
        conn,
        [
            {
                "source_kind": rule.source_kind,
                "source_key": rule.key,
                "asks": Asks.RESET if rule.latched else Asks.ACKNOWLEDGEMENT,
                "suppressed_in": rule.suppressed_in,
                "inhibits": rule.inhibits,
            }
            for rule in rules.thresholds
        ],
    )


def start_shadow(conn: Connection, in_force: InForce, catalogue: Catalogue, live: RuleState) -> Shadow | None:
    """The set in shadow, judging from where the live one is: what was before it has not seen."""
    if in_force.shadow is None or in_force.shadow_rules is None:
        return None
    engine = Engine(catalogue, in_force.shadow_rules)
    rules = engine.fresh_state(live.slots)
    rules.reserve(live.slots)
    rules.mark_us[: live.slots] = live.mark_us
    _open(rules, list_open_shadow_findings(conn, in_force.shadow.rule_set_id))
    return Shadow(in_force.shadow.rule_set_id, engine, rules)


def switched(before: RuleState, engine: Engine, open_findings: Sequence[Finding]) -> tuple[RuleState, list[Change]]:
    """The state for another rule set, and what becomes of open findings.

    Rules that are the same go on. What is open of a changed rule stays open until the new one clears it; what is open
    of a rule that is no more ends at the last instant judged.
    """
    after = engine.fresh_state(before.slots)
    for partition in range(PARTITIONS):
        after.load(before.export(partition))
    after.reserve(before.slots)
    np.copyto(after.mark_us[: before.slots], before.mark_us)
    keys = set(engine.layout.rules)
    kept = [finding for finding in open_findings if finding.source_key in keys]
    _open(after, kept)
    gone = [f for f in open_findings if f.source_kind is SourceKind.RULE and f.source_key not in keys]
    if not engine.ruleset.raises_codes:
        gone += [finding for finding in open_findings if finding.source_kind is SourceKind.DTC]
    marks = before.marks(np.array([finding.machine for finding in gone], np.int64))
    return after, [_ended(finding, int(mark)) for finding, mark in zip(gone, marks, strict=True)]


def _open(state: RuleState, findings: Sequence[Finding]) -> None:
    columns = {key: number for number, key in enumerate(state.layout.rules)}
    for finding in findings:
        if finding.source_kind is SourceKind.RULE and finding.source_key in columns:
            state.reserve(finding.machine + 1)
            state.set_rule(finding.machine, columns[finding.source_key], finding)


def _ended(finding: Finding, mark_us: int) -> Change:
    return Change(finding, replace(finding, to_us=max(finding.held_us, mark_us if mark_us != NO_TIME else 0)))
