"""How a change of alarms is told: the end of every statement that changes any of them.

The statement has a CTE `told` with a row an alarm: n (its place), alarm_id, machine_id, source_kind, source_key,
severity, raised_at, version, kinds (with commas between, in order) and detail; and the parameters at and actor. TELL
appends the rows of alarm_transition and the entries of the event log, and answers with (alarm_id, kind).
"""

from typing import LiteralString

PLATFORM = "platform"

TELL: LiteralString = """
, transition AS (
    INSERT INTO alarm_transition (alarm_id, at, kind, version, actor, detail)
    SELECT t.alarm_id, %(at)s, k.kind, t.version, %(actor)s, t.detail
    FROM told t, string_to_table(t.kinds, ',') WITH ORDINALITY AS k (kind, place) ORDER BY t.n, k.place
    RETURNING transition_id, alarm_id, kind
), logged AS (
    INSERT INTO event_log (at, organisation_id, machine_id, kind, payload)
    SELECT
        %(at)s,
        (SELECT o.organisation_id FROM ownership o
         WHERE o.machine_id = t.machine_id AND o.from_at <= t.raised_at AND o.to_at > t.raised_at),
        t.machine_id,
        'alarm.' || x.kind,
        jsonb_build_object('alarm_id', x.alarm_id, 'transition_id', x.transition_id, 'transition', x.kind,
                           'source_kind', t.source_kind, 'source_key', t.source_key, 'severity', t.severity)
    FROM transition x JOIN told t USING (alarm_id) ORDER BY x.transition_id
)
SELECT alarm_id, kind FROM transition ORDER BY transition_id
"""

# Of the CTE `ended` (machine_id, source_kind, source_key, alarm_id): their open alarms call again unless by design not.
FREE: LiteralString = """
, free AS MATERIALIZED (
    SELECT a.alarm_id, alarm_by_design(a.machine_id, a.source_kind, a.source_key) AS suppression
    FROM alarm a JOIN ended e USING (machine_id, source_kind, source_key) WHERE a.state = 'active' FOR UPDATE OF a
), changed AS (
    UPDATE alarm l
    SET suppression = f.suppression,
        announced_at = CASE
            WHEN f.suppression IS NULL AND l.inhibited_by IS NULL AND l.severity <> 'info' AND NOT l.historic
                THEN coalesce(l.announced_at, %(at)s)
            ELSE l.announced_at
        END,
        escalate_at = CASE
            WHEN f.suppression IS NULL AND l.inhibited_by IS NULL AND l.lifecycle = 'active_unacknowledged'
                AND NOT l.historic
                THEN %(at)s + make_interval(mins => (s.escalate_after_min ->> l.severity)::integer)
        END
    FROM free f CROSS JOIN alarm_setting s WHERE l.alarm_id = f.alarm_id
    RETURNING l.alarm_id
)
"""
# Told on the open alarm of the machine and source, on the one that was given, and on the one that the hold names.
TOLD_OF_POINT: LiteralString = """
, told AS (
    SELECT 0 AS n, a.alarm_id, a.machine_id, a.source_kind, a.source_key, a.severity, a.raised_at,
        coalesce(v.version, '') AS version, %(kind)s AS kinds, %(detail)s::jsonb AS detail
    FROM ended e JOIN alarm a USING (machine_id, source_kind, source_key)
    LEFT JOIN finding v ON v.finding_id = a.finding_id
    WHERE a.state = 'active' OR a.alarm_id = e.alarm_id OR a.alarm_id = %(alarm)s::uuid
)
"""
