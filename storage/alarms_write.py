"""Findings and alarms as judging changes them: each statement takes any number of episodes and changes both, with the
transitions and the entries of the event log, or nothing.

Compare-and-set: the lines of alerts/lifecycle.py come as a parameter, and a locked row says which of them holds.
(Written for the batch transaction: nothing here commits.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from fleet.findings import CaseMember, Finding
from storage.alarm_log import PLATFORM, TELL
from storage.alarm_relations import RELATE, RELATED
from storage.ids import uuid7

_ASKED: LiteralString = """
WITH asked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r (
        n integer, finding_id uuid, alarm_id uuid, machine integer, source_kind text, source_key text, version text,
        severity text, from_at timestamptz, held_at timestamptz, to_at timestamptz, before_from_at timestamptz,
        given text, historic boolean, evidence jsonb, code_case jsonb, reason jsonb, gathers text[], detail jsonb)
), setting AS MATERIALIZED (
    SELECT * FROM alarm_setting LIMIT 1
)
"""
# An alarm rings unless its data came late, its severity is info, or it is held back. It chatters when it came so often
# within so long, on the machine's clock; it is fleeting when it went as soon as it came.
RAISE: LiteralString = (
    _ASKED  # noqa: S608 - literals of this file
    + """
, found AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at, to_at,
                         historic, evidence, code_case, reason)
    SELECT finding_id, machine, source_kind, source_key, version, severity, from_at, held_at, to_at, historic, evidence,
           code_case, reason
    FROM asked ORDER BY n
    ON CONFLICT (machine_id, source_kind, source_key, from_at) WHERE withdrawn_at IS NULL DO NOTHING
    RETURNING finding_id
), new AS MATERIALIZED (
    SELECT a.*, CASE a.severity WHEN 'info' THEN 'nothing' ELSE coalesce(r.asks, 'acknowledgement') END AS asks,
        coalesce(h.hold, CASE
            WHEN m.mode = ANY(coalesce(r.suppressed_in, '{in_repair,transport,stored}')) THEN 'by_design'
            WHEN 'engine_off' = ANY(r.suppressed_in) AND EXISTS (
                SELECT FROM machine_state e WHERE e.machine_id = a.machine AND e.work_state = 'off') THEN 'by_design'
        END) AS suppression,
        a.to_at - a.held_at < make_interval(secs => s.fleeting_s) AS fleeting,
        make_interval(mins => (s.escalate_after_min ->> a.severity)::integer) AS escalate_after,
        nullif(coalesce(r.inhibits, '{}') || coalesce(a.gathers, '{}'), '{}') AS explains,
        s.chattering_count <= (
            SELECT count(*) FROM alarm p
            WHERE p.machine_id = a.machine AND p.source_kind = a.source_kind AND p.source_key = a.source_key
              AND p.state <> 'withdrawn' AND p.raised_at <= a.held_at
              AND p.raised_at > a.held_at - make_interval(secs => s.chattering_within_s)
        ) + count(*) OVER (
            PARTITION BY a.machine, a.source_kind, a.source_key ORDER BY a.held_at
            RANGE BETWEEN (SELECT make_interval(secs => chattering_within_s) FROM setting) PRECEDING
                AND CURRENT ROW
        ) AS chattering
    FROM asked a JOIN found USING (finding_id) CROSS JOIN setting s JOIN machine m ON m.machine_id = a.machine
    LEFT JOIN alarm_hold h
        ON h.machine_id = a.machine AND h.source_kind = a.source_kind AND h.source_key = a.source_key
    LEFT JOIN alarm_rule r ON r.source_kind = a.source_kind AND r.source_key = a.source_key
), rung AS (
    SELECT n.*, CASE WHEN NOT historic AND severity <> 'info' AND suppression IS NULL THEN %(at)s::timestamptz END
        AS announced_at
    FROM new n
), changed AS (
    INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, lifecycle, asks,
                       raised_at, cleared_at, committed_at, historic, suppression, explains, chattering, fleeting,
                       announced_at, escalate_at)
    SELECT alarm_id, machine, source_kind, source_key, severity, finding_id,
        CASE given WHEN 'open' THEN 'active' ELSE 'cleared' END, %(to)s::jsonb ->> concat_ws(' ', 'new', given, asks),
        asks, held_at, to_at, %(at)s, historic, suppression, explains, chattering, coalesce(fleeting, FALSE),
        announced_at, CASE given WHEN 'open' THEN announced_at + escalate_after END
    FROM rung ORDER BY n
    RETURNING alarm_id
), told AS (
    SELECT n, alarm_id, machine AS machine_id, source_kind, source_key, severity, held_at AS raised_at, version,
        %(kinds)s::jsonb ->> concat_ws(' ', 'new', given, asks) AS kinds,
        detail || CASE WHEN suppression IS NULL THEN '{}' ELSE jsonb_build_object('suppression', suppression) END
            || CASE WHEN historic THEN '{"late": true}' ELSE '{}' END::jsonb AS detail
    FROM new JOIN changed USING (alarm_id)
)
"""
    + TELL
)

_FOUND_CHANGED: LiteralString = """
, found AS (
    UPDATE finding f
    SET from_at = a.from_at, held_at = a.held_at, to_at = a.to_at, version = a.version,
        evidence = CASE WHEN f.held_at = a.held_at THEN f.evidence ELSE a.evidence END,
        severity = a.severity, code_case = a.code_case, reason = a.reason
    FROM asked a
    WHERE f.machine_id = a.machine AND f.source_kind = a.source_kind AND f.source_key = a.source_key
      AND f.from_at = a.before_from_at AND f.withdrawn_at IS NULL
    RETURNING f.finding_id, a.n
)
"""
_FOUND_GONE: LiteralString = """
, found AS (
    UPDATE finding f SET withdrawn_at = %(at)s
    FROM asked a
    WHERE f.machine_id = a.machine AND f.source_kind = a.source_kind AND f.source_key = a.source_key
      AND f.from_at = a.before_from_at AND f.withdrawn_at IS NULL
    RETURNING f.finding_id, a.n
)
"""
# What is read of a locked row is what others have committed, so two who change it at once do not miss each other.
_LOCKED: LiteralString = """
, locked AS MATERIALIZED (
    SELECT l.alarm_id, l.state AS state_before, l.suppression AS suppression_before, f.n,
        concat_ws(' ', l.lifecycle, a.given, l.asks) AS step
    FROM alarm l JOIN found f USING (finding_id) JOIN asked a USING (n)
    WHERE l.state <> 'withdrawn' FOR UPDATE OF l
)
"""
_TOLD: LiteralString = """
, told AS (
    SELECT a.n, c.alarm_id, a.machine AS machine_id, a.source_kind, a.source_key, a.severity, a.held_at AS raised_at,
        a.version, %(kinds)s::jsonb ->> c.step AS kinds, CASE
            WHEN c.step ~ '^(returned_unacknowledged|latched|normal) open ' THEN a.detail || '{"back": true}'
            ELSE a.detail
        END AS detail
    FROM changed c JOIN asked a USING (n)
)
"""
CHANGE: LiteralString = (
    _ASKED  # noqa: S608 - literals of this file
    + _FOUND_CHANGED
    + _LOCKED
    + """
