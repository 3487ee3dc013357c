"""Alarm and data quality: the load by ISA-18.2, bad actors, verdicts, what was refused or is missing, the platform."""

from dashboards.grafana.boards.comparison import VERDICT_COLUMNS, VERDICTS
from dashboards.grafana.boards.overview import DELAYS
from dashboards.grafana.panel import COUNT, PERCENT, SECONDS, TEXT, TIME, Board, Link, Panel, View
from dashboards.grafana.questions import FLEET, chosen

_SPAN_S = "extract(epoch FROM $__timeTo()::timestamptz - $__timeFrom()::timestamptz)"
_LOAD = f"""
SELECT a.alarms, a.alarms / s.seats / ({_SPAN_S} / 600) AS per_10_min,
    a.alarms / s.seats / ({_SPAN_S} / 3600) AS per_hour, a.alarms / s.seats / ({_SPAN_S} / 86400) AS per_day,
    100 * (
        SELECT coalesce(sum(extract(epoch FROM least(f.ended_at, $__timeTo()::timestamptz)
            - greatest(f.began_at, $__timeFrom()::timestamptz))), 0)
        FROM dashboard.alarm_flood f
        WHERE f.began_at < $__timeTo()::timestamptz AND coalesce(f.ended_at, 'infinity') > $__timeFrom()::timestamptz
    ) / {_SPAN_S} AS flood_pct
FROM dashboard.alarm_setting s
CROSS JOIN (
    SELECT count(*)::float8 AS alarms FROM dashboard.alarm
    WHERE announced_at >= $__timeFrom()::timestamptz AND announced_at < $__timeTo()::timestamptz
) a
"""
_STANDING = """
SELECT count(*) AS active_alarms, count(*) FILTER (WHERE a.lifecycle = 'active_unacknowledged') AS unacknowledged,
    count(*) FILTER (WHERE a.committed_at < now() - s.stale_after_h * interval '1 hour'
        AND a.suppression IS NULL) AS stale,
    count(*) FILTER (WHERE a.suppression = 'shelved') AS shelved,
    count(*) FILTER (WHERE a.suppression = 'out_of_service') AS out_of_service,
    count(*) FILTER (WHERE a.suppression = 'by_design') AS by_design, count(*) FILTER (WHERE a.inhibited) AS inhibited
FROM dashboard.alarm a CROSS JOIN dashboard.alarm_setting s
WHERE a.state = 'active'
"""
_TEN_MINUTES = """
SELECT $__timeGroup(at, $__interval) AS "time", max(alarms) AS most_in_10_min, avg(alarms) AS mean_in_10_min
FROM (
    SELECT g.at, count(a.at)::float8 / s.seats AS alarms
    FROM dashboard.alarm_setting s
    CROSS JOIN generate_series(date_bin('10 minutes', $__timeFrom()::timestamptz, 'epoch'), $__timeTo()::timestamptz,
        interval '10 minutes') AS g (at)
    LEFT JOIN (
        SELECT date_bin('10 minutes', announced_at, 'epoch') AS at FROM dashboard.alarm
        WHERE $__timeFilter(announced_at)
    ) a ON a.at = g.at
    GROUP BY g.at, s.seats
) one
GROUP BY 1 ORDER BY 1
"""
_MIX = """
SELECT a.severity, count(*) AS alarms, 100.0 * count(*) / sum(count(*)) OVER () AS share_pct
FROM dashboard.alarm a
WHERE $__timeFilter(a.announced_at)
GROUP BY a.severity, a.severity_weight ORDER BY a.severity_weight DESC
"""
_BAD_ACTORS = """
SELECT a.source_key, a.source_kind, count(*) AS alarms, 100.0 * count(*) / sum(count(*)) OVER () AS share_pct,
    count(DISTINCT a.number) AS machines, count(DISTINCT a.number) FILTER (WHERE a.chattering) AS chattering_points,
    count(*) FILTER (WHERE a.fleeting) AS fleeting
FROM dashboard.alarm a
WHERE $__timeFilter(a.announced_at)
GROUP BY a.source_kind, a.source_key ORDER BY 3 DESC, 2, 1 LIMIT 10
"""
_ANSWERS = """
SELECT c.severity, count(*) AS alarms, count(c.waited_s) AS acknowledged,
    count(*) FILTER (WHERE c.escalation > 0) AS escalated,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY c.waited_s) AS median_s,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY c.waited_s) AS p90_s
FROM (
    SELECT a.severity, a.severity_weight, a.escalation,
        greatest(extract(epoch FROM a.acknowledged_at - a.announced_at),
            CASE WHEN a.acknowledged_at IS NOT NULL THEN 0 END)::float8 AS waited_s
    FROM dashboard.alarm a WHERE $__timeFilter(a.announced_at)
) c
GROUP BY c.severity, c.severity_weight ORDER BY c.severity_weight DESC
"""
_HELD = """
SELECT m.name AS machine, h.source_key, h.hold, h.since, h.until_at, m.machine_id, h.alarm_id
FROM dashboard.alarm_hold h JOIN dashboard.machine m USING (number)
ORDER BY h.since LIMIT 200
"""
_FLOODS = """
SELECT f.began_at, f.ended_at, f.peak, f.seats, a.source_key AS first_out, f.alarm_id
FROM dashboard.alarm_flood f JOIN dashboard.alarm a USING (alarm_id)
WHERE f.began_at < $__timeTo()::timestamptz AND coalesce(f.ended_at, 'infinity') > $__timeFrom()::timestamptz
ORDER BY f.flood_id DESC LIMIT 50
"""
_REFUSED = """
SELECT $__timeGroupAlias(q.received_at, $__interval), q.reason AS metric, count(*) AS value
FROM dashboard.refused q
WHERE $__timeFilter(q.received_at)
GROUP BY 1, 2 ORDER BY 1, 2
"""
_MISSING = f"""
SELECT m.name AS machine, c.terminal, c.boot, c.missing, c.messages, c.redelivered, c.rows_quarantined,
    c.last_received_at, m.machine_id
FROM (
    SELECT * FROM dashboard.power_cycle c
    WHERE $__timeFilter(c.last_received_at) AND c.missing > 0 AND {chosen("c.number")}
    ORDER BY c.missing DESC, c.terminal, c.boot LIMIT 200
) c LEFT JOIN dashboard.machine m USING (number)
ORDER BY c.missing DESC, c.terminal, c.boot
"""
_PLATFORM = """
SELECT 100 * coalesce(h.up_s / nullif(h.known_s, 0), 0) AS up_pct,
    (SELECT count(*) FROM dashboard.rollup_backlog) AS not_rolled_up,
    (
        SELECT count(*) FROM dashboard.job WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()
    ) AS jobs_waiting,
    (SELECT count(*) FROM dashboard.job WHERE status = 'failed') AS jobs_failed,
    (SELECT count(*) FROM dashboard.notice WHERE state = 'dead' AND $__timeFilter(made_at)) AS notices_dead,
    (SELECT count(*) FROM dashboard.conflict WHERE $__timeFilter(received_at)) AS conflicts
FROM (
    SELECT sum(extract(epoch FROM upper(one.up) - lower(one.up)))::float8 AS up_s,
        extract(epoch FROM least($__timeTo()::timestamptz, now()) - min(lower(one.up)))::float8 AS known_s
    FROM (
        SELECT unnest(range_agg(tstzrange(h.from_at, h.to_at) * tstzrange($__timeFrom(), $__timeTo()))) AS up
        FROM dashboard.platform_health h
        WHERE h.from_at < $__timeTo()::timestamptz AND h.to_at > $__timeFrom()::timestamptz
    ) one
) h
"""
_NOTICES = """
SELECT $__timeGroupAlias(n.made_at, $__interval), n.channel || ' ' || n.state AS metric, count(*) AS value
FROM dashboard.notice n
WHERE $__timeFilter(n.made_at)
GROUP BY 1, 2 ORDER BY 1, 2
"""

