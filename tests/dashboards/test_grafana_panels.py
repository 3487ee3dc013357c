"""Every statement of every board, with its macros expanded, on a filled database, as the role ecc_grafana."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from api.codes import LISTS as CODES
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.build import Made, build, statement_of
from dashboards.grafana.expand import ALL, Asked, expand
from dashboards.grafana.panel import TEXT, Board, Panel
from dashboards.grafana.questions import GROWN, GROWN_BY_DAY, linked, looked_up
from dashboards.grafana.words import Language
from storage.pool import connect, url_of
from tests.api.conftest import running
from tests.api.world import CATALOGUE, NOW, World
from tests.conftest import Database
from tests.dashboards.grafana_cells import drawn, shown
from tests.dashboards.grafana_fill import DAY, FIRST, PLAN, fill
from usecases.read_alarm_words import alarm_words
from usecases.remind_maintenance import remind_maintenance

PANELS = [(board, panel) for board in BOARDS for panel in board.panels]
NAMES = [f"{board.key}.{panel.key}" for board, panel in PANELS]
OF = dict(zip(NAMES, PANELS, strict=True))
CONSOLE = "https://ecc.example.com"
OF_DAY = {"from": FIRST.isoformat(), "to": (FIRST + DAY).isoformat()}


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def api(world: World, console_database: Database) -> Ask:
    """api(login, path, **parameters): what the API answers; with body= it is posted."""
    world.person("lead", world.organisations["platform"], "lead")

    def ask(login: str, path: str, *, body: Any = None, **parameters: Any) -> Any:
        async def answer() -> Any:
            async with running(console_database.url("ecc_api")) as clients, clients.of(login) as http:
                method = "GET" if body is None else "POST"
                found = await http.request(method, f"/api/v1{path}", params=parameters, json=body)
                return found.raise_for_status().json()

        return asyncio.run(answer())

    return ask


@pytest.fixture(scope="module")
def filled(world: World, api: Ask) -> World:
    """A plan that two machines follow; the oil of one is due, and was changed before."""
    fill(world)
    api("lead", "/maintenance-plans", body=PLAN)
    with connect(url_of(world.conn), application="test") as conn:
        conn.autocommit = True
        remind_maintenance(conn, now=NOW)
    digger = world.machines["digger"]
    world.conn.execute("UPDATE maintenance_item SET rank = 0, due_on = %s WHERE machine_id = %s", [NOW, digger])
    world.conn.execute(
        "INSERT INTO maintenance_done (public_id, service_id, machine_id, item, zh, en, cycle, done_at, recorded_at, "
        "by_name, before) "
        "VALUES (gen_random_uuid(), gen_random_uuid(), %s, 'oil', '机油', 'Oil', 9, %s, %s, 'x', '{}')",
        [digger, FIRST + timedelta(hours=5), NOW],
    )
    return world


@pytest.fixture(scope="module")
def grafana(filled: World, console_database: Database) -> Iterator[psycopg.Connection]:
    """Grafana's own connection."""
    with psycopg.connect(console_database.url("ecc_grafana"), autocommit=True) as conn:
        yield conn


def asked(world: World, **changes: Any) -> Asked:
    model = world.conn.execute("SELECT public_id FROM machine_model WHERE name = 'excavator-1'").fetchone()
    chosen: dict[str, Any] = {
        "organisation": ALL,
        "site": ALL,
        "model": ALL,
        "machine": str(world.public["digger"]),
        "signal": [str(CATALOGUE["engine_speed_rpm"].id)],
        "console": CONSOLE,
    } | changes.pop("chosen", {})
    if changes.pop("of_model", False):
        assert model is not None
        chosen["model"] = [str(model[0])]
    return Asked(**({"from_at": FIRST, "to_at": FIRST + DAY, "chosen": chosen} | changes))


def rows(conn: psycopg.Connection, sql: str, given: Asked, language: Language = "en") -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(expand(statement_of(sql, language), given).encode()).fetchall()


def answered(conn: psycopg.Connection, world: World, name: str, **changes: Any) -> list[dict[str, Any]]:
    board, panel = OF[name]
    changes = {"of_model": board.key == "comparison", "points": panel.points if panel.over_time else 24} | changes
    return rows(conn, panel.sql, asked(world, **changes))


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=NAMES)
def test_a_panel_answers_the_columns_that_it_shows(grafana, filled, board: Board, panel: Panel):
    for language in ("en", "zh"):
        given = asked(filled, of_model=board.key == "comparison", points=panel.points if panel.over_time else 24)
        found = rows(grafana, panel.sql, given, language)
        assert found, f"{board.key}.{panel.key} shows nothing"
        assert list(found[0]) == list(panel.columns)
        assert any(value is not None for value in found[0].values())


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_what_stands_above_a_board_and_is_marked_on_it_is_found(grafana, filled, board: Board):
    for variable in board.variables:
        found = rows(grafana, variable.sql, asked(filled))
        assert list((found or [{"__text": 0, "__value": 0}])[0]) == ["__text", "__value"]
        assert found or variable.key == "site", variable.key
    for annotation in board.annotations:
        for language in ("en", "zh"):
            found = rows(grafana, annotation.sql, asked(filled), language)
            assert found
            assert list(found[0]) == ["time", "timeend", "text", "tags"]


