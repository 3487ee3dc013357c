"""Machine diagnosis: one machine's state, signals, work, alarms, fault codes, doubted sensors and services."""

from dashboards.grafana.panel import (
    CELSIUS,
    COUNT,
    DATE,
    HOURS,
    KILOPASCAL,
    PERCENT,
    RPM,
    SECONDS,
    TEXT,
    TIME,
    Annotation,
    Board,
    Link,
    Panel,
    Variable,
    View,
)
from dashboards.grafana.questions import FLEET, LEVEL, THIS_MACHINE, WORK_BY_POINTS, chosen, linked, looked_up
from fleet.signals import packaged_catalogue

_IDENTITY = f"""
SELECT m.name AS machine, m.pin, m.model, m.site, m.organisation, m.mode, s.work_state, s.online, s.measured_at,
    s.received_at, extract(epoch FROM s.received_at - s.measured_at)::float8 AS delay_s, m.machine_id
FROM dashboard.machine m LEFT JOIN dashboard.machine_now s USING (number)
WHERE m.number = {THIS_MACHINE}
"""
_SIGNALS = f"""
SELECT one.at AS "time", signal.label AS metric, one.value
FROM (
    SELECT $__timeGroup(r.at, $__interval) AS at, r.signal_id,
        coalesce(sum(r.sum) / nullif(sum(r.n), 0), max(r.last)) AS value
    FROM dashboard.signal_rollup r
    WHERE r.level_s = {LEVEL} AND r.number = {THIS_MACHINE} AND r.signal_id IN ($signal) AND $__timeFilter(r.at)
    GROUP BY 1, 2
) one JOIN {{signals}} USING (signal_id)
ORDER BY 1, 2
"""
_WORK = f"""
SELECT $__timeGroupAlias(w.at, $__interval), sum(w.working_s) / 3600 AS working_h,
    sum(w.travelling_s) / 3600 AS travelling_h, sum(w.idle_s) / 3600 AS idle_h,
    sum(w.off_s) / 3600 AS off_h
FROM {WORK_BY_POINTS} w
WHERE w.number = {THIS_MACHINE}
GROUP BY 1 ORDER BY 1
"""
_ALARMS = f"""
SELECT a.raised_at, a.cleared_at, a.severity, a.source_key, a.lifecycle, v.verdict, a.alarm_id
FROM dashboard.alarm a LEFT JOIN dashboard.verdict v USING (finding_id)
WHERE a.number = {THIS_MACHINE} AND $__timeFilter(a.raised_at)
ORDER BY a.raised_at DESC LIMIT 500
"""
_CODES = f"""
SELECT c.spn, c.fmi, c.source_address, c.active, c.occurrence_count, c.first_seen_at, c.last_seen_at
FROM dashboard.fault_code c
WHERE c.number = {THIS_MACHINE}
ORDER BY c.active DESC, c.last_seen_at DESC LIMIT 200
"""
_DOUBTED = f"""
SELECT signal.label AS signal, t.from_at, t.to_at, 100 * t.score::float8 AS score_pct,
    (
        SELECT string_agg(DISTINCT coalesce(checked.words, c.name), ', ')
        FROM unnest(t.checks) AS c (name)
        LEFT JOIN {{checks}} ON checked.key = regexp_replace(c.name, '^.*:', '')
    ) AS checks
FROM dashboard.distrusted_signal t JOIN {{signals}} USING (signal_id)
WHERE t.number = {THIS_MACHINE} AND t.from_at <= $__timeTo()::timestamptz
    AND coalesce(t.to_at, 'infinity') >= $__timeFrom()::timestamptz
ORDER BY t.to_at DESC NULLS FIRST, t.from_at DESC LIMIT 200
"""
_SERVICES = f"""
SELECT i.{{language}} AS service, i.state, i.due_low, i.due_on, i.due_high, i.snoozed_until
FROM dashboard.service i
WHERE i.number = {THIS_MACHINE}
ORDER BY i.rank, i.due_on NULLS LAST, i.item LIMIT 200
"""
_MARKED_ALARMS = f"""
SELECT a.raised_at AS "time", a.cleared_at AS timeend,
    {linked("severities.words || ' · ' || coalesce(source.title, a.source_key)", "a.alarm_id")} AS text,
    source_kinds.words || ',' || severities.words AS tags
FROM dashboard.alarm a
JOIN {{severities}} ON severities.code = a.severity JOIN {{source_kinds}} ON source_kinds.code = a.source_kind
LEFT JOIN {{sources}} ON {looked_up("a")}
WHERE a.number = {THIS_MACHINE} AND a.raised_at <= $__timeTo()::timestamptz
    AND coalesce(a.cleared_at, 'infinity') >= $__timeFrom()::timestamptz
ORDER BY 1 DESC LIMIT 500
"""
_VERDICT = """finding_verdicts.words || ' · ' || coalesce(source.title, v.source_key)
        || coalesce(' · ' || coalesce(part.words, v.part), '')"""
