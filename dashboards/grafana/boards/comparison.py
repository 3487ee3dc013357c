"""Comparison of a model's machines: who differs from the others in a signal, in use, in fuel and in alarms."""

from dashboards.grafana.boards.overview import ALARMS_RAISED, BY_SEVERITY, SEVERITIES, TOP_SOURCES
from dashboards.grafana.panel import COUNT, LITRES_PER_HOUR, PERCENT, TEXT, TIME, Board, Link, Panel, Variable, View
from dashboards.grafana.questions import GROWN, LEVEL, ORGANISATION, SITE, USE, chosen, found_by

_BAND = f"""
SELECT at AS "time", percentile_cont(0.1) WITHIN GROUP (ORDER BY mean) AS tenth,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY mean) AS middle,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY mean) AS ninetieth
FROM (
    SELECT $__timeGroup(r.at, $__interval) AS at, r.number, sum(r.sum) / nullif(sum(r.n), 0) AS mean
    FROM dashboard.signal_rollup r
    WHERE r.level_s = {LEVEL} AND r.signal_id IN ($signal) AND $__timeFilter(r.at)
        AND {found_by("r.number")}
    GROUP BY 1, 2
) one
GROUP BY 1 ORDER BY 1
"""
_MEANS = f"""
WITH one AS (
    SELECT r.number, sum(r.sum) / nullif(sum(r.n), 0) AS mean, min(r.min) AS least, max(r.max) AS most
    FROM dashboard.signal_rollup r
    WHERE r.level_s = {LEVEL} AND r.signal_id IN ($signal) AND $__timeFilter(r.at)
        AND {found_by("r.number")}
    GROUP BY 1
), middle AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY mean) AS mean FROM one
), spread AS (
    SELECT 1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(one.mean - middle.mean)) AS deviation
    FROM one, middle
)
SELECT m.name AS machine, one.mean, one.mean - middle.mean AS difference,
    (one.mean - middle.mean) / nullif(spread.deviation, 0) AS deviations, one.least, one.most, m.site, m.machine_id
FROM one CROSS JOIN middle CROSS JOIN spread JOIN dashboard.machine m USING (number)
ORDER BY abs(one.mean - middle.mean) DESC NULLS LAST, m.name LIMIT 200
"""
_USE = f"""
SELECT m.name AS machine, u.utilisation_pct, u.idle_pct
FROM ({USE}) u JOIN dashboard.machine m USING (number)
ORDER BY u.utilisation_pct DESC, m.name LIMIT 40
"""
_BURNT = f"""
SELECT m.name AS machine, g.fuel_l / g.hours_h AS fuel_per_hour
FROM ({GROWN}) g
JOIN dashboard.machine m USING (number)
WHERE g.hours_h >= 1
ORDER BY 2 DESC, 1 LIMIT 40
"""
_ALARM_RATE = f"""
SELECT m.name AS machine, coalesce(a.alarms, 0) AS alarms, 100 * coalesce(a.alarms, 0) / u.ran_h AS per_100_h
FROM ({USE}) u JOIN dashboard.machine m USING (number)
LEFT JOIN (
    SELECT number, count(*) AS alarms FROM dashboard.alarm WHERE $__timeFilter(announced_at) GROUP BY 1
) a USING (number)
WHERE u.ran_h >= 1
ORDER BY 3 DESC, 1 LIMIT 40
"""
_FLEET = f"""
SELECT count(*) AS machines, percentile_cont(0.5) WITHIN GROUP (ORDER BY u.utilisation_pct) AS utilisation_pct,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY u.idle_pct) AS idle_pct
FROM ({USE}) u
"""
VERDICTS = f"""
SELECT v.source_key, count(*) AS judged, count(*) FILTER (WHERE v.verdict = 'true_fault') AS true_fault,
    count(*) FILTER (WHERE v.verdict = 'nuisance') AS nuisance, count(*) FILTER (WHERE v.verdict = 'sensor') AS sensor,
    count(*) FILTER (WHERE v.verdict = 'not_found') AS not_found,
    100.0 * count(*) FILTER (WHERE v.verdict = 'true_fault') / count(*) AS true_pct
FROM dashboard.verdict v
WHERE $__timeFilter(v.held_at) AND {chosen("v.number")}
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50
"""
VERDICT_COLUMNS = {
    "source_key": TEXT,
    "judged": COUNT,
    "true_fault": COUNT,
    "nuisance": COUNT,
    "sensor": COUNT,
    "not_found": COUNT,
    "true_pct": PERCENT,
}
_SIGNAL = """
SELECT signal.label AS "__text", signal.signal_id::text AS "__value" FROM {signals} ORDER BY 1
"""
_MODEL = """
SELECT k.name AS "__text", k.model_id::text AS "__value" FROM dashboard.model k ORDER BY 1 LIMIT 1000
"""

COMPARISON = Board(
    key="comparison",
    span="now-30d",
    refresh="5m",
    variables=(
        ORGANISATION,
        SITE,
        Variable(key="model", sql=_MODEL, with_all=False),
        Variable(key="signal", sql=_SIGNAL, with_all=False),
    ),
    panels=(
        Panel(
            key="fleet",
            view=View.STAT,
            sql=_FLEET,
            columns={"machines": COUNT, "utilisation_pct": PERCENT, "idle_pct": PERCENT},
            width=24,
            height=4,
            decimals=1,
        ),
        Panel(
            key="band",
            view=View.LINES,
            sql=_BAND,
            columns={"time": TIME, "tenth": COUNT, "middle": COUNT, "ninetieth": COUNT},
        ),
        Panel(
            key="means",
            view=View.TABLE,
            sql=_MEANS,
            columns={
                "machine": TEXT,
                "mean": COUNT,
                "difference": COUNT,
                "deviations": COUNT,
                "least": COUNT,
                "most": COUNT,
                "site": TEXT,
                "machine_id": TEXT,
            },
            links={"machine": Link.BOARD, "site": Link.MACHINE},
            decimals=2,
        ),
        Panel(
            key="use",
            view=View.RANKED,
            sql=_USE,
            columns={"machine": TEXT, "utilisation_pct": PERCENT, "idle_pct": PERCENT},
            height=10,
            most=100,
            decimals=1,
        ),
        Panel(
            key="burnt",
            view=View.RANKED,
            sql=_BURNT,
            columns={"machine": TEXT, "fuel_per_hour": LITRES_PER_HOUR},
            height=10,
            decimals=1,
        ),
        Panel(
            key="alarm_rate",
            view=View.RANKED,
            sql=_ALARM_RATE,
            columns={"machine": TEXT, "alarms": COUNT, "per_100_h": COUNT},
            height=10,
            decimals=1,
        ),
        Panel(
            key="sources",
            view=View.RANKED,
            sql=TOP_SOURCES,
            columns={"source_key": TEXT, "alarms": COUNT, "machines": COUNT},
            height=10,
        ),
        Panel(
            key="alarms_raised", view=View.BARS, sql=ALARMS_RAISED, columns=BY_SEVERITY, lines=SEVERITIES, points=120
        ),
        Panel(key="verdicts", view=View.TABLE, sql=VERDICTS, columns=VERDICT_COLUMNS, decimals=0),
    ),
)