QUALITY = Board(
    key="quality",
    refresh="5m",
    variables=FLEET,
    panels=(
        Panel(
            key="load",
            view=View.STAT,
            sql=_LOAD,
            columns={
                "alarms": COUNT,
                "per_10_min": COUNT,
                "per_hour": COUNT,
                "per_day": COUNT,
                "flood_pct": PERCENT,
            },
            height=5,
            decimals=1,
        ),
        Panel(
            key="standing",
            view=View.STAT,
            sql=_STANDING,
            columns={
                "active_alarms": COUNT,
                "unacknowledged": COUNT,
                "stale": COUNT,
                "shelved": COUNT,
                "out_of_service": COUNT,
                "by_design": COUNT,
                "inhibited": COUNT,
            },
            height=5,
        ),
        Panel(
            key="ten_minutes",
            view=View.LINES,
            sql=_TEN_MINUTES,
            columns={"time": TIME, "most_in_10_min": COUNT, "mean_in_10_min": COUNT},
            limits=(("yellow", 2), ("red", 10)),
            width=16,
        ),
        Panel(
            key="mix",
            view=View.RANKED,
            sql=_MIX,
            columns={"severity": TEXT, "alarms": COUNT, "share_pct": PERCENT},
            width=8,
            decimals=0,
        ),
        Panel(
            key="bad_actors",
            view=View.TABLE,
            sql=_BAD_ACTORS,
            columns={
                "source_key": TEXT,
                "source_kind": TEXT,
                "alarms": COUNT,
                "share_pct": PERCENT,
                "machines": COUNT,
                "chattering_points": COUNT,
                "fleeting": COUNT,
            },
            decimals=1,
        ),
        Panel(
            key="answers",
            view=View.TABLE,
            sql=_ANSWERS,
            columns={
                "severity": TEXT,
                "alarms": COUNT,
                "acknowledged": COUNT,
                "escalated": COUNT,
                "median_s": SECONDS,
                "p90_s": SECONDS,
            },
        ),
        Panel(
            key="held",
            view=View.TABLE,
            sql=_HELD,
            columns={
                "machine": TEXT,
                "source_key": TEXT,
                "hold": TEXT,
                "since": TIME,
                "until_at": TIME,
                "machine_id": TEXT,
                "alarm_id": TEXT,
            },
            links={"machine": Link.MACHINE, "source_key": Link.ALARM},
        ),
        Panel(
            key="floods",
            view=View.TABLE,
            sql=_FLOODS,
            columns={
                "began_at": TIME,
                "ended_at": TIME,
                "peak": COUNT,
                "seats": COUNT,
                "first_out": TEXT,
                "alarm_id": TEXT,
            },
            links={"first_out": Link.ALARM},
        ),
        Panel(key="verdicts", view=View.TABLE, sql=VERDICTS, columns=VERDICT_COLUMNS, decimals=0),
        Panel(key="delays", view=View.RANKED, sql=DELAYS, columns={"delay": TEXT, "minutes": COUNT}),
        Panel(
            key="refused",
            view=View.BARS,
            sql=_REFUSED,
            columns={"time": TIME, "metric": TEXT, "value": COUNT},
            lines=("quarantine_reasons",),
            points=120,
        ),
        Panel(
            key="missing",
            view=View.TABLE,
            sql=_MISSING,
            columns={
                "machine": TEXT,
                "terminal": TEXT,
                "boot": TEXT,
                "missing": COUNT,
                "messages": COUNT,
                "redelivered": COUNT,
                "rows_quarantined": COUNT,
                "last_received_at": TIME,
                "machine_id": TEXT,
            },
            links={"machine": Link.MACHINE, "terminal": Link.BOARD},
        ),
        Panel(
            key="platform",
            view=View.STAT,
            sql=_PLATFORM,
            columns={
                "up_pct": PERCENT,
                "not_rolled_up": COUNT,
                "jobs_waiting": COUNT,
                "jobs_failed": COUNT,
                "notices_dead": COUNT,
                "conflicts": COUNT,
            },
            height=5,
        ),
        Panel(
            key="notices",
            view=View.BARS,
            sql=_NOTICES,
            columns={"time": TIME, "metric": TEXT, "value": COUNT},
            lines=("notice_channels", "notice_states"),
            height=5,
            points=120,
        ),
    ),
)
