"""Notes beside readings, a machine watched reading by reading, and its trips, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
DIGGER = "/api/v1/machines/pin:PIN-digger"
NOTES, LATEST, TRIPS = f"{DIGGER}/notes", f"{DIGGER}/readings/latest", f"{DIGGER}/trips"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def of(clients, login, method, path, body=None, **headers):
    async with clients.of(login, **headers) as http:
        return await http.request(method, path, json=body)


async def get(clients, login, path, **params):
    async with clients.of(login) as http:
        return await http.get(path, params=params)


async def test_a_note_is_written_read_and_withdrawn_and_stays_in_the_record(clients, world):
    body = {"from_at": (NOW - HOUR).isoformat(), "text": "  Radiator washed\n"}
    made = await of(clients, "expert", "POST", NOTES, body, **{"idempotency-key": "note-1"})
    assert made.status_code == 201, made.text
    again = await of(clients, "expert", "POST", NOTES, body, **{"idempotency-key": "note-1"})
    assert (again.json()["id"], again.headers["idempotency-replayed"]) == (made.json()["id"], "true")
    note = made.json()
    assert (note["text"], note["to_at"], note["written_by"], note["may_withdraw"]) == (
        "Radiator washed",
        None,
        "expert",
        True,
    )
    (seen,) = (await get(clients, "owner", NOTES)).json()["items"]
    assert (seen["id"], seen["may_withdraw"]) == (note["id"], False)
    withdraw = f"{NOTES}/{note['id']}/withdraw"
    refused = await of(clients, "owner", "POST", withdraw)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "note_of_others")
    gone = await of(clients, "expert", "POST", withdraw)
    assert (gone.status_code, gone.json()["withdrawn_by"], gone.json()["may_withdraw"]) == (200, "expert", False)
    twice = await of(clients, "expert", "POST", withdraw)
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (409, "note_withdrawn")
    assert (await get(clients, "expert", NOTES)).json()["items"] == []
    kept = (await get(clients, "expert", NOTES, withdrawn="true")).json()["items"]
    assert [one["text"] for one in kept] == ["Radiator washed"]
    written = world.conn.execute(
        "SELECT action, after ->> 'text' FROM audit WHERE action LIKE '%_note' ORDER BY audit_id"
    ).fetchall()
    assert written == [("write_note", "Radiator washed"), ("withdraw_note", None)]


async def test_notes_are_of_the_span_that_they_touch(clients, world):
    span = {"from_at": (NOW - 3 * DAY).isoformat(), "to_at": (NOW - 2 * DAY).isoformat(), "text": "Hired out"}
    instant = {"from_at": (NOW - 2 * DAY).isoformat(), "text": "Back"}
    for body in (span, instant):
        assert (await of(clients, "owner", "POST", NOTES, body)).status_code == 201

    async def told(first, last):
        found = await get(clients, "owner", NOTES, **{"from": first.isoformat(), "to": last.isoformat()})
        return [one["text"] for one in found.json()["items"]]

    assert await told(NOW - 5 * DAY, NOW - 3 * DAY) == []
    assert await told(NOW - 2.5 * DAY, NOW - 2.4 * DAY) == ["Hired out"]
    assert await told(NOW - 2 * DAY, NOW - DAY) == ["Back"]
    assert await told(NOW - 5 * DAY, NOW) == ["Back", "Hired out"]
    page = (await get(clients, "owner", NOTES, limit=1)).json()
    rest = (await get(clients, "owner", NOTES, limit=1, cursor=page["next_cursor"])).json()
    assert [one["text"] for one in (*page["items"], *rest["items"])] == ["Back", "Hired out"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": " \n"}, "text_empty"),
        ({"text": "x", "from_at": (NOW + DAY).isoformat()}, "note_in_future"),
        ({"text": "x", "from_at": (NOW - DAY).isoformat(), "to_at": (NOW + DAY).isoformat()}, "note_in_future"),
        ({"text": "x", "from_at": (NOW - DAY).isoformat(), "to_at": (NOW - DAY).isoformat()}, "span_backwards"),
    ],
)
async def test_what_is_no_note_is_refused(clients, body, code):
    answer = await of(clients, "owner", "POST", NOTES, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_who_does_not_see_the_readings_of_that_time_reads_no_note_of_it(clients, world):
    world.machine("sold", owner=None)
    world.own("sold", "north", to_at=NOW - DAY)
    world.own("sold", "south", from_at=NOW - DAY)
    path = "/api/v1/machines/pin:PIN-sold/notes"
    before, after = NOW - 2 * DAY, NOW - HOUR
    for login, at in (("owner", before), ("stranger", after), ("expert", before)):
        made = await of(clients, login, "POST", path, {"from_at": at.isoformat(), "text": f"by {login}"})
        assert made.status_code == 201, made.text
    across = {"from_at": before.isoformat(), "to_at": after.isoformat(), "text": "across the sale"}
    assert (await of(clients, "expert", "POST", path, across)).status_code == 201

    async def texts(login):
        return sorted(one["text"] for one in (await get(clients, login, path)).json()["items"])

    assert await texts("owner") == ["by expert", "by owner"]
    assert await texts("stranger") == ["by stranger"]
    assert await texts("expert") == ["across the sale", "by expert", "by owner", "by stranger"]
    hidden = await of(clients, "stranger", "POST", path, {"from_at": before.isoformat(), "text": "x"})
    assert (hidden.status_code, hidden.json()["errors"][0]["code"]) == (422, "note_not_visible")
    assert (await of(clients, "auditor", "POST", path, {"text": "x"})).status_code == 403
    assert (await get(clients, "stranger", NOTES)).status_code == 404
    world.share("crane", "north", data_class="position")
    crane = "/api/v1/machines/pin:PIN-crane/notes"
    assert (await of(clients, "stranger", "POST", crane, {"text": "low oil"})).status_code == 201
    assert (await get(clients, "owner", crane)).json()["items"] == [], "a share of places shows no readings"


async def test_the_database_itself_keeps_notes_apart(world, api_database):
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        for organisation, most in (("south", {"by stranger", "low oil"}), ("north", {"by owner", "by expert"})):
            conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(world.organisations[organisation])])
            seen = {text for (text,) in conn.execute("SELECT text FROM machine_note WHERE text LIKE 'by %'")}
            assert seen <= most, organisation
        conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(world.organisations["south"])])
        assert conn.execute("UPDATE machine_note SET withdrawn_at = now() WHERE text = 'by owner'").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("UPDATE machine_note SET text = 'changed'")


async def test_a_machine_is_watched_reading_by_reading_from_the_last_one_received(clients, world):
    now = datetime.now(UTC)
    rows = [(now - timedelta(seconds=s), {"engine_speed_rpm": 1500.0 + s}) for s in range(5, 0, -1)]
    rows.append((now - HOUR, {"engine_speed_rpm": 1.0}))
    rows.append((now, {"fuel_level_pct": 62.5, "latitude_deg": 31.2, "longitude_deg": 121.4, "engine_hours_h": 7.25}))
    world.readings("digger", rows)
    told = {"engine_speed_rpm": 1501.0, "fuel_level_pct": 62.5, "engine_hours_h": 7.25, "latitude_deg": 31.2}
    world.state("digger", told | {"longitude_deg": 121.4}, at=now)
    first = (await get(clients, "owner", LATEST)).json()
    assert [datetime.fromisoformat(at) for at in first["at"]] == [at for at, _ in rows if at > now - MINUTE]
    assert first["at"] == first["received_at"], "the rows of the test are received when they are measured"
    assert first["signals"]["engine_speed_rpm"] == {
        "unit": "rpm",
        "values": [1505.0, 1504.0, 1503.0, 1502.0, 1501.0, None],
    }
    assert first["signals"]["fuel_level_pct"]["values"] == [None] * 5 + [62.5]
    assert set(first["signals"]) == {"engine_speed_rpm", "fuel_level_pct", "engine_hours_h"}, "without the place"
    later = (await get(clients, "owner", LATEST, after=first["received_at"][3])).json()
    assert later["at"] == first["at"][4:]
    newest = (await get(clients, "owner", LATEST, limit=2)).json()
    assert (newest["at"], newest["truncated"]) == (first["at"][-2:], True)
    assert (await get(clients, "owner", LATEST, after=first["received_at"][-1])).json()["at"] == []
    world.share("digger", "south", data_class="hours")
    hours = (await get(clients, "stranger", LATEST)).json()
    assert set(hours["signals"]) == {"engine_hours_h"}
    assert hours["at"] == first["at"][-1:]
    places = world.conn.execute("SELECT count(*) FROM audit WHERE detail ->> 'what' LIKE '%latest%'").fetchone()
    assert places == (0,)


async def test_trips_are_told_to_who_may_know_the_exact_places_and_noted(clients, world):
    begin = (NOW - 5 * HOUR).replace(second=0)
    way = [(begin + m * MINUTE, 31.2 + 0.003 * max(0, min(m, 22) - 12)) for m in range(40)]  # drives minutes 12 to 22
    world.readings("digger", [(at, {"latitude_deg": lat, "longitude_deg": 121.4}) for at, lat in way])
    span = {"from": begin.isoformat(), "to": (begin + 40 * MINUTE).isoformat()}
    found = (await get(clients, "owner", TRIPS, **span)).json()
    (trip,) = found["items"]
    assert datetime.fromisoformat(trip["from_at"]) == begin + 12 * MINUTE
    assert datetime.fromisoformat(trip["to_at"]) == begin + 22 * MINUTE
    assert trip["distance_m"] == pytest.approx(0.03 * 111_195, rel=1e-3)
    assert (trip["driving_s"], trip["is_heard"], found["is_withheld"]) == (600.0, True, False)
    assert (trip["latitude_deg"], trip["longitude_deg"]) == ([31.2, 31.23], [121.4, 121.4])
    assert (found["distance_m"], found["driving_s"], found["positions"]) == (trip["distance_m"], 600.0, 40)
    noted = world.conn.execute("SELECT actor_name FROM audit WHERE detail ->> 'what' = 'trips'").fetchall()
    assert noted == [("owner",)]
    hidden = (await get(clients, "auditor", TRIPS, **span)).json()
    assert (hidden["items"], hidden["positions"], hidden["is_withheld"]) == ([], 0, True)
    assert (await get(clients, "stranger", TRIPS, **span)).json()["items"] == [], "a share of hours shows no place"
    long = await get(clients, "owner", TRIPS, **(span | {"from": (begin - 40 * DAY).isoformat()}))
    assert (long.status_code, long.json()["errors"][0]["code"]) == (422, "span_too_long")


async def test_trips_end_where_the_places_are_not_the_callers_any_more(clients, world):
    begin = (NOW - 4 * HOUR).replace(second=0)
    world.machine("moved", owner=None)
    world.own("moved", "north", to_at=begin + 20 * MINUTE)
    world.own("moved", "south", from_at=begin + 20 * MINUTE)
    way = [(begin + m * MINUTE, 31.2 + 0.003 * max(0, min(m, 32) - 8)) for m in range(45)]
    world.readings("moved", [(at, {"latitude_deg": lat, "longitude_deg": 121.4}) for at, lat in way])
    path, span = "/api/v1/machines/pin:PIN-moved/trips", {"from": begin.isoformat(), "to": NOW.isoformat()}
    seller = (await get(clients, "owner", path, **span)).json()
    buyer = (await get(clients, "stranger", path, **span)).json()
    assert [one["to_at"] for one in seller["items"]] == [(begin + 19 * MINUTE).isoformat().replace("+00:00", "Z")]
    assert [one["from_at"] for one in buyer["items"]] == [(begin + 20 * MINUTE).isoformat().replace("+00:00", "Z")]
    assert (seller["is_withheld"], buyer["is_withheld"]) == (True, True)
