"""The note that goes from shift to shift, and the load stretch by stretch."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/v1/hand-over-notes"


@pytest.fixture(scope="module", autouse=True)
def _colleagues(world):
    world.person("lead", world.organisations["platform"], "lead")


@pytest.fixture(scope="module")
def seat(world) -> tuple[UUID, UUID]:
    """The roster and its only seat."""
    roster, seat = uuid7(), uuid7()
    world.conn.execute(
        "WITH made AS (INSERT INTO roster (public_id, organisation_id, name, time_zone) "
        "VALUES (%(roster)s, %(ecc)s, 'Control centre', 'UTC') RETURNING roster_id) "
        "INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role, shifts) "
        "SELECT %(seat)s, roster_id, %(ecc)s, 0, 'Seat 1', 'expert', %(shifts)s FROM made",
        {"roster": roster, "seat": seat, "ecc": world.organisations["platform"], "shifts": Jsonb([])},
    )
    return roster, seat


def note(**members: object) -> dict[str, object]:
    return {"note": "The crane waits for its part.", "from_at": (NOW - timedelta(hours=8)).isoformat()} | members


async def test_the_leaving_shift_writes_and_the_coming_one_confirms_once(world, clients, seat):
    world.alarm("digger")
    roster, seat_id = seat
    given = note(roster_id=str(roster), seat_id=str(seat_id))
    async with clients.of("expert") as leaving, clients.of("lead") as coming:
        made = await leaving.post(PATH, json=given, headers={"Idempotency-Key": "once"})
        again = await leaving.post(PATH, json=given, headers={"Idempotency-Key": "once"})
        assert (made.status_code, again.json(), made.headers["location"]) == (
            201,
            made.json(),
            f"{PATH}/{made.json()['id']}",
        )
        kept = made.json()
        assert (kept["place"], kept["written_by"], kept["confirmed_at"]) == ("Control centre · Seat 1", "expert", None)
        assert kept["standing"]["active"] == 1
        one = f"{PATH}/{kept['id']}"
        own = await leaving.post(f"{one}/confirm")
        assert (own.status_code, own.json()["errors"][0]["code"]) == (409, "hand_over_own")
        taken = (await coming.post(f"{one}/confirm")).raise_for_status().json()
        assert taken["confirmed_by"] == "lead"
        twice = await coming.post(f"{one}/confirm")
        assert (twice.status_code, "lead" in twice.json()["errors"][0]["message"]) == (409, True)
        assert (await leaving.get(one)).json() == taken
    told = world.conn.execute(
        "SELECT action, actor_name FROM audit WHERE entity = 'hand_over_note' ORDER BY audit_id"
    ).fetchall()
    assert told == [("create", "expert"), ("confirm", "lead")]


async def test_notes_are_listed_by_roster_span_and_whether_they_are_confirmed(world, clients, seat):
    async with clients.of("expert") as http:
        days = [NOW - timedelta(days=n) for n in (3, 2)]
        for at in days:
            body = note(from_at=(at - timedelta(hours=8)).isoformat(), to_at=at.isoformat())
            (await http.post(PATH, json=body)).raise_for_status()

        async def ends(**asked: object) -> list[str]:
            return [one["to_at"] for one in (await http.get(PATH, params=asked)).raise_for_status().json()["items"]]

        later, earlier = (await ends(confirmed=False))[:2]
        assert later > earlier
        span = {"from": (days[0] - timedelta(hours=1)).isoformat(), "to": days[0].isoformat()}
        assert await ends(**span) == [earlier]
        assert await ends(roster=str(seat[0]), confirmed=False) == []
        page = (await http.get(PATH, params={"limit": 1})).json()
        assert [one["to_at"] for one in page["items"]] == [later]
        assert (await ends(limit=1, cursor=page["next_cursor"])) == [earlier]


async def test_what_no_shift_can_be_is_refused_and_it_is_the_control_centres(clients, seat):
    async with clients.of("expert") as http:
        for wrong, code in (
            ({"from_at": (NOW + timedelta(hours=1)).isoformat()}, "hand_over_note_span"),
            ({"from_at": (NOW - timedelta(days=8)).isoformat()}, "hand_over_note_span"),
            ({"seat_id": str(seat[1])}, "hand_over_seat"),
            ({"roster_id": str(seat[0]), "seat_id": str(uuid7())}, "hand_over_seat"),
        ):
            answer = await http.post(PATH, json=note(**wrong))
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
        assert (await http.post(PATH, json=note(roster_id=str(uuid7())))).status_code == 404
        assert (await http.get(f"{PATH}/{uuid7()}")).status_code == 404
    async with clients.of("dealer") as http:
        assert (await http.get(PATH)).status_code == 403
        assert (await http.post(PATH, json=note())).status_code == 403


async def test_nobody_changes_a_note_and_no_tenant_reads_one(world, api_database):
    with psycopg.connect(api_database.url("ecc_api"), autocommit=True) as conn:
        for organisation, seen in (("platform", True), ("north", False)):
            number = str(world.organisations[organisation])
            conn.execute("SELECT set_config('ecc.organisation_id', %s, false)", [number])
            assert bool(conn.execute("SELECT count(*) FROM hand_over_note").fetchone()[0]) is seen
        for statement in ("UPDATE hand_over_note SET note = ''", "DELETE FROM hand_over_confirmation"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


async def test_the_load_is_counted_stretch_by_stretch(world, clients):
    start = NOW - timedelta(days=40)
    for minutes in (0, 5, 15, 65):
        world.alarm("crane", key=f"at {minutes}", state="cleared", raised_at=start + timedelta(minutes=minutes))
    span = {"from": start.isoformat(), "to": (start + timedelta(minutes=70)).isoformat(), "seats": 2}
    async with clients.of("expert") as http:
        path = "/api/v1/alarm-load/series"
        fine = (await http.get(path, params=span)).raise_for_status().json()
        hours = (await http.get(path, params=span | {"every": "hour"})).raise_for_status().json()
        whole = (await http.get("/api/v1/alarm-load", params=span)).json()
        long = {"from": (NOW - timedelta(days=15)).isoformat(), "to": NOW.isoformat()}
        refused = await http.get(path, params=long)
        coarser = await http.get(path, params=long | {"every": "day"})
    assert (fine["every_s"], fine["alarms"]) == (600, [2, 1, 0, 0, 0, 0, 1])
    assert (hours["every_s"], hours["alarms"]) == (3600, [3, 1])
    assert (hours["acceptable"], hours["manageable"], hours["seats"]) == (6, 12, 2)
    assert max(fine["alarms"]) / fine["seats"] == whole["ten_minutes"]["peak"]
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "alarm_series_span")
    assert len(coarser.json()["alarms"]) == 15
