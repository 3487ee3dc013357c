"""What must be in the database after a plan, read with SQL of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import psycopg

from fleet.signals import packaged_catalogue
from tests.faults.plan import HEALTHY, Message

SIGNALS = tuple(HEALTHY)
READINGS = f"""
SELECT t.name, (extract(epoch FROM r.measured_at) * 1000000)::bigint, {", ".join(f"r.{key}::float8" for key in SIGNALS)}
FROM reading r JOIN installation USING (machine_id) JOIN terminal t USING (terminal_id)
"""
LEDGER = """
SELECT t.name, boot, through, ranges::text, messages, rows_committed, rows_quarantined
FROM ledger JOIN terminal t USING (terminal_id)
"""
REFUSED = "SELECT terminal, boot, seq, count(*) FROM quarantine WHERE reason = 'clock_future' GROUP BY 1, 2, 3"
REFUSED_ELSE = "SELECT terminal, boot, seq, reason, detail FROM quarantine WHERE reason <> 'clock_future'"
FINDINGS = """
SELECT t.name, f.source_kind, f.source_key, f.from_at, f.to_at, count(*)
FROM finding f JOIN installation USING (machine_id) JOIN terminal t USING (terminal_id)
WHERE withdrawn_at IS NULL GROUP BY 1, 2, 3, 4, 5
"""
ALARMS = """
SELECT t.name, a.source_kind, a.source_key, f.from_at, f.to_at, a.state, count(*)
FROM alarm a JOIN finding f USING (finding_id) JOIN installation i ON i.machine_id = a.machine_id
    JOIN terminal t USING (terminal_id)
WHERE a.state <> 'withdrawn' GROUP BY 1, 2, 3, 4, 5, 6
"""
RAISED_TWICE = """
SELECT alarm_id FROM alarm LEFT JOIN alarm_transition t USING (alarm_id)
GROUP BY alarm_id HAVING count(*) FILTER (WHERE t.kind = 'raised') <> 1
"""
MACHINES = "SELECT count(*), count(DISTINCT machine_id), count(DISTINCT pin) FROM machine"
STALE = """
SELECT machine_id, measured_at FROM machine_state s
WHERE measured_at IS DISTINCT FROM (SELECT max(measured_at) FROM reading r WHERE r.machine_id = s.machine_id)
"""


class LedgerRow(NamedTuple):
    """One power cycle's account."""

    through: int
    ranges: str
    messages: int
    rows_committed: int
    rows_quarantined: int


@dataclass(frozen=True)
class Truth:
    """What the plan's messages must have become, each counted once however often it was sent."""

    readings: dict[tuple[str, int], tuple[float | None, ...]]
    ledger: dict[tuple[str, str], LedgerRow]
    refused: dict[tuple[str, str, int], int]

    @classmethod
    def of(cls, messages: Iterable[Message]) -> Truth:
        """The truth of distinct messages."""
        catalogue = packaged_catalogue()
        stored = [np.float32 if catalogue[key].stored == "float4" else np.float64 for key in SIGNALS]
        readings: dict[tuple[str, int], tuple[float | None, ...]] = {}
        accounts: dict[tuple[str, str], list[Message]] = defaultdict(list)
        refused = {}
        for message in messages:
            accounts[message.terminal, message.boot].append(message)
            if message.refused:
                refused[message.key] = message.refused
            for at_us, values in message.rows:
                given = (values.get(key) for key in SIGNALS)
                kinds = zip(given, stored, strict=True)
                readings[message.terminal, at_us] = tuple(None if v is None else float(t(v)) for v, t in kinds)
        ledger = {
            key: LedgerRow(len(sent) - 1, "{}", len(sent), sum(len(m.rows) for m in sent), sum(m.refused for m in sent))
            for key, sent in accounts.items()
        }
        return cls(readings, ledger, refused)


@dataclass(frozen=True)
class Kept:
    """What is in the database."""

    readings: Counter[tuple[str, int]]
    values: dict[tuple[str, int], tuple[float | None, ...]]
    ledger: dict[tuple[str, str], LedgerRow]
    refused: dict[tuple[str, str, int], int]
    refused_else: list[tuple[object, ...]]
    findings: Counter[tuple[object, ...]]
    alarms: Counter[tuple[object, ...]]
    raised_twice: list[tuple[object, ...]]
    machines: tuple[int, int, int]
    stale_states: list[tuple[object, ...]]


def read(conn: psycopg.Connection) -> Kept:
    """Read everything the oracle judges."""
    readings: Counter[tuple[str, int]] = Counter()
    values = {}
    for terminal, at_us, *given in conn.execute(READINGS.encode()):
        readings[terminal, at_us] += 1
        values[terminal, at_us] = tuple(given)
    return Kept(
        readings=readings,
        values=values,
        ledger={(terminal, boot): LedgerRow(*rest) for terminal, boot, *rest in conn.execute(LEDGER)},
        refused={(terminal, boot, seq): rows for terminal, boot, seq, rows in conn.execute(REFUSED)},
        refused_else=conn.execute(REFUSED_ELSE).fetchall(),
        findings=Counter({row[:-1]: row[-1] for row in conn.execute(FINDINGS)}),
        alarms=Counter({row[:-1]: row[-1] for row in conn.execute(ALARMS)}),
        raised_twice=conn.execute(RAISED_TWICE).fetchall(),
        machines=conn.execute(MACHINES).fetchone() or (0, 0, 0),
        stale_states=conn.execute(STALE).fetchall(),
    )


def complaints(kept: Kept, truth: Truth, machines: int) -> list[str]:
    """Empty when each planned row is there once, what is refused is in quarantine, and ledger and states say so."""
    common = truth.readings.keys() & kept.readings.keys()
    ledgers = kept.ledger.keys() | truth.ledger.keys()
    refused = kept.refused.keys() | truth.refused.keys()
    wrong: dict[str, Sequence[object]] = {
        "rows lost": sorted(truth.readings.keys() - kept.readings.keys()),
        "rows that nobody sent": sorted(kept.readings.keys() - truth.readings.keys()),
        "rows doubled": [key for key, times in kept.readings.items() if times != 1],
        "rows changed (kept, sent)": [
            (key, kept.values[key], truth.readings[key]) for key in common if kept.values[key] != truth.readings[key]
        ],
        "rows in quarantine (kept, sent)": [
            (key, kept.refused.get(key), truth.refused.get(key))
            for key in refused
            if kept.refused.get(key) != truth.refused.get(key)
        ],
        "messages refused for no reason": kept.refused_else,
        "ledger rows wrong (kept, true)": [
            (key, kept.ledger.get(key), truth.ledger.get(key))
            for key in ledgers
            if kept.ledger.get(key) != truth.ledger.get(key)
        ],
        "machines, ids, PINs instead of one each": [kept.machines] if kept.machines != (machines,) * 3 else [],
        "machines whose latest values are not their newest row": kept.stale_states,
        "alarms not raised exactly once": kept.raised_twice,
    }
    return [f"{len(cases)} {name}, such as {cases[:3]}" for name, cases in wrong.items() if cases]


def differences(what: str, disturbed: Counter[tuple[object, ...]], calm: Counter[tuple[object, ...]]) -> list[str]:
    """Empty when a disturbed and an undisturbed platform came to the same."""
    more, fewer = disturbed - calm, calm - disturbed
    return [
        f"{sum(cases.values())} {what} {how}, such as {sorted(map(str, cases))[:4]}"
        for how, cases in (("too many", more), ("missing", fewer))
        if cases
    ]