_MARKED_VERDICTS = f"""
SELECT v.given_at AS "time", NULL::timestamptz AS timeend, {linked(_VERDICT, "v.alarm_id")} AS text,
    finding_verdicts.words AS tags
FROM dashboard.verdict v JOIN {{finding_verdicts}} ON finding_verdicts.code = v.verdict
LEFT JOIN {{sources}} ON {looked_up("v")} LEFT JOIN {{parts}} ON part.key = v.part
WHERE v.number = {THIS_MACHINE} AND $__timeFilter(v.given_at)
ORDER BY 1 DESC LIMIT 500
"""
_MACHINES = f"""
SELECT m.name || ' · ' || m.pin AS "__text", m.machine_id::text AS "__value"
FROM dashboard.machine m WHERE {chosen("m.number")} ORDER BY m.name, m.number LIMIT 1000
"""
_REPORTED = f"""
SELECT signal.label AS "__text", signal.signal_id::text AS "__value"
FROM {{signals}}
WHERE signal.signal_id IN (
    SELECT unnest(s.signal_ids) FROM dashboard.machine_now s WHERE s.number = {THIS_MACHINE}
)
ORDER BY 1
"""


def _extremes(which: str, *keys: str) -> str:
    """Statement: the least or the greatest value of these signals in each point's time, a column a signal."""
    ids = {key: packaged_catalogue()[key].id for key in keys}
    columns = ", ".join(
        f"{which}(r.{which}) FILTER (WHERE r.signal_id = {number}) AS {key}" for key, number in ids.items()
    )
    return f"""
SELECT $__timeGroupAlias(r.at, $__interval), {columns}
FROM dashboard.signal_rollup r
WHERE r.level_s = {LEVEL} AND r.number = {THIS_MACHINE} AND r.signal_id IN ({", ".join(map(str, ids.values()))})
    AND $__timeFilter(r.at)
GROUP BY 1 ORDER BY 1
"""


def _panel_of_extremes(key: str, which: str, unit: str, *signals: str) -> Panel:
    columns = {"time": TIME} | dict.fromkeys(signals, unit)
    return Panel(key=key, view=View.LINES, sql=_extremes(which, *signals), columns=columns)


MACHINE = Board(
    key="machine",
    variables=(
        *FLEET,
        Variable(key="machine", sql=_MACHINES, multi=False, with_all=False),
        Variable(key="signal", sql=_REPORTED, with_all=False),
    ),
    annotations=(
        Annotation(key="alarms", sql=_MARKED_ALARMS, colour="orange"),
        Annotation(key="verdicts", sql=_MARKED_VERDICTS, colour="blue"),
    ),
    panels=(
        Panel(
            key="identity",
            view=View.TABLE,
            sql=_IDENTITY,
            columns={
                "machine": TEXT,
                "pin": TEXT,
                "model": TEXT,
                "site": TEXT,
                "organisation": TEXT,
                "mode": TEXT,
                "work_state": TEXT,
                "online": TEXT,
                "measured_at": TIME,
                "received_at": TIME,
                "delay_s": SECONDS,
                "machine_id": TEXT,
            },
            links={"machine": Link.MACHINE, "pin": Link.MACHINE},
            width=24,
            height=4,
        ),
        Panel(
            key="signals",
            view=View.LINES,
            sql=_SIGNALS,
            columns={"time": TIME, "metric": TEXT, "value": COUNT},
            width=24,
            height=9,
            points=1000,
        ),
        _panel_of_extremes(
            "temperatures",
            "max",
            CELSIUS,
            "engine_coolant_temp_degc",
            "engine_oil_temp_degc",
            "hydraulic_oil_temp_degc",
        ),
        _panel_of_extremes("pressures", "min", KILOPASCAL, "engine_oil_pressure_kpa", "fuel_delivery_pressure_kpa"),
        _panel_of_extremes("speed", "max", RPM, "engine_speed_rpm"),
        _panel_of_extremes("levels", "min", PERCENT, "fuel_level_pct", "def_level_pct", "engine_coolant_level_pct"),
        Panel(
            key="work",
            view=View.BARS,
            sql=_WORK,
            columns={"time": TIME, "working_h": HOURS, "travelling_h": HOURS, "idle_h": HOURS, "off_h": HOURS},
            points=120,
        ),
        Panel(
            key="alarms",
            view=View.TABLE,
            sql=_ALARMS,
            columns={
                "raised_at": TIME,
                "cleared_at": TIME,
                "severity": TEXT,
                "source_key": TEXT,
                "lifecycle": TEXT,
                "verdict": TEXT,
                "alarm_id": TEXT,
            },
            links={"source_key": Link.ALARM},
        ),
        Panel(
            key="codes",
            view=View.TABLE,
            sql=_CODES,
            columns={
                "spn": "none",
                "fmi": "none",
                "source_address": "none",
                "active": TEXT,
                "occurrence_count": COUNT,
                "first_seen_at": TIME,
                "last_seen_at": TIME,
            },
        ),
        Panel(
            key="doubted",
            view=View.TABLE,
            sql=_DOUBTED,
            columns={"signal": TEXT, "from_at": TIME, "to_at": TIME, "score_pct": PERCENT, "checks": TEXT},
        ),
        Panel(
            key="services",
            view=View.TABLE,
            sql=_SERVICES,
            columns={
                "service": TEXT,
                "state": TEXT,
                "due_low": DATE,
                "due_on": DATE,
                "due_high": DATE,
                "snoozed_until": TIME,
            },
            width=24,
        ),
    ),
)
