"""Findings as they are recorded, read back for those who judge on."""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from fleet.findings import CaseMember, Finding, MachineId, Reason, Severity, SourceKind
from storage.alarms_write import instant

NO_CASE: dict[str, Any] = {"cascade": "", "codes": []}

RECORDED: LiteralString = """
SELECT machine_id, source_kind, source_key, version, severity, evidence, code_case, reason,
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
SELECT f.machine_id, f.source_kind, f.source_key, f.version, f.severity, f.evidence, f.code_case, f.reason,
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
SELECT DISTINCT ON (machine_id) machine_id, source_kind, source_key, version, severity, evidence, code_case, reason,
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
        reason=None if row["reason"] is None else _reason(row["reason"]),
    )


def _reason(told: dict[str, Any]) -> Reason:
    place = told["place"]
    return Reason(
        key=told["key"],
        share=told["share"],
        spoke_for=tuple(told["spoke_for"]),
        place=None if place is None else (place[0], place[1]),
    )
