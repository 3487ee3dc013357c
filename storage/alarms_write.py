"""Findings and alarms: each statement changes both, with a transition and an entry of the event log, or nothing.

Compare-and-set: an UPDATE names the state it expects; the answer says whether it was so. (Written for the batch
transaction: nothing here commits.)
"""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from fleet.findings import CaseMember, Finding, MachineId, Severity, SourceKind
from storage.ids import uuid7

ACTOR = "platform"
NO_CASE: dict[str, Any] = {"cascade": "", "codes": []}

_LOG: LiteralString = """
, transition AS (
    INSERT INTO alarm_transition (alarm_id, at, kind, version, actor, detail)
    SELECT a.alarm_id, %(at)s, k.kind, %(version)s, %(actor)s, %(detail)s
    FROM changed a, unnest(%(kinds)s::text[]) WITH ORDINALITY AS k(kind, position) ORDER BY k.position
    RETURNING transition_id, alarm_id, kind
)
INSERT INTO event_log (at, organisation_id, machine_id, kind, payload)
SELECT
    %(at)s,
    (SELECT o.organisation_id FROM ownership o
     WHERE o.machine_id = %(machine)s AND o.from_at <= %(held_at)s AND o.to_at > %(held_at)s),
    %(machine)s,
    'alarm.' || t.kind,
    jsonb_build_object('alarm_id', t.alarm_id, 'transition_id', t.transition_id, 'transition', t.kind,
                       'source_kind', %(source_kind)s::text, 'source_key', %(source_key)s::text,
                       'severity', %(severity)s::text)
FROM transition t ORDER BY t.transition_id
"""

RAISE: LiteralString = (
    """
WITH found AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at, to_at,
                         historic, evidence, code_case)
    VALUES (%(finding_id)s, %(machine)s, %(source_kind)s, %(source_key)s, %(version)s, %(severity)s, %(from_at)s,
            %(held_at)s, %(to_at)s, %(historic)s, %(evidence)s, %(code_case)s)
    ON CONFLICT (machine_id, source_kind, source_key, from_at) WHERE withdrawn_at IS NULL DO NOTHING
    RETURNING finding_id
), changed AS (
    INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at,
                       cleared_at, committed_at, historic)
    SELECT %(alarm_id)s, %(machine)s, %(source_kind)s, %(source_key)s, %(severity)s, finding_id, %(state)s,
           %(held_at)s, %(to_at)s, %(at)s, %(historic)s
    FROM found
    RETURNING alarm_id
)
"""  # noqa: S608 - literals of this file
    + _LOG
)

CHANGE: LiteralString = (
    """
WITH found AS (
    UPDATE finding
    SET from_at = %(from_at)s, held_at = %(held_at)s, to_at = %(to_at)s, version = %(version)s,
        evidence = CASE WHEN held_at = %(held_at)s THEN evidence ELSE %(evidence)s END,
        severity = %(severity)s, code_case = %(code_case)s
    WHERE machine_id = %(machine)s AND source_kind = %(source_kind)s AND source_key = %(source_key)s
      AND from_at = %(before_from_at)s AND withdrawn_at IS NULL
    RETURNING finding_id
), changed AS (
    UPDATE alarm SET state = %(state)s, severity = %(severity)s, raised_at = %(held_at)s, cleared_at = %(to_at)s
    FROM found WHERE alarm.finding_id = found.finding_id AND alarm.state = ANY(%(expected)s)
    RETURNING alarm.alarm_id
)
"""  # noqa: S608 - literals of this file
    + _LOG
)

WITHDRAW: LiteralString = (
    """
WITH found AS (
    UPDATE finding SET withdrawn_at = %(at)s
    WHERE machine_id = %(machine)s AND source_kind = %(source_kind)s AND source_key = %(source_key)s
      AND from_at = %(before_from_at)s AND withdrawn_at IS NULL
    RETURNING finding_id
), changed AS (
    UPDATE alarm SET state = %(state)s
    FROM found WHERE alarm.finding_id = found.finding_id AND alarm.state = ANY(%(expected)s)
    RETURNING alarm.alarm_id
)
"""  # noqa: S608 - literals of this file
    + _LOG
)


def raise_alarm(
    conn: psycopg.Connection, finding: Finding, *, at: datetime, state: str, kinds: Sequence[str], historic: bool
) -> bool:
    """A new finding and its alarm in `state`, with a transition for each of `kinds`; False when it was there."""
    own = {"finding_id": uuid7(), "alarm_id": uuid7(), "historic": historic, "state": state}
    return _run(conn, RAISE, {**_parameters(finding, at, kinds), **own})


def change_alarm(
    conn: psycopg.Connection,
    before: Finding,
    after: Finding,
    *,
    at: datetime,
    state: str,
    expected: Sequence[str],
    kinds: Sequence[str],
) -> bool:
    """Move a finding and its alarm to `after`; False when the alarm was in none of the `expected` states."""
    own = {"before_from_at": instant(before.from_us), "state": state, "expected": list(expected)}
    was = {"before": _span(before)} if before.from_us != after.from_us or before.held_us != after.held_us else {}
    return _run(conn, CHANGE, {**_parameters(after, at, kinds, **was), **own})