, wanted AS (
    SELECT l.*, a.given, a.severity, a.held_at, a.to_at, a.gathers, %(to)s::jsonb ->> l.step AS lifecycle,
        l.state_before <> 'active' AND a.given = 'open' AS is_back,
        CASE
            WHEN l.state_before <> 'active' AND a.given = 'open'
                THEN alarm_suppression(a.machine, a.source_kind, a.source_key)
            ELSE l.suppression_before
        END AS suppression,
        coalesce(a.to_at - a.held_at < make_interval(secs => s.fleeting_s), FALSE) AS fleeting,
        make_interval(mins => (s.escalate_after_min ->> a.severity)::integer) AS escalate_after
    FROM locked l JOIN asked a USING (n) CROSS JOIN setting s
    WHERE jsonb_exists(%(to)s::jsonb, l.step)
), changed AS (
    UPDATE alarm l
    SET state = CASE w.given WHEN 'open' THEN 'active' ELSE 'cleared' END, lifecycle = w.lifecycle,
        severity = w.severity, raised_at = w.held_at, cleared_at = w.to_at, fleeting = w.fleeting,
        asks = CASE
            WHEN w.severity = 'info' THEN 'nothing' WHEN l.asks = 'nothing' THEN 'acknowledgement' ELSE l.asks END,
        acknowledged_at = CASE WHEN w.is_back THEN NULL ELSE l.acknowledged_at END,
        acknowledged_by = CASE WHEN w.is_back THEN NULL ELSE l.acknowledged_by END,
        suppression = w.suppression,
        explains = CASE l.source_kind WHEN 'dtc' THEN w.gathers ELSE l.explains END,
        escalation = CASE WHEN w.is_back THEN 0 ELSE l.escalation END,
        announced_at = CASE
            WHEN w.given = 'open' AND w.severity <> 'info' AND NOT l.historic AND w.suppression IS NULL
                AND l.inhibited_by IS NULL THEN coalesce(l.announced_at, %(at)s)
            ELSE l.announced_at
        END,
        escalate_at = CASE
            WHEN w.given = 'closed' THEN CASE WHEN w.lifecycle = 'returned_unacknowledged' AND NOT w.fleeting
                AND w.severity IN ('critical', 'high') THEN l.escalate_at END -- it went, and nobody had seen it
            WHEN (w.is_back OR w.severity <> l.severity) AND w.lifecycle = 'active_unacknowledged'
                AND w.severity <> 'info' AND NOT l.historic AND w.suppression IS NULL AND l.inhibited_by IS NULL
                THEN %(at)s + w.escalate_after
            WHEN w.severity = 'info' THEN NULL
            ELSE l.escalate_at
        END
    FROM wanted w WHERE l.alarm_id = w.alarm_id
    RETURNING l.alarm_id, w.n, w.step
)
"""
    + _TOLD
    + TELL
)
WITHDRAW: LiteralString = (
    _ASKED  # noqa: S608 - literals of this file
    + _FOUND_GONE
    + _LOCKED
    + """
