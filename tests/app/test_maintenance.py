"""The step that looks at machines: meters, standings, forecasts and reminders, on the real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from app.cli.root import app
from app.diagnose import STEPS
from fleet.signals import packaged_catalogue
from ingest.rollups import WORK
from storage.ids import uuid7
from storage.pool import Connection, connect
from storage.rollups import recount_claimed
from storage.users import ensure_organisation
from tests.conftest import Database
from usecases.plan_members import checked_plan
from usecases.remind_maintenance import Reminded, remind_maintenance

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CATALOGUE = packaged_catalogue()
HOURS, FUEL = CATALOGUE["engine_hours_h"].id, CATALOGUE["fuel_used_total_l"].id
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
OIL = {"code": "oil", "zh": "机油", "en": "Oil", "every_h": 500, "minutes": 60}
PLAN = {"name": "Excavators", "kind": "excavator", "items": [OIL]}


@dataclass
class Site:
    """A database with a plan and machines; the step runs as ecc_diagnose."""

    database: Database
    owner: Connection
    step: Connection
    machines: dict[str, int] = field(default_factory=dict)

    def machine(self, name: str, *, kind: str = "excavator") -> int:
        row = self.owner.execute(
            "WITH model AS (INSERT INTO machine_model (name, kind) VALUES (%(kind)s, %(kind)s) ON CONFLICT (name) "
            "DO UPDATE SET name = excluded.name RETURNING model_id) "
            "INSERT INTO machine (public_id, pin, name, model_id) "
            "SELECT gen_random_uuid(), %(name)s, %(name)s, model_id FROM model RETURNING machine_id",
            {"name": name, "kind": kind},
        ).fetchone()
        assert row is not None
        self.machines[name] = row[0]
        return int(row[0])

    def plan(self, plan: dict) -> int:
        """Put this in the place of every plan."""
        self.owner.execute("UPDATE maintenance_plan SET retired_at = now() WHERE retired_at IS NULL")
        content = psycopg.types.json.Jsonb(checked_plan(plan))
        row = self.owner.execute(
            "WITH plan AS (INSERT INTO maintenance_plan (public_id, name, kind, version, created_at, updated_at) "
            "VALUES (%s, %s, %s, 1, now(), now()) RETURNING plan_id) INSERT INTO maintenance_plan_version "
            "SELECT plan_id, 1, %s, now(), 'test' FROM plan RETURNING plan_id",
            [uuid7(), plan["name"], plan["kind"], content],
        ).fetchone()
        assert row is not None
        return int(row[0])

    def works(
        self, machine: int, day: int, *, hours: int = 8, counter: float | None = None, heard: bool = True
    ) -> None:
        """Eight hours of work from 00:00 UTC on a day counted from today; the counter shows `counter` at their end."""
        begin = NOON.replace(hour=0) + day * DAY
        for hour in range(hours):
            at = begin + hour * HOUR
            if counter is not None:
                value = counter - hours + hour + 1
                self.owner.execute(
                    "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) "
                    "VALUES (%s, %s, %s, 1, %s, %s)",
                    [machine, at, HOURS, value, value],
                )
            if heard:
                self.owner.execute("INSERT INTO work_time_1h VALUES (%s, %s, 3600, 0, 0, 0)", [machine, at])

    def look(self, now: datetime = NOON) -> Reminded:
        return remind_maintenance(self.step, now=now)

    def reminders(self, machine: int) -> list[tuple]:
        return self.owner.execute(
            "SELECT item, cycle, stage, state FROM reminder WHERE machine_id = %s ORDER BY reminder_id", [machine]
        ).fetchall()

    def item(self, machine: int, *columns: str, item: str = "oil") -> tuple:
        statement = f"SELECT {', '.join(columns)} FROM maintenance_item WHERE machine_id = %s AND item = %s"
        return self.owner.execute(statement, [machine, item]).fetchone()

    def hours(self, machine: int) -> float | None:
        return self.owner.execute(
            "SELECT round(hours_h::numeric, 3)::float8 FROM maintenance_machine WHERE machine_id = %s", [machine]
        ).fetchone()[0]

    def left(self, machine: int) -> float:
        return self.item(machine, "(left_over ->> 'h')::float8")[0]


@pytest.fixture(scope="module")
def database(servers, superuser, template_database) -> Iterator[Database]:
    """One for all tests of this module, each with machines of its own."""
    superuser.execute(
        sql.SQL("CREATE DATABASE maintenance OWNER ecc_owner TEMPLATE {}").format(sql.Identifier(template_database))
    )
    yield Database("maintenance", servers)
    superuser.execute("DROP DATABASE maintenance WITH (FORCE)")


@pytest.fixture
def site(database: Database) -> Iterator[Site]:
    with (
        connect(database.owner_url, application="test") as owner,
        connect(database.url("ecc_diagnose"), application="test") as step,
    ):
        owner.autocommit = step.autocommit = True
        owner.execute("UPDATE machine SET mode = 'scrapped'")  # those of the tests before
        made = Site(database, owner, step)
        made.plan(PLAN)
        yield made


def test_it_is_a_step_of_diagnose():
    assert "maintenance" in [step.name for step in STEPS]


def test_a_stage_is_told_once_with_its_event_and_its_notice(site):
    machine = site.machine("a")
    customer = ensure_organisation(site.owner, kind="customer", name="Customer")
    site.owner.execute("INSERT INTO ownership (machine_id, organisation_id) VALUES (%s, %s)", [machine, customer])
    site.works(machine, -1, counter=5440)
    assert site.look() == Reminded(1, 0, is_more=False)
    assert (site.hours(machine), site.left(machine)) == (5440.0, 60.0)
    site.works(machine, 0, hours=11, counter=5451)
    assert site.look(NOON + 5 * timedelta(minutes=1)).machines == 0, "an hour has not passed"
    assert site.look(NOON + HOUR).reminders == 1
    assert site.look(NOON + 2 * HOUR) == Reminded(1, 0, is_more=False), "nothing twice"
    assert site.reminders(machine) == [("oil", 1, "soon", "soon")]
    (logged,) = site.owner.execute(
        "SELECT kind, organisation_id, payload ->> 'item' FROM event_log WHERE machine_id = %s", [machine]
    ).fetchall()
    assert logged == ("reminder.soon", customer, "oil")
    due = site.owner.execute(
        "SELECT count(*) FROM notice_due WHERE source = 'reminder' AND source_id IN "
        "(SELECT reminder_id FROM reminder WHERE machine_id = %s)",
        [machine],
    ).fetchone()
    assert due == (1,)


def test_what_is_rolled_back_is_told_when_it_is_done_again(site, monkeypatch):
    machine = site.machine("killed")
    site.works(machine, -1, counter=5440)
    site.look()
    site.works(machine, 0, counter=5460)
    # The process dies between the reminder and the commit: the last statement of the transaction never comes.
    from usecases import remind_maintenance as module

    def dies(*_: object, **__: object) -> bool:
        told(*_, **__)
        raise KeyboardInterrupt

    told = module.rows.remind
    monkeypatch.setattr(module.rows, "remind", dies)
    with pytest.raises(KeyboardInterrupt):
        site.look(NOON + HOUR)
    monkeypatch.undo()
    assert site.reminders(machine) == []
    assert site.item(machine, "stage", "rank") == (-1, 3), "where it stands was not kept either"
    assert site.look(NOON + HOUR).reminders == 1


def test_several_stages_at_once_are_told_as_the_last(site):
    machine = site.machine("away")
    site.works(machine, -6, counter=5440)
    site.look(NOON - 6 * DAY)
    site.works(machine, -1, counter=5540)  # the terminal was silent for five days
    assert site.look().reminders == 1
    assert site.reminders(machine) == [("oil", 1, "overdue", "overdue")]


def test_hours_never_grow_over_silence_and_a_silent_counter_is_believed(site):
    heard, counted = site.machine("no counter"), site.machine("counter")
    for machine, counter in ((heard, None), (counted, 5000.0)):
        site.works(machine, -20, counter=counter)
        site.works(machine, -3, counter=None if counter is None else counter + 108)
    site.look()
    use = "SELECT round((hours[1] + hours[2])::numeric, 3)::float8 FROM meter_day WHERE machine_id = %s ORDER BY day_at"
    assert site.owner.execute(use, [heard]).fetchall() == [(8.0,), (16.0,)]
    assert site.owner.execute(use, [counted]).fetchall()[-1] == (116.0,)
    assert (site.hours(heard), site.hours(counted)) == (None, 5108.0)


def test_late_rollups_are_counted_again_from_their_day(site):
    machine = site.machine("back-fill")
    for day in (-40, -2):
        site.works(machine, day)
    site.look()
    assert site.item(machine, "carry") == ({"h": 0.0},), "counted from where it was first heard"
    before = site.owner.execute("SELECT count(*) FROM meter_day WHERE machine_id = %s", [machine]).fetchone()
    site.works(machine, -30)
    recounted(site, machine, NOON - 30 * DAY)
    assert site.look(NOON + timedelta(minutes=1)).machines == 1, "it is looked at at once"
    grown = site.owner.execute(
        "SELECT hours[1] + hours[2] FROM meter_day WHERE machine_id = %s ORDER BY day_at", [machine]
    ).fetchall()
    assert (before, [one for (one,) in grown]) == ((2,), [8.0, 16.0, 24.0])


def recounted(site: Site, machine: int, at: datetime) -> None:
    """Housekeeping recounts a minute of a machine, as a late reading makes it."""
    site.owner.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at, claimed_at) VALUES (%s, %s, %s, now())",
        [machine, at, at + timedelta(minutes=1)],
    )
    with connect(site.database.url("ecc_housekeeping"), application="test") as conn:
        assert recount_claimed(conn, CATALOGUE, WORK, limit=10) == 1


def test_fresh_rollups_ask_for_nothing(site):
    machine = site.machine("fresh")
    site.works(machine, -1)
    site.look()
    recounted(site, machine, datetime.now(UTC).replace(second=0, microsecond=0) - HOUR)
    assert site.look(NOON + timedelta(minutes=1)).machines == 0


def test_a_changed_meter_moves_the_total_and_no_interval(site):
    machine = site.machine("meter")
    site.works(machine, -3, counter=5100)
    site.works(machine, -1, counter=8)  # a new instrument cluster, nobody said so
    site.look()
    assert (site.hours(machine), site.left(machine)) == (5100.0 + 8.0, 500.0 - 108.0)
    site.owner.execute(
        "INSERT INTO meter_change (public_id, machine_id, meter, kind, at, old_value, new_value, entered_at, by_name) "
        "VALUES (gen_random_uuid(), %s, 'engine_hours_h', 'replaced', %s, 5120, 0, now(), 'me')",
        [machine, NOON - 2 * DAY],
    )
    site.owner.execute(
        "UPDATE maintenance_machine SET next_at = '-infinity', recount_from = %s WHERE machine_id = %s",
        [NOON - 2 * DAY, machine],
    )
    site.look()
    assert (site.hours(machine), site.left(machine)) == (5128.0, 500.0 - 128.0)
    offset = "SELECT hours_offset_h FROM maintenance_machine WHERE machine_id = %s"
    assert site.owner.execute(offset, [machine]).fetchone() == (5120.0,)


def test_the_due_day_is_a_range_from_the_machines_own_use_and_its_sites_calendar(site):
    machine = site.machine("regular")
    for day in range(-60, 0):
        if (NOON + day * DAY).weekday() < 5:
            site.works(machine, day, counter=None)
    row = site.owner.execute(
        "INSERT INTO site (name, time_zone, working_calendar) VALUES ('yard', 'UTC', %s) RETURNING site_id",
        [
            psycopg.types.json.Jsonb(
                {
                    "weekdays": {
                        day: [{"from": "08:00", "to": "16:00"}]
                        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
                    },
                    "exceptions": [],
                }
            )
        ],
    ).fetchone()
    site.owner.execute("UPDATE machine SET site_id = %s WHERE machine_id = %s", [row[0], machine])
    site.look()
    low, middle, high = site.item(machine, "due_low", "due_on", "due_high")
    worked, day = 500 - site.left(machine), NOON.date()
    while worked < 500:  # from today on eight hours each working day
        worked += 8 if day.weekday() < 5 else 0
        day += DAY
    assert (low, middle, high) == (day - DAY,) * 3


def test_days_that_come_later_make_the_due_day_anew(site):
    machine = site.machine("came later")
    for day in range(-30, 0):
        site.works(machine, day, hours=1, counter=5441 + day)
    site.look()
    (of_little_work,) = site.item(machine, "due_on")
    for day in range(-80, -30):
        site.works(machine, day, counter=5410 + 8 * (day + 31))
    site.look(NOON + 2 * HOUR)
    assert site.item(machine, "due_on") == (of_little_work,), "nothing tells that days have come"
    again = "UPDATE maintenance_machine SET next_at = '-infinity', recount_from = %s WHERE machine_id = %s"
    site.owner.execute(again, [NOON - 80 * DAY, machine])
    site.look(NOON + 3 * HOUR)
    assert site.item(machine, "due_on")[0] < of_little_work - 14 * DAY


def test_what_is_used_up_is_due_now_whatever_was_forecast_this_morning(site):
    machine = site.machine("late")
    site.works(machine, 0, hours=1, counter=5499)
    site.look()
    assert site.item(machine, "isfinite(due_on)") == (False,)
    site.owner.execute(
        "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, 1, 5499, 5502)",
        [machine, NOON, HOURS],
    )
    site.look(NOON + 2 * HOUR)
    assert site.item(machine, "due_low", "due_on", "due_high") == (NOON.date(),) * 3


def test_a_snooze_is_silent_until_it_ends_and_says_it_again(site):
    machine = site.machine("snoozed")
    site.works(machine, -1, counter=5440)
    site.look()
    site.works(machine, 0, hours=11, counter=5451)
    assert site.look(NOON + HOUR).reminders == 1
    until = NOON + 3 * DAY
    site.owner.execute(
        "UPDATE maintenance_item SET snoozed_until = %s, snoozed_by = 'me', snoozes = 1 WHERE machine_id = %s",
        [until, machine],
    )
    assert site.look(NOON + DAY).reminders == 0
    assert site.look(until).reminders == 1
    assert site.look(until + HOUR).reminders == 0
    assert [stage for _, _, stage, _ in site.reminders(machine)] == ["soon", "again:1"]


def test_a_stage_reached_while_snoozed_is_told_when_the_snooze_ends(site):
    machine = site.machine("snoozed past due")
    site.works(machine, -1, counter=5490)
    site.look()
    until = NOON + DAY
    site.owner.execute(
        "UPDATE maintenance_item SET snoozed_until = %s, snoozes = 1 WHERE machine_id = %s", [until, machine]
    )
    site.works(machine, 0, hours=11, counter=5501)
    assert site.look(NOON + HOUR).reminders == 0
    assert site.item(machine, "rank") == (1,), "its state goes on being shown"
    assert site.look(until).reminders == 1
    assert site.look(until + HOUR).reminders == 0
    assert [stage for _, _, stage, _ in site.reminders(machine)] == ["soon", "due"]


def test_a_cycle_that_was_ended_meanwhile_is_left_alone(site):
    machine = site.machine("raced")
    site.works(machine, -1, counter=5440)
    site.look()
    site.owner.execute("UPDATE maintenance_item SET cycle = 2, began_at = %s WHERE machine_id = %s", [NOON, machine])
    site.works(machine, 0, counter=5460)
    with site.step.transaction():
        from storage.maintenance import list_items, save_items

        (row,) = list_items(site.step, [machine])
        old = {name: getattr(row, name) for name in row.__dataclass_fields__} | {"cycle": 1, "rank": 0}
        old |= {"plan_id": 1, "plan_version": 1, "zh": "", "en": "", "task": "service", "left_over": {}, "now": NOON}
        save_items(site.step, [old])
    assert site.item(machine, "cycle", "rank") == (2, 3)


def test_what_a_plan_does_not_have_any_more_is_over_and_its_cycles_go_on_when_it_has_it_again(site):
    machine = site.machine("replanned")
    site.works(machine, -1, counter=5440)
    site.look()
    site.owner.execute("UPDATE maintenance_item SET cycle = 4 WHERE machine_id = %s", [machine])
    site.plan({**PLAN, "items": [{**OIL, "code": "filter"}]})
    site.look(NOON + HOUR)
    assert (site.item(machine, "is_active"), site.item(machine, "is_active", item="filter")) == ((False,), (True,))
    site.plan(PLAN)
    site.look(NOON + 2 * HOUR)
    assert site.item(machine, "is_active", "cycle") == (True, 4)


def test_a_running_in_service_comes_once(site):
    site.plan({**PLAN, "items": [{**OIL, "recurrence": "once", "every_h": 50}]})
    new, old = site.machine("new"), site.machine("old")
    for machine, counter in ((new, 8), (old, 2000)):
        site.works(machine, -1, counter=counter)
    site.look()
    assert (site.left(new), site.item(old, "cycle")) == (42.0, None)
    site.owner.execute("UPDATE maintenance_item SET is_active = FALSE, cycle = 2 WHERE machine_id = %s", [new])
    site.look(NOON + HOUR)
    assert site.item(new, "is_active") == (False,)


def test_a_machine_that_is_registered_before_its_terminal_talks_is_as_old_as_its_meter_says_first(site):
    site.plan({**PLAN, "items": [OIL, {**OIL, "code": "running_in", "recurrence": "once", "every_h": 50}]})
    used, new = site.machine("used, registered"), site.machine("new, registered")
    assert site.look(NOON - 2 * DAY).machines == 2
    assert site.item(used, "carry", "left_over ->> 'h'") == ({}, None)
    for machine, counter in ((used, 5123), (new, 8)):
        site.works(machine, -1, counter=counter)
    site.look()
    assert (site.left(used), site.left(new)) == (377.0, 492.0)
    assert (site.item(used, "is_active", item="running_in"), site.item(new, "is_active", item="running_in")) == (
        (False,),
        (True,),
    )
    site.works(used, 0, counter=5131)
    site.look(NOON + HOUR)
    assert site.left(used) == 369.0
    for day in range(1, 21):
        site.works(used, day, hours=20, counter=5131 + 20 * day)
    site.look(NOON + 21 * DAY)
    assert site.left(used) == 5500 - 5531, "it began once, and does not begin anew with every look"


@pytest.mark.parametrize(("recurrence", "began"), [("floating", 4700), ("fixed", 4500)])
def test_hours_read_of_a_machine_that_was_never_heard_of_begin_the_cycle_once_it_talks(ecc, site, recurrence, began):
    site.plan({**PLAN, "items": [{**OIL, "recurrence": recurrence}]})
    ensure_organisation(site.owner, kind="ecc", name="ECC")
    machine = site.machine(f"never heard of, {recurrence}")
    site.look(NOON - 2 * DAY)
    words = ("maintenance", "done", f"pin:never heard of, {recurrence}", "oil", "--hours", "4700")
    code, text = ecc(*words, "--at", f"{NOON - 40 * DAY:%Y-%m-%dT%TZ}")
    assert code == 0, text
    site.works(machine, -1, counter=5008)
    for later in (0, 1):
        site.works(machine, later, counter=5016 + 8 * later)
        site.look(NOON + later * DAY)
        assert site.left(machine) == 500 - (5016 + 8 * later - began)


def test_the_condition_of_a_part_makes_it_due(site):
    site.plan({**PLAN, "items": [{**OIL, "every_h": None, "wear": "air_filter_restriction"}]})
    machine = site.machine("worn")
    site.owner.execute(
        "INSERT INTO wear_outlook (machine_id, index_key, as_of, days, remind_at) "
        "VALUES (%s, 'air_filter_restriction', %s, 40, %s)",
        [machine, NOON, NOON + 10 * DAY],
    )
    site.look()
    assert site.reminders(machine) == [("oil", 1, "soon", "soon")]
    assert site.item(machine, "due_low", "due_on", "due_high") == ((NOON + 10 * DAY).date(),) * 3


def test_litres_and_kilometres_are_counted_without_run_segments(site):
    site.plan({**PLAN, "items": [{**OIL, "every_h": None, "every_l": 5000}]})
    machine = site.machine("thirsty")
    site.works(machine, -2)
    for hour, litres in ((0, 10_000.0), (5, 10_080.0), (6, 3.0), (7, 13.0)):  # a new counter at six
        site.owner.execute(
            "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, 1, 0, %s)",
            [machine, NOON.replace(hour=hour) - DAY, FUEL, litres],
        )
    site.look()
    assert site.item(machine, "(left_over ->> 'l')::float8") == (5000.0 - 90.0,)


def test_an_item_tells_only_at_its_own_stages(site):
    site.plan({**PLAN, "items": [{**OIL, "every_h": 50, "tell_at": ["due"]}]})
    machine = site.machine("greased")
    site.works(machine, -1, counter=5410)
    site.look()
    for day, counter in enumerate((5434, 5458), 1):
        for part in range(3):
            site.works(machine, day + 3 * (counter > 5440) + part, counter=counter - 16 + 8 * part)
        site.look(NOON + (day + 3 * (counter > 5440) + 2) * DAY)
    assert [stage for _, _, stage, _ in site.reminders(machine)] == ["due"]


def test_a_stage_that_is_taken_out_of_the_plan_takes_no_other_with_it(site):
    machine = site.machine("stages")
    site.works(machine, -1, counter=5440)
    site.look()
    site.works(machine, 0, hours=11, counter=5451)
    site.look(NOON + HOUR)
    site.plan({**PLAN, "stages": [{"key": "due", "h": 0}, {"key": "overdue", "h": 25}]})
    site.look(NOON + 2 * HOUR)
    for day, counter in ((1, 5475), (2, 5499), (3, 5523), (4, 5547)):
        site.works(machine, day, hours=24, counter=counter)
        site.look(NOON + (day + 1) * DAY)
    assert [stage for _, _, stage, _ in site.reminders(machine)] == ["soon", "due", "overdue"]


def test_who_has_longer_after_an_edit_is_told_once_more_when_it_is_over(site):
    machine = site.machine("longer")
    site.works(machine, -1, counter=5440)
    site.look()
    for day, counter in ((0, 5464), (1, 5488), (2, 5512)):
        site.works(machine, day, hours=24, counter=counter)
        site.look(NOON + (day + 1) * DAY)
    assert [stage for _, _, stage, _ in site.reminders(machine)] == ["soon", "due"]
    site.plan({**PLAN, "items": [{**OIL, "every_h": 540}]})
    assert site.look(NOON + 3 * DAY + HOUR).reminders == 0, "soon again, which was told"
    assert site.left(machine) == 28.0
    for day, counter in ((3, 5536), (4, 5560), (5, 5584)):
        site.works(machine, day, hours=24, counter=counter)
        site.look(NOON + (day + 1) * DAY + HOUR)
        site.look(NOON + (day + 1) * DAY + 2 * HOUR)
    assert [stage for _, _, stage, _ in site.reminders(machine)] == ["soon", "due", "due", "overdue"]


def test_a_scrapped_machine_is_not_looked_at(site):
    machine = site.machine("scrapped")
    site.owner.execute("UPDATE machine SET mode = 'scrapped' WHERE machine_id = %s", [machine])
    assert site.look().machines == 0


@pytest.fixture
def ecc(site, monkeypatch):
    """Runs a command; returns its exit code and what it printed."""
    monkeypatch.setenv("ECC_DATABASE_URL", site.database.owner_url)  # the environment is how commands are configured
    monkeypatch.setenv("ECC_MQTT_URL", "mqtt://127.0.0.1:9")
    monkeypatch.delenv("COLUMNS", raising=False)  # nothing is cut in a pipe

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(words))
        return result.exit_code, result.output

    return run


def test_hours_read_before_anything_was_heard_of_the_machine_begin_the_cycle(ecc, site):
    ensure_organisation(site.owner, kind="ecc", name="ECC")
    machine = site.machine("entered with its history")
    site.works(machine, -1, counter=5008)
    site.look()
    words = ("maintenance", "done", "pin:entered with its history", "oil", "--at", f"{NOON - 40 * DAY:%Y-%m-%dT%TZ}")
    assert ecc(*words, "--hours", "3900")[0] != 0, "it cannot have worked 1,100 hours in 40 days"
    assert ecc(*words, "--hours", "5200")[0] != 0, "more than the meter showed later"
    code, text = ecc(*words, "--hours", "4700")
    assert code == 0, text
    site.look(NOON + HOUR)
    assert site.left(machine) == 500 - (5008 - 4700)


def test_the_command_line(ecc, site, tmp_path):
    site.owner.execute("UPDATE maintenance_plan SET retired_at = now() WHERE retired_at IS NULL")
    ensure_organisation(site.owner, kind="ecc", name="ECC")
    machine = site.machine("commanded")
    site.works(machine, -1, counter=1200)
    code, text = ecc("maintenance", "plans", "examples")
    assert (code, text.count("created")) == (0, 9), text
    code, toml = ecc("maintenance", "plans", "export", "Excavator, example")
    file = tmp_path / "plan.toml"
    file.write_text(toml.replace("every_h = 500", "every_h = 400"), "utf-8")
    assert ecc("maintenance", "plans", "import", str(file), "--language", "en") == (
        0,
        "0 plans entered, 1 with a new version, 0 unchanged.\n",
    )
    assert "Excavator, example" in ecc("maintenance", "plans", "list")[1]
    site.look()
    assert "commanded" in ecc("maintenance", "due", "--state", "ok")[1]
    code, text = ecc("maintenance", "done", "pin:commanded", "engine_oil", "--note", "by telephone")
    assert (code, "by telephone" in text) == (0, True), text
    checks = json.loads(ecc("maintenance", "show", "pin:commanded")[1])["items"]
    points = next(one["checks"] for one in checks if one["item"] == "inspection_month")
    answered = [f"--check={one['code']}=good" for one in points[1:]]
    code, text = ecc("maintenance", "done", "pin:commanded", "inspection_month", *answered)
    assert (code, [one["code"] for one in json.loads(text)["unanswered"]]) == (0, [points[0]["code"]])
    assert ecc("maintenance", "done", "pin:commanded", "engine_oil", "--check", "wings=good")[0] != 0
    assert ecc("maintenance", "done", "pin:commanded", "engine_oil", "--check", "wings")[0] == 2
    code, text = ecc("maintenance", "meter", "pin:commanded", "set", "4200")
    assert (code, '"new_value": 4200' in text) == (0, True), text
    site.look(datetime.now(UTC) + HOUR)
    assert '"engine_hours_h": 4200' in ecc("maintenance", "show", "pin:commanded")[1]
    assert ecc("maintenance", "plans", "export", "No such")[0] != 0
