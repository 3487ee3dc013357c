"""Sensors are judged by what machines reported since the last pass: what is not trusted is kept and told as findings.

A step of `ecc diagnose`, once a minute. Rows are looked at two minutes after they were measured; what comes later than
that is not looked at. What the checks remember is in memory: a new process reads the last hour again, and what was not
trusted before stays so for half an hour unless it is found again. Findings on a machine are diagnosed again when one of
its sensors is found out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from alerts.service import Change, apply_changes
from diagnosis.engine import Rows
from diagnosis.machine_facts import FOREVER_US, MachineFacts
from diagnosis.ruleset import RuleSet
from diagnosis.trust import Distrust, TrustJudge, lied_us, packaged_checks
from fleet.batch import EventBatch
from fleet.findings import Finding, MachineId, Severity, SourceKind
from fleet.signals import Catalogue
from storage.history import read_events, read_used_columns
from storage.machine_state import load_reported
from storage.pool import Connection
from storage.registry import load_registry
from storage.signals_write import load_catalogue
from storage.trust import TrustSpan, list_heard, list_open_trust, put_trust, renew_evidence
from usecases.rules_in_force import load_in_force

MINUTE_US = 60_000_000
SETTLED_US = 2 * MINUTE_US
BEFORE_US = 60 * MINUTE_US  # of history that a new process begins with
LONGEST_US = 10 * MINUTE_US  # at once
AT_ONCE = 500
LATE_US = 15 * MINUTE_US
VERSION = "checks-3"
GRAVE = (Severity.CRITICAL, Severity.HIGH)


@dataclass(slots=True)
class Held:
    """What one process keeps between two passes."""

    catalogue: Catalogue
    judge: TrustJudge
    mark_us: int
    began_us: int
    told: dict[tuple[int, str, int], int]  # (machine, signal, from) of the findings that are open -> since when it lied


class TrustStep:
    """The step of `ecc diagnose`."""

    def __init__(self) -> None:
        self._held: Held | None = None

    def step(self, conn: Connection, now: datetime) -> bool:
        """One pass; True when there is more to do at once. `conn` must not be in a transaction."""
        now_us = round(now.timestamp() * 1_000_000)
        catalogue = load_catalogue(conn)
        if self._held is None or self._held.catalogue.keys != catalogue.keys:
            self._held = _begin(conn, catalogue, now_us)
        return judge_trust(conn, self._held, now_us=now_us)


def _begin(conn: Connection, catalogue: Catalogue, now_us: int) -> Held:
    recorded = [
        Distrust(
            machine=span.machine_id,
            signal=catalogue.signals[span.signal_id].key,
            from_us=span.from_us,
            to_us=None,
            score=span.score,
            checks=tuple(span.checks),
        )
        for span in list_open_trust(conn)
        if span.signal_id < len(catalogue)
    ]
    judge = TrustJudge(catalogue, packaged_checks(catalogue), recorded, now_us)
    told = {(one.machine, one.signal, one.from_us): one.from_us - lied_us(one.checks, catalogue) for one in recorded}
    return Held(catalogue, judge, (now_us - SETTLED_US - BEFORE_US) // MINUTE_US * MINUTE_US, now_us, told)


def judge_trust(conn: Connection, held: Held, *, now_us: int) -> bool:
    """Judge the whole minutes since the last pass, at most ten; True when there are more."""
    settled_us = (now_us - SETTLED_US) // MINUTE_US * MINUTE_US
    until_us = min(settled_us, held.mark_us + LONGEST_US)
    if until_us <= held.mark_us:
        return False
    registry, reports = load_registry(conn), load_reported(conn, len(held.catalogue))
    held.judge.set_facts(
        MachineFacts(nominal_voltage_v=registry.nominal_voltage_v, kind=registry.kind, reports=reports)
    )
    for rows, events in _parts(conn, held, until_us):
        held.judge.judge(rows, events)
    changes = [one for one in held.judge.changes(until_us) if not _is_old(held, one)]
    if changes:
        _write(conn, held, changes, now_us)
    held.mark_us = until_us
    return until_us < settled_us


def _is_old(held: Held, one: Distrust) -> bool:
    """Whether it ended before this process began: the one before it has told of it."""
    is_told = (one.machine, one.signal, one.from_us) in held.told
    return not is_told and one.to_us is not None and one.to_us < held.began_us


def _parts(conn: Connection, held: Held, until_us: int) -> Iterator[tuple[Rows, EventBatch]]:
    """Rows and events of some machines at a time."""
    machines = np.array(list_heard(conn, held.mark_us), np.int32)
    signals = held.judge.signals
    for start in range(0, len(machines), AT_ONCE):
        part = machines[start : start + AT_ONCE]
        machine, at_us, values = read_used_columns(
            conn, part, held.mark_us, until_us, catalogue=held.catalogue, signals=signals
        )
        ends = [np.full(len(part), us, np.int64) for us in (held.mark_us, until_us)]
        yield Rows(machine, at_us, values, np.array(signals, np.intp)), read_events(conn, part, *ends)


def _write(conn: Connection, held: Held, changes: Sequence[Distrust], now_us: int) -> None:
    """Keep the spans, and tell of those that begin and end."""
    grave = _grave_signals(load_in_force(conn, held.catalogue).live_rules)
    with conn.transaction():
        put_trust(conn, [_span(one, held.catalogue) for one in changes])
        told = []
        for one in changes:
            name = one.machine, one.signal, one.from_us
            found = _finding(one, Severity.MEDIUM if one.signal in grave else Severity.LOW)
            lied_from_us = one.from_us - lied_us(one.checks, held.catalogue)
            if lied_from_us < held.told.get(name, FOREVER_US):
                renew_evidence(conn, one.machine, lied_from_us)
            if name not in held.told:
                told.append(Change(None, found))
            elif one.to_us is not None:
                told.append(Change(replace(found, to_us=None), found))
            held.told[name] = min(lied_from_us, held.told.get(name, FOREVER_US))
            if one.to_us is not None:
                del held.told[name]
        now = datetime.fromtimestamp(now_us / 1e6, UTC)
        apply_changes(conn, told, at=now, is_historic=lambda one: now_us - one.held_us > LATE_US)


def _grave_signals(rules: RuleSet) -> frozenset[str]:
    """The signals without which a rule that is high or critical is silent."""
    grave = [rule for rule in rules.thresholds if rule.severity in GRAVE]
    return frozenset(key for rule in grave for key in rule.signals)


def _span(one: Distrust, catalogue: Catalogue) -> TrustSpan:
    return TrustSpan(
        machine_id=one.machine,
        signal_id=catalogue.index[one.signal],
        from_us=one.from_us,
        to_us=one.to_us,
        score=one.score,
        checks=list(one.checks),
    )


def _finding(one: Distrust, severity: Severity) -> Finding:
    return Finding(
        machine=MachineId(one.machine),
        source_kind=SourceKind.SENSOR,
        source_key=one.signal,
        version=VERSION,
        severity=severity,
        from_us=one.from_us,
        held_us=one.from_us,
        to_us=one.to_us,
    )