@pytest.mark.parametrize(
    ("language", "alarms", "verdict"),
    [
        (
            "en",
            {
                ("High · Engine coolant overheating", "Rule,High"),
                ("Critical · Low engine oil pressure", "Rule,Critical"),
                ("Low · DEF level low", "Rule,Low"),
            },
            ("True fault · Engine coolant overheating · Thermostat", "True fault"),
        ),
        (
            "zh",
            {("高 · 冷却液温度过高", "规则,高"), ("紧急 · 机油压力过低", "规则,紧急"), ("低 · 尿素液位低", "规则,低")},
            ("确有故障 · 冷却液温度过高 · 节温器", "确有故障"),
        ),
    ],
)
def test_marks_say_in_words_what_called_and_lead_to_its_alarm(grafana, filled, world, language, alarms, verdict):
    (board,) = [one for one in BOARDS if one.key == "machine"]
    marks = {one.key: rows(grafana, one.sql, asked(filled, to_at=NOW + DAY), language) for one in board.annotations}
    mine = world.conn.execute("SELECT alarm_id::text FROM alarm WHERE machine_id = %s", [world.machines["digger"]])
    (judged,) = world.conn.execute("SELECT a.alarm_id::text FROM alarm a JOIN finding_verdict USING (finding_id)")
    told, ids = set(), set()
    for one in marks["alarms"]:
        link = re.fullmatch(rf'<a href="{CONSOLE}/alarms/([-0-9a-f]+)" target="_blank">([^<]+)</a>', one["text"])
        assert link, one["text"]
        ids.add(link[1])
        told.add((link[2], one["tags"]))
    assert told == alarms
    assert ids == {alarm_id for (alarm_id,) in mine}
    (one,) = marks["verdicts"]
    words = f'<a href="{CONSOLE}/alarms/{judged[0]}" target="_blank">{verdict[0]}</a>'
    assert (one["text"], one["tags"]) == (words, verdict[1])


def test_what_has_no_alarm_leads_nowhere_and_texts_make_no_tags(grafana, filled):
    text = linked("'a<b & c'", "NULL::uuid")
    assert rows(grafana, f"SELECT {text} AS text", asked(filled)) == [{"text": "a&lt;b &amp; c"}]


@pytest.mark.parametrize(
    ("kind", "key", "is_named"),
    [
        ("rule", "hydraulic_oil_overheat", True),
        ("rule", "rule_of_the_site", False),
        ("rule", "water_in_fuel", True),
        ("sensor", "water_in_fuel", True),
        ("platform", "machine_silent", True),
        ("dtc", "0/110/0", False),
        ("dtc", "cascade:can_link_lost", True),
        ("dtc", "cascade:sensor_supply_lost:3", True),
        ("model", "peers:engine_coolant_temp_degc", True),
        ("model", "baseline:engine_coolant_temp_degc", True),
        ("model", "wear:oil_pressure_hot_idle", True),
    ],
)
def test_a_statement_finds_what_a_source_is_called(grafana, filled, kind, key, is_named):
    for language in ("en", "zh"):
        asks = f"""
            SELECT source.title FROM (VALUES ('{kind}', '{key}')) AS r (source_kind, source_key)
            LEFT JOIN {{sources}} ON {looked_up("r")}
        """
        ((title,),) = [list(one.values()) for one in rows(grafana, asks, asked(filled), language)]
        assert title == (getattr(alarm_words(kind, key, CATALOGUE), language) if is_named else None)


def test_a_doubted_sensor_is_said_in_words(grafana, filled):
    (doubted,) = rows(grafana, OF["machine.doubted"][1].sql, asked(filled), "zh")
    assert set(doubted["checks"].split(", ")) == {"数值卡死", "信号中断", "check_of_tomorrow"}


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=NAMES)
def test_no_cell_and_no_line_of_a_chinese_board_shows_a_code(grafana, filled, board: Board, panel: Panel):
    made = build(board, Made(language="zh"))["panels"][board.panels.index(panel)]
    given = asked(filled, of_model=board.key == "comparison", points=panel.points if panel.over_time else 24)
    every = {code for codes in CODES.values() for code in codes() if code.isidentifier()}
    every |= {"coolant_overheat", "True", "False"}
    for row in rows(grafana, panel.sql, given, "zh"):
        for column, unit in panel.columns.items():
            if unit == TEXT and column not in panel.hidden and row[column] is not None:
                value = row[column]
                words = drawn(made, value) if column == "metric" else shown(made, column, value)
                assert not every & {words, *words.split(), *words.split(", ")}, f"{column}: {words}"


