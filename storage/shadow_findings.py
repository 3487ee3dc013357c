"""What the rule set in shadow finds on the stream."""

from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from fleet.findings import Finding, MachineId, Severity, SourceKind
from storage.alarms_write import instant

PUT: LiteralString = """
INSERT INTO shadow_finding (rule_set_id, machine_id, source_key, version, severity, from_at, held_at, to_at, evidence)
VALUES (%(rule_set)s, %(machine)s, %(key)s, %(version)s, %(severity)s, %(from)s, %(held)s, %(to)s, %(evidence)s)
ON CONFLICT (rule_set_id, machine_id, source_key, from_at) DO UPDATE SET to_at = excluded.to_at
"""
OPEN: LiteralString = """
SELECT machine_id, source_key, version, severity, (extract(epoch FROM from_at) * 1000000)::bigint AS from_us,
    (extract(epoch FROM held_at) * 1000000)::bigint AS held_us
FROM shadow_finding WHERE rule_set_id = %s AND to_at IS NULL
"""


def put_shadow_findings(conn: psycopg.Connection, rule_set: int, findings: Sequence[Finding]) -> None:
    """Record those that opened and closed, in time order; fault codes are the same in every set and left out."""
    rows = [
        {
            "rule_set": rule_set,
            "machine": finding.machine,
            "key": finding.source_key,
            "version": finding.version,
            "severity": finding.severity,
            "from": instant(finding.from_us),
            "held": instant(finding.held_us),
            "to": None if finding.to_us is None else instant(finding.to_us),
            "evidence": Jsonb(dict(finding.values)),
        }
        for finding in findings
        if finding.source_kind is SourceKind.RULE
    ]
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(PUT, rows)


def list_open_shadow_findings(conn: psycopg.Connection, rule_set: int) -> list[Finding]:
    """Those that have not ended."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [
            Finding(
                machine=MachineId(row["machine_id"]),
                source_kind=SourceKind.RULE,
                source_key=row["source_key"],
                version=row["version"],
                severity=Severity(row["severity"]),
                from_us=row["from_us"],
                held_us=row["held_us"],
            )
            for row in cursor.execute(OPEN, [rule_set])
        ]
