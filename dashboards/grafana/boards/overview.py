"""ECC overview: what the fleet does now, what calls, what is silent and what is due."""

from dashboards.grafana.panel import COUNT, HOURS, TEXT, TIME, Board, Link, Panel, View
from dashboards.grafana.questions import FLEET, SPAN, WORK_BY_POINTS, chosen

_FLEET_NOW = f"""
SELECT count(*) AS machines, count(*) FILTER (WHERE s.online) AS online,
    count(*) FILTER (WHERE s.online AND s.work_state IN ('working', 'travelling')) AS at_work,
    count(*) FILTER (WHERE m.mode <> 'in_service') AS not_in_service
FROM dashboard.machine m LEFT JOIN dashboard.machine_now s USING (number)
WHERE {chosen("m.number")}
"""
_ALARMS_NOW = f"""
SELECT count(*) AS open_alarms, count(*) FILTER (WHERE a.severity = 'critical') AS critical,
    count(*) FILTER (WHERE a.severity = 'high') AS high,
    count(*) FILTER (WHERE a.lifecycle = 'active_unacknowledged') AS unacknowledged
FROM dashboard.alarm a
WHERE a.state = 'active' AND {chosen("a.number")}
"""
_TO_DO = f"""
SELECT (SELECT count(*) FROM dashboard.silence q WHERE {chosen("q.number")}) AS silent,
    count(*) FILTER (WHERE i.state = 'overdue') AS overdue, count(*) FILTER (WHERE i.state = 'due') AS due,
    count(*) FILTER (WHERE i.state = 'soon') AS soon
FROM dashboard.service i
WHERE i.rank < 3 AND {chosen("i.number")}
"""
ALARMS_RAISED = f"""
SELECT $__timeGroupAlias(a.announced_at, $__interval), a.severity AS metric, count(*) AS value
FROM dashboard.alarm a
WHERE $__timeFilter(a.announced_at) AND {chosen("a.number")}
GROUP BY 1, 2 ORDER BY 1, 2
"""
MACHINE_HOURS = f"""
SELECT $__timeGroupAlias(one.at, $__interval), sum(one.working_s) / 3600 AS working_h,
    sum(one.travelling_s) / 3600 AS travelling_h, sum(one.idle_s) / 3600 AS idle_h, sum(one.off_s) / 3600 AS off_h
FROM (
    SELECT w.at, sum(w.working_s) AS working_s, sum(w.travelling_s) AS travelling_s, sum(w.idle_s) AS idle_s,
        sum(w.off_s) AS off_s
    FROM {WORK_BY_POINTS} w
    WHERE {chosen("w.number")}
    GROUP BY 1
) one
GROUP BY 1 ORDER BY 1
"""
_WORST_OPEN = f"""
SELECT a.severity, m.name AS machine, a.source_key, a.raised_at, a.lifecycle, m.site, m.organisation, m.machine_id,
    a.alarm_id
FROM (
    SELECT * FROM dashboard.alarm a
    WHERE a.state = 'active' AND a.suppression IS NULL AND {chosen("a.number")}
    ORDER BY a.severity_weight DESC, a.raised_at DESC LIMIT 100
) a JOIN dashboard.machine m USING (number)
ORDER BY a.severity_weight DESC, a.raised_at DESC
"""
TOP_SOURCES = f"""
SELECT a.source_key, count(*) AS alarms, count(DISTINCT a.number) AS machines
FROM dashboard.alarm a
WHERE $__timeFilter(a.announced_at) AND {chosen("a.number")}
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10
"""
_SILENT = f"""
SELECT m.name AS machine, q.reason, q.severity, q.last_heard_at, q.raised_at, m.site, m.organisation, m.machine_id,
    q.alarm_id
FROM dashboard.silence q JOIN dashboard.machine m USING (number)
WHERE {chosen("q.number")}
ORDER BY q.raised_at DESC LIMIT 200
"""
DELAYS = f"""
SELECT delay, minutes
FROM (
    SELECT sum(r.minutes - r.over_10s) AS a, sum(r.over_10s - r.over_1m) AS b, sum(r.over_1m - r.over_15m) AS c,
        sum(r.over_15m - r.over_1h) AS d, sum(r.over_1h - r.over_1d) AS e, sum(r.over_1d) AS f
    FROM dashboard.arrival_between({SPAN}) r
    WHERE {chosen("r.number")}
) told CROSS JOIN LATERAL (
    VALUES (1, '< 10 s', a), (2, '< 1 min', b), (3, '< 15 min', c), (4, '< 1 h', d), (5, '< 1 d', e), (6, '> 1 d', f)
) AS one (place, delay, minutes)
ORDER BY place
"""
WORK = {"time": TIME, "working_h": HOURS, "travelling_h": HOURS, "idle_h": HOURS, "off_h": HOURS}
BY_SEVERITY = {"time": TIME, "metric": TEXT, "value": COUNT}
SEVERITIES = ("severities",)

OVERVIEW = Board(
    key="overview",
    variables=FLEET,
    panels=(
        Panel(
            key="fleet_now",
            view=View.STAT,
            sql=_FLEET_NOW,
            columns={"machines": COUNT, "online": COUNT, "at_work": COUNT, "not_in_service": COUNT},
            width=8,
            height=5,
        ),
        Panel(
            key="alarms_now",
            view=View.STAT,
            sql=_ALARMS_NOW,
            columns={"open_alarms": COUNT, "critical": COUNT, "high": COUNT, "unacknowledged": COUNT},
            width=8,
            height=5,
        ),
        Panel(
            key="to_do",
            view=View.STAT,
            sql=_TO_DO,
            columns={"silent": COUNT, "overdue": COUNT, "due": COUNT, "soon": COUNT},
            width=8,
            height=5,
        ),
        Panel(
            key="alarms_raised", view=View.BARS, sql=ALARMS_RAISED, columns=BY_SEVERITY, lines=SEVERITIES, points=120
        ),
        Panel(key="machine_hours", view=View.BARS, sql=MACHINE_HOURS, columns=WORK, points=24),
        Panel(
            key="worst_open",
            view=View.TABLE,
            sql=_WORST_OPEN,
            columns={
                "severity": TEXT,
                "machine": TEXT,
                "source_key": TEXT,
                "raised_at": TIME,
                "lifecycle": TEXT,
                "site": TEXT,
                "organisation": TEXT,
                "machine_id": TEXT,
                "alarm_id": TEXT,
            },
            links={"machine": Link.MACHINE, "source_key": Link.ALARM, "site": Link.BOARD},
            width=16,
            height=10,
        ),
        Panel(
            key="top_sources",
            view=View.RANKED,
            sql=TOP_SOURCES,
            columns={"source_key": TEXT, "alarms": COUNT, "machines": COUNT},
            width=8,
            height=10,
        ),
        Panel(
            key="silent",
            view=View.TABLE,
            sql=_SILENT,
            columns={
                "machine": TEXT,
                "reason": TEXT,
                "severity": TEXT,
                "last_heard_at": TIME,
                "raised_at": TIME,
                "site": TEXT,
                "organisation": TEXT,
                "machine_id": TEXT,
                "alarm_id": TEXT,
            },
            links={"machine": Link.MACHINE, "reason": Link.ALARM, "site": Link.BOARD},
            width=16,
        ),
        Panel(
            key="delays",
            view=View.RANKED,
            sql=DELAYS,
            columns={"delay": TEXT, "minutes": COUNT},
            width=8,
        ),
    ),
)
