"""Which open alarms of a machine follow from another one."""

from typing import LiteralString

from fleet.findings import SourceKind
from storage.alarm_log import TELL

RELATED = frozenset({SourceKind.RULE, SourceKind.DTC})
"""Whose alarms explain others, or are explained."""
# An open alarm that another open one of its machine explains: its rule `inhibits` this one, or it gathers this fault
# code (diagnosis/cascades.py) that had been raised by itself before. The first of several roots counts. Most machines
# have neither a root nor a follower, and two partial indexes say so.
RELATE: LiteralString = (
    """
WITH setting AS MATERIALIZED (
    SELECT * FROM alarm_setting LIMIT 1
), explained AS MATERIALIZED (
    SELECT DISTINCT ON (b.alarm_id) b.alarm_id, root.alarm_id AS root
    FROM alarm root CROSS JOIN LATERAL (
        SELECT a.alarm_id FROM alarm a
        WHERE a.machine_id = root.machine_id AND a.state = 'active' AND a.source_kind IN ('rule', 'dtc')
          AND a.alarm_id <> root.alarm_id
          AND root.explains && ARRAY[
              a.source_key,
              CASE a.source_kind WHEN 'dtc' THEN split_part(a.source_key, '/', 2) END,
              CASE a.source_kind WHEN 'dtc' THEN substr(a.source_key, strpos(a.source_key, '/') + 1) END]
        OFFSET 0
    ) b
    WHERE root.machine_id = ANY(%(machines)s) AND root.state = 'active' AND root.explains IS NOT NULL
    ORDER BY b.alarm_id, root.raised_at, root.alarm_id
), wanted AS (
    SELECT e.alarm_id, e.root FROM explained e
    UNION ALL
    SELECT a.alarm_id, NULL FROM alarm a
    WHERE a.machine_id = ANY(%(machines)s) AND a.state = 'active' AND a.inhibited_by IS NOT NULL
      AND a.alarm_id NOT IN (SELECT e.alarm_id FROM explained e)
), changed AS (
    UPDATE alarm l
    SET inhibited_by = w.root,
        announced_at = CASE
            WHEN w.root IS NOT NULL THEN nullif(l.announced_at, %(at)s)
            WHEN l.suppression IS NULL AND l.severity <> 'info' AND NOT l.historic
                THEN coalesce(l.announced_at, %(at)s)
            ELSE l.announced_at
        END,
        escalate_at = CASE
            WHEN w.root IS NULL AND l.lifecycle = 'active_unacknowledged' AND l.suppression IS NULL AND NOT l.historic
                THEN %(at)s + make_interval(mins => (s.escalate_after_min ->> l.severity)::integer)
        END
    FROM wanted w CROSS JOIN setting s WHERE l.alarm_id = w.alarm_id AND l.inhibited_by IS DISTINCT FROM w.root
    RETURNING l.alarm_id, l.machine_id, l.source_kind, l.source_key, l.severity, l.raised_at, l.finding_id, w.root
), told AS (
    SELECT 0 AS n, c.alarm_id, c.machine_id, c.source_kind, c.source_key, c.severity, c.raised_at,
        (SELECT f.version FROM finding f WHERE f.finding_id = c.finding_id) AS version,
        CASE WHEN root IS NULL THEN 'uninhibited' ELSE 'inhibited' END AS kinds,
        CASE WHEN root IS NULL THEN '{}' ELSE jsonb_build_object('by', root) END AS detail
    FROM changed c
)
"""  # noqa: S608 - literals of this file
    + TELL
)