def withdraw_alarm(
    conn: psycopg.Connection,
    finding: Finding,
    *,
    at: datetime,
    state: str,
    expected: Sequence[str],
    kinds: Sequence[str],
) -> bool:
    """Take a finding back with its alarm; False when the alarm was in none of the `expected` states."""
    own = {"before_from_at": instant(finding.from_us), "state": state, "expected": list(expected)}
    return _run(conn, WITHDRAW, {**_parameters(finding, at, kinds), **own})


RECORDED: LiteralString = """
SELECT machine_id, source_kind, source_key, version, severity, evidence, code_case,
       (extract(epoch FROM from_at) * 1000000)::bigint AS from_us,
       (extract(epoch FROM held_at) * 1000000)::bigint AS held_us,
       (extract(epoch FROM to_at) * 1000000)::bigint AS to_us
FROM finding f JOIN unnest(%(machines)s::int[], %(since)s::timestamptz[]) AS m(id, since) ON f.machine_id = m.id
WHERE withdrawn_at IS NULL AND source_kind = ANY(%(kinds)s)
  AND (to_at IS NULL OR to_at >= m.since OR source_kind = 'dtc')
ORDER BY machine_id, from_at
"""


def list_findings_since(
    conn: psycopg.Connection, machines: Sequence[int], since_us: Sequence[int], kinds: Sequence[SourceKind]
) -> list[Finding]:
    """Findings of each machine that hold or ended at or after its instant in `since_us`; all those of kind dtc."""
    parameters = {"machines": list(machines), "since": [instant(u) for u in since_us], "kinds": list(kinds)}
    with conn.cursor(row_factory=dict_row) as cursor:
        return [_finding(row) for row in cursor.execute(RECORDED, parameters)]


OPEN: LiteralString = """
SELECT f.machine_id, f.source_kind, f.source_key, f.version, f.severity, f.evidence, f.code_case,
       (extract(epoch FROM f.from_at) * 1000000)::bigint AS from_us,
       (extract(epoch FROM f.held_at) * 1000000)::bigint AS held_us, NULL AS to_us
FROM alarm a JOIN finding f USING (finding_id)
WHERE a.state = 'active' AND f.withdrawn_at IS NULL AND f.to_at IS NULL AND f.source_kind = ANY(%s)
"""


def list_open_findings(conn: psycopg.Connection, kinds: Sequence[SourceKind]) -> list[Finding]:
    """Findings that have not ended, of all machines."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [_finding(row) for row in cursor.execute(OPEN, [list(kinds)])]


LAST: LiteralString = """
SELECT DISTINCT ON (machine_id) machine_id, source_kind, source_key, version, severity, evidence, code_case,
       (extract(epoch FROM from_at) * 1000000)::bigint AS from_us,
       (extract(epoch FROM held_at) * 1000000)::bigint AS held_us,
       (extract(epoch FROM to_at) * 1000000)::bigint AS to_us
FROM finding
WHERE withdrawn_at IS NULL AND source_kind = %s AND source_key = %s AND from_at > now() - interval '30 days'
ORDER BY machine_id, from_at DESC
"""


def list_last_findings(conn: psycopg.Connection, kind: SourceKind, key: str) -> list[Finding]:
    """The newest finding of one source of each machine, of the last 30 days."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [_finding(row) for row in cursor.execute(LAST, [kind, key])]


def _finding(row: dict[str, Any]) -> Finding:
    case = row["code_case"] or NO_CASE
    return Finding(
        machine=MachineId(row["machine_id"]),
        source_kind=SourceKind(row["source_kind"]),
        source_key=row["source_key"],
        version=row["version"],
        severity=Severity(row["severity"]),
        from_us=row["from_us"],
        held_us=row["held_us"],
        to_us=row["to_us"],
        values=tuple(row["evidence"].items()),
        cascade=case["cascade"],
        members=tuple(CaseMember(*member) for member in case["codes"]),
    )


def _run(conn: psycopg.Connection, statement: LiteralString, parameters: dict[str, Any]) -> bool:
    return conn.execute(statement, parameters).rowcount > 0


def _parameters(finding: Finding, at: datetime, kinds: Sequence[str], **detail: object) -> dict[str, Any]:
    code_case = {"cascade": finding.cascade, "codes": [astuple(member) for member in finding.members]}
    return {
        "machine": finding.machine,
        "source_kind": finding.source_kind,
        "source_key": finding.source_key,
        "version": finding.version,
        "severity": finding.severity,
        "from_at": instant(finding.from_us),
        "held_at": instant(finding.held_us),
        "to_at": None if finding.to_us is None else instant(finding.to_us),
        "evidence": Jsonb(dict(finding.values)),
        "code_case": Jsonb(code_case) if finding.members else None,
        "at": at,
        "actor": ACTOR,
        "kinds": list(kinds),
        "detail": Jsonb({**_span(finding), **detail}),
    }


def _span(finding: Finding) -> dict[str, str | None]:
    to_at = None if finding.to_us is None else instant(finding.to_us).isoformat()
    return {"from": instant(finding.from_us).isoformat(), "held": instant(finding.held_us).isoformat(), "to": to_at}


def instant(us: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    seconds, micros = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