, changed AS (
    UPDATE alarm l SET state = 'withdrawn', lifecycle = %(to)s::jsonb ->> w.step, escalate_at = NULL
    FROM locked w WHERE l.alarm_id = w.alarm_id AND jsonb_exists(%(to)s::jsonb, w.step)
    RETURNING l.alarm_id, w.n, w.step
)
"""
    + _TOLD
    + TELL
)


@dataclass(frozen=True, slots=True)
class Raised:
    """A new finding; historic: its data came too late to call anybody."""

    finding: Finding
    historic: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A finding as recorded, and as judged now; None: it never was."""

    before: Finding
    after: Finding | None


def write_alarms(
    conn: psycopg.Connection,
    batches: Sequence[Sequence[Raised] | Sequence[Moved]],
    *,
    steps: tuple[Mapping[str, str], Mapping[str, str]],
    at: datetime,
) -> list[str]:
    """Write batch after batch, each of one kind of change, in one round trip; returns the kinds of the transitions.

    `steps`: what leads to which lifecycle, told as what; see alerts.lifecycle. What an alarm of the machines means for
    the others of the same machine follows at the end. A change of what is not there, or has no step, changes nothing.
    """
    given = {"at": at, "actor": PLATFORM, "to": Jsonb(dict(steps[0])), "kinds": Jsonb(dict(steps[1]))}
    told = [c.finding if isinstance(c, Raised) else c.before for batch in batches for c in batch]
    machines = {finding.machine for finding in told if finding.source_kind in RELATED}
    with conn.pipeline():
        done = [conn.execute(_statement(batch), given | {"rows": Jsonb(_rows(batch))}) for batch in batches]
        if machines:
            done.append(conn.execute(RELATE, {"machines": sorted(machines), "at": at, "actor": PLATFORM}))
    return [kind for cursor in done for _, kind in cursor]


def _statement(batch: Sequence[Raised] | Sequence[Moved]) -> LiteralString:
    first = batch[0]
    if isinstance(first, Raised):
        return RAISE
    return WITHDRAW if first.after is None else CHANGE


def _rows(batch: Sequence[Raised] | Sequence[Moved]) -> list[dict[str, Any]]:
    changes: list[Raised | Moved] = [*batch]
    return [{"n": n, **(_raised(c) if isinstance(c, Raised) else _moved(c))} for n, c in enumerate(changes)]


def _raised(change: Raised) -> dict[str, Any]:
    own = {"finding_id": str(uuid7()), "alarm_id": str(uuid7()), "historic": change.historic}
    return _columns(change.finding) | own | {"detail": _span(change.finding) | _why(change.finding)}


def _moved(change: Moved) -> dict[str, Any]:
    before, after = change.before, change.after
    own: dict[str, Any] = {"before_from_at": instant(before.from_us).isoformat(), "detail": _span(after or before)}
    if after is None:
        return _columns(before) | own | {"given": "gone"}
    if before.from_us != after.from_us or before.held_us != after.held_us:
        own["detail"] |= {"before": _span(before)}
    if before.severity != after.severity:
        own["detail"] |= {"severity": after.severity, "severity_before": before.severity}
    if before.reason != after.reason:
        own["detail"] |= _why(after) | {f"{name}_before": told for name, told in _why(before).items()}
    return _columns(after) | own


def _columns(finding: Finding) -> dict[str, Any]:
    code_case = {"cascade": finding.cascade, "codes": [astuple(member) for member in finding.members]}
    span = _span(finding)
    return {
        "machine": finding.machine,
        "source_kind": finding.source_kind,
        "source_key": finding.source_key,
        "version": finding.version,
        "severity": finding.severity,
        "from_at": span["from"],
        "held_at": span["held"],
        "to_at": span["to"],
        "given": "open" if finding.to_us is None else "closed",
        "evidence": dict(finding.values),
        "code_case": code_case if finding.members else None,
        "reason": None if finding.reason is None else asdict(finding.reason),
        "gathers": [_code_key(member) for member in finding.members if member.apart] or None,
    }


def _why(finding: Finding) -> dict[str, Any]:
    """What a transition says of the reason: never the place, which others may see than those who see alarms."""
    reason = finding.reason
    return {} if reason is None else {"reason": reason.key, "share": round(reason.share, 3), "signs": reason.spoke_for}


def _code_key(member: CaseMember) -> str:
    return f"{'-' if member.address < 0 else member.address}/{member.spn}/{member.fmi}"


def _span(finding: Finding) -> dict[str, Any]:
    to_at = None if finding.to_us is None else instant(finding.to_us).isoformat()
    return {"from": instant(finding.from_us).isoformat(), "held": instant(finding.held_us).isoformat(), "to": to_at}


def instant(us: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    seconds, micros = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
