"""Maintenance with utilisation and fuel: what is due, what was done, and how the machines are used."""

from dashboards.grafana.boards.overview import MACHINE_HOURS, WORK
from dashboards.grafana.panel import (
    COUNT,
    DATE,
    HOURS,
    LITRES,
    LITRES_PER_HOUR,
    PERCENT,
    TEXT,
    TIME,
    Board,
    Link,
    Panel,
    View,
)
from dashboards.grafana.questions import FLEET, GROWN, GROWN_BY_DAY, USE, chosen

_DUE = f"""
SELECT count(*) FILTER (WHERE i.state = 'overdue') AS overdue, count(*) FILTER (WHERE i.state = 'due') AS due,
    count(*) FILTER (WHERE i.state = 'soon') AS soon, count(*) FILTER (WHERE i.snoozed_until IS NOT NULL) AS snoozed
FROM dashboard.service i
WHERE i.rank < 3 AND {chosen("i.number")}
"""
_TOTALS = f"""
SELECT count(*) AS machines, sum(u.worked_h) AS worked_h, sum(u.idle_h) AS idle_h,
    avg(u.utilisation_pct) AS utilisation_pct, 100 * sum(u.idle_h) / nullif(sum(u.ran_h), 0) AS idle_pct
FROM ({USE}) u
"""
_DUE_LIST = f"""
SELECT m.name AS machine, i.{{language}} AS service, i.state, i.due_low, i.due_on, i.due_high, i.snoozed_until, m.site,
    m.organisation, m.machine_id
FROM (
    SELECT * FROM dashboard.service i WHERE i.rank < 3 AND {chosen("i.number")}
    ORDER BY i.rank, i.due_on NULLS LAST, i.number, i.item LIMIT 200
) i JOIN dashboard.machine m USING (number)
ORDER BY i.rank, i.due_on NULLS LAST, m.name, i.item
"""
_FUEL = f"""
SELECT d.day_at AS "time", sum(d.fuel_l) AS fuel_l FROM ({GROWN_BY_DAY}) d GROUP BY 1 ORDER BY 1
"""
_ENGINE_HOURS = f"""
SELECT d.day_at AS "time", sum(d.hours_h) AS hours_h FROM ({GROWN_BY_DAY}) d GROUP BY 1 ORDER BY 1
"""
_MACHINES = f"""
SELECT m.name AS machine, u.worked_h, u.idle_h, u.utilisation_pct, u.idle_pct, g.fuel_l,
    g.fuel_l / nullif(g.hours_h, 0) AS fuel_per_hour, m.site, m.machine_id
FROM ({USE}) u
LEFT JOIN ({GROWN}) g USING (number)
JOIN dashboard.machine m USING (number)
ORDER BY u.idle_h DESC, m.name LIMIT 200
"""
_DONE = f"""
SELECT $__timeGroupAlias(d.done_at, $__interval), d.{{language}} AS metric, count(*) AS value
FROM dashboard.service_done d
WHERE $__timeFilter(d.done_at) AND {chosen("d.number")}
GROUP BY 1, 2 ORDER BY 1, 2
"""

MAINTENANCE = Board(
    key="maintenance",
    span="now-30d",
    refresh="5m",
    variables=FLEET,
    panels=(
        Panel(
            key="due",
            view=View.STAT,
            sql=_DUE,
            columns={"overdue": COUNT, "due": COUNT, "soon": COUNT, "snoozed": COUNT},
            width=10,
            height=5,
        ),
        Panel(
            key="totals",
            view=View.STAT,
            sql=_TOTALS,
            columns={
                "machines": COUNT,
                "worked_h": HOURS,
                "idle_h": HOURS,
                "utilisation_pct": PERCENT,
                "idle_pct": PERCENT,
            },
            width=14,
            height=5,
            decimals=1,
        ),
        Panel(
            key="due_list",
            view=View.TABLE,
            sql=_DUE_LIST,
            columns={
                "machine": TEXT,
                "service": TEXT,
                "state": TEXT,
                "due_low": DATE,
                "due_on": DATE,
                "due_high": DATE,
                "snoozed_until": TIME,
                "site": TEXT,
                "organisation": TEXT,
                "machine_id": TEXT,
            },
            links={"machine": Link.MACHINE, "site": Link.BOARD},
            width=24,
            height=10,
        ),
        Panel(key="hours", view=View.BARS, sql=MACHINE_HOURS, columns=WORK, points=24),
        Panel(key="fuel", view=View.BARS, sql=_FUEL, columns={"time": TIME, "fuel_l": LITRES}),
        Panel(key="engine_hours", view=View.BARS, sql=_ENGINE_HOURS, columns={"time": TIME, "hours_h": HOURS}),
        Panel(
            key="done",
            view=View.BARS,
            sql=_DONE,
            columns={"time": TIME, "metric": TEXT, "value": COUNT},
            points=30,
        ),
        Panel(
            key="machines",
            view=View.TABLE,
            sql=_MACHINES,
            columns={
                "machine": TEXT,
                "worked_h": HOURS,
                "idle_h": HOURS,
                "utilisation_pct": PERCENT,
                "idle_pct": PERCENT,
                "fuel_l": LITRES,
                "fuel_per_hour": LITRES_PER_HOUR,
                "site": TEXT,
                "machine_id": TEXT,
            },
            links={"machine": Link.MACHINE, "site": Link.BOARD},
            width=24,
            height=10,
            decimals=1,
        ),
    ),
)