def test_what_is_chosen_above_a_board_leaves_the_others_out(grafana, filled, world):
    organisations = dict(world.conn.execute("SELECT name, public_id::text FROM organisation").fetchall())
    machines = {
        name: answered(grafana, filled, "overview.fleet_now", chosen={"organisation": [organisations[name]]})[0][
            "machines"
        ]
        for name in ("Dealer", "North", "South", "ECC")
    }
    assert machines == {"Dealer": 2, "North": 2, "South": 1, "ECC": 0}, "with those below it"
    (crane,) = world.conn.execute("SELECT public_id::text FROM machine_model WHERE name = 'truck_crane-1'").fetchone()
    assert answered(grafana, filled, "overview.fleet_now", chosen={"model": [crane]})[0]["machines"] == 1
    assert answered(grafana, filled, "maintenance.totals", chosen={"model": [crane]})[0]["machines"] == 0


def hypertables(world: World, name: str, given: Asked) -> set[str]:
    """Those whose chunks the panel's statement reads."""
    plan = world.conn.execute(b"EXPLAIN " + expand(statement_of(OF[name][1].sql, "en"), given).encode())
    read = {int(number) for number in re.findall(r"_hyper_(\d+)_", "\n".join(line for (line,) in plan.fetchall()))}
    known = dict(world.conn.execute("SELECT id, table_name FROM _timescaledb_catalog.hypertable").fetchall())
    return {known[number] for number in read}


@pytest.mark.parametrize(("days", "level"), [(1, "1m"), (10, "15m"), (90, "1h")])
def test_the_span_decides_which_rollup_is_read(grafana, filled, world, days, level):
    """At 1,000 points a day asks for 1 min, ten days for 15 min, 90 days for 2 h."""
    given = asked(filled, to_at=FIRST + days * DAY, points=1000)
    assert hypertables(world, "machine.signals", given) == {f"rollup_{level}"}
    assert hypertables(world, "machine.work", given) == {f"work_time_{level}"}


def test_months_are_read_by_the_day_and_their_ends_by_finer_levels(grafana, filled, world):
    given = asked(filled, to_at=FIRST + 90 * DAY, points=24)
    for name in ("overview.machine_hours", "maintenance.totals", "comparison.use", "machine.work"):
        assert hypertables(world, name, given) == {"work_time_1d"}, name
    assert hypertables(world, "overview.delays", given) == {"arrival_1d"}
    odd = timedelta(hours=1, minutes=7)
    given = asked(filled, from_at=FIRST + odd, to_at=FIRST + 90 * DAY + odd, points=24)
    finer = {f"work_time_{level}" for level in ("1h", "15m", "1m")}
    assert hypertables(world, "maintenance.totals", given) == {"work_time_1d"} | finer
    assert hypertables(world, "overview.delays", given) == {"arrival_1d", "arrival_1h"}


# The same questions to the API


def test_the_fleet_its_alarms_and_services_are_the_apis(grafana, filled, api):
    machines = api("expert", "/machines", limit=100)["items"]
    (now,) = answered(grafana, filled, "overview.fleet_now")
    assert now["machines"] == len(machines)
    assert now["online"] == sum(one["online"] is True for one in machines)
    (alarms,) = answered(grafana, filled, "overview.alarms_now")
    active = api("expert", "/alarms", state="active", limit=100)["items"]
    assert alarms["open_alarms"] == len(active)
    assert alarms["critical"] == sum(one["severity"] == "critical" for one in active)
    assert alarms["unacknowledged"] == sum(one["acknowledged_at"] is None for one in active)
    due = api("expert", "/maintenance", limit=100)["items"]
    (services,) = answered(grafana, filled, "maintenance.due")
    assert services["overdue"] == sum(one["state"] == "overdue" for one in due) == 1
    assert [one["service"] for one in answered(grafana, filled, "machine.services")] == ["Oil"]
    assert [one["service"] for one in rows(grafana, OF["machine.services"][1].sql, asked(filled), "zh")] == ["机油"]


def test_utilisation_hours_and_fuel_are_the_briefs(grafana, filled, api):
    day = FIRST.date().isoformat()
    brief = api("expert", "/fleet/brief", **{"from": day, "to": day})
    told = {one["name"]: one["numbers"] for one in brief["machines"]}
    shown = {one["machine"]: one for one in answered(grafana, filled, "maintenance.machines")}
    for name in ("digger", "twin"):
        assert shown[name]["worked_h"] == pytest.approx(told[name]["working_h"] + told[name]["travelling_h"], abs=2e-3)
        assert shown[name]["idle_h"] == pytest.approx(told[name]["idle_h"], abs=2e-3)
        assert shown[name]["utilisation_pct"] == pytest.approx(100 * told[name]["utilisation_ratio"], abs=0.1)
        assert shown[name]["fuel_l"] == pytest.approx(told[name]["fuel_used_l"], abs=1e-3)
    (fuel,) = answered(grafana, filled, "maintenance.fuel")
    assert fuel["fuel_l"] == pytest.approx(brief["numbers"]["fuel_used_l"], abs=1e-3)
    hours = answered(grafana, filled, "overview.machine_hours")
    for state in ("working_h", "travelling_h", "idle_h", "off_h"):
        assert sum(point[state] for point in hours) == pytest.approx(brief["numbers"][state], abs=5e-3)


def test_growth_over_a_span_is_its_last_day_less_the_one_before_it_and_the_sum_of_its_days(grafana, filled, world):
    meters = {"digger": {10: (5.0, 80.0), 11: (9.0, 130.0), 13: (9.5, 131.0)}, "twin": {12: (3.0, 40.0)}}
    for name, days in meters.items():
        for day, (hours, fuel) in days.items():
            world.conn.execute(
                "INSERT INTO meter_day VALUES (%s, %s, %s, '{}', %s)",
                [world.machines[name], FIRST + day * DAY, [hours / 2] * 8, [fuel] * 8],
            )
    digger, twin = (world.machines[name] for name in meters)
    given = asked(filled, from_at=FIRST + 10 * DAY + timedelta(minutes=1), to_at=FIRST + 20 * DAY)
    whole = {one["number"]: (one["fuel_l"], one["hours_h"]) for one in rows(grafana, GROWN, given)}
    kept = (
        "SELECT fuel[1], hours[1] + hours[2] FROM meter_day WHERE machine_id = %s AND day_at < %s ORDER BY day_at DESC"
    )
    fuel, hours = world.conn.execute(kept, [twin, FIRST + 12 * DAY]).fetchone()
    assert whole == {digger: (51.0, 4.5), twin: pytest.approx((40.0 - fuel, 3.0 - hours))}
    by_day = rows(grafana, GROWN_BY_DAY, given)
    assert len(by_day) == 3
    for machine, (fuel, hours) in whole.items():
        mine = [one for one in by_day if one["number"] == machine]
        assert (sum(one["fuel_l"] for one in mine), sum(one["hours_h"] for one in mine)) == pytest.approx((fuel, hours))


def test_the_load_of_alarms_is_the_apis(grafana, filled, api):
    load = api("expert", "/alarm-load", **OF_DAY)
    (shown,) = answered(grafana, filled, "quality.load")
    assert shown["alarms"] == load["alarms"] == 2
    assert shown["per_10_min"] == pytest.approx(load["ten_minutes"]["mean"], abs=1e-3)
    assert shown["per_day"] == pytest.approx(load["day"]["mean"], abs=1e-3)
    assert float(shown["flood_pct"]) == pytest.approx(100 * load["flood_share"], abs=0.01)
    points = answered(grafana, filled, "quality.ten_minutes")
    assert max(point["most_in_10_min"] for point in points) == load["ten_minutes"]["peak"]
    (standing,) = answered(grafana, filled, "quality.standing")
    assert (standing["active_alarms"], standing["stale"]) == (load["standing"]["active"], load["standing"]["stale"])
    actors = answered(grafana, filled, "quality.bad_actors")
    assert [(one["source_key"], one["alarms"], one["machines"]) for one in actors] == [
        (one["source_key"], one["alarms"], one["machines"]) for one in load["top"]
    ]
    for shown, told in zip(answered(grafana, filled, "quality.answers"), load["answers"], strict=True):
        assert (shown["severity"], shown["acknowledged"], shown["median_s"]) == (
            told["severity"],
            told["acknowledged"],
            told["median_s"],
        )


def test_lateness_and_series_are_the_apis(grafana, filled, api):
    late = api("expert", "/data-trust/lateness", **OF_DAY)
    assert [int(one["minutes"]) for one in answered(grafana, filled, "overview.delays")] == late["total"]["counts"]
    assert late["total"]["minutes"] == 360
    given = {"signals": "engine_speed_rpm", "max_points": "24", **OF_DAY}
    series = api("expert", f"/machines/{filled.public['digger']}/readings", **given)
    told = series["signals"]["engine_speed_rpm"]
    shown = answered(grafana, filled, "machine.signals", points=24)
    means = [value for value in told["mean"] if value is not None]
    assert [one["value"] for one in shown] == pytest.approx(means, rel=1e-6)
