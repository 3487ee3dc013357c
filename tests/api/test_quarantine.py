"""What was refused, as the platform's people look at it and have it sent again; nobody else sees any of it."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from storage.ids import uuid7
from storage.quarantine_replays import ATTEMPTS, UNHEARD_FOR, claim_replay, give_back_unheard
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
MESSAGE = {"boot": "b", "seq": 1, "t": 1, "signals": {"engine_speed_rpm": 900}}
PAYLOADS = {
    "json": json.dumps(MESSAGE).encode(),
    "zipped": gzip.compress(json.dumps(MESSAGE).encode()),
    "text": "boot=1; öl".encode(),
    "bytes": bytes(range(8)),
}


@pytest.fixture(scope="module")
def entries(world) -> dict[str, UUID]:
    """Four that wait, the newest first as they stand here, and one that was sent again."""
    world.machine("known", owner="north")
    world.conn.execute(
        "WITH t AS (INSERT INTO terminal (name, organisation_id) VALUES ('PIN-known', %s) RETURNING terminal_id) "
        "INSERT INTO installation (terminal_id, machine_id) SELECT terminal_id, %s FROM t",
        [world.organisations["north"], world.machines["known"]],
    )
    world.person("lead", world.organisations["platform"], "lead")
    found = {}
    for age, (name, payload) in enumerate([*PAYLOADS.items(), ("sent", PAYLOADS["text"])]):
        world.conn.execute(
            "INSERT INTO refused_payload VALUES (%s, %s, now()) ON CONFLICT DO NOTHING",
            [hashlib.sha256(payload).digest(), payload],
        )
        found[name] = uuid7()
        world.conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, boot, seq, payload_hash, reason, detail, topic, "
            "received_at, "
            "replayed_at) VALUES (%s, %s, 'b', %s, %s, %s, 'no', 'ecc/v1/x/telemetry', %s, %s)",
            [
                found[name],
                "PIN-known" if name == "json" else "NOBODYS",
                age,
                hashlib.sha256(payload).digest(),
                "clock_future" if name in {"json", "zipped"} else "unknown_terminal",
                NOW - timedelta(minutes=age),
                NOW if name == "sent" else None,
            ],
        )
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lead(clients, entries):
    async with clients.of("lead") as http:
        yield http


def ids(answer) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


async def test_what_waits_is_listed_newest_first_in_pages_and_counted_by_reason(lead, entries):
    waiting = [str(entries[name]) for name in PAYLOADS]
    first = await lead.get("/api/v1/quarantine", params={"limit": 3})
    rest = await lead.get("/api/v1/quarantine", params={"limit": 3, "cursor": first.json()["next_cursor"]})
    assert ids(first) + ids(rest) == waiting
    assert rest.json()["next_cursor"] is None
    assert "payload" not in first.json()["items"][0]
    assert ids(await lead.get("/api/v1/quarantine", params={"replayed": True})) == [*waiting, str(entries["sent"])]
    assert ids(await lead.get("/api/v1/quarantine", params={"reason": "unknown_terminal"})) == waiting[2:]
    assert ids(await lead.get("/api/v1/quarantine", params={"terminal": "PIN-known"})) == waiting[:1]
    since = (NOW - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    assert ids(await lead.get("/api/v1/quarantine", params={"from": since})) == waiting[:2]
    assert ids(await lead.get("/api/v1/quarantine", params={"to": since})) == waiting[2:]
    counts = (await lead.get("/api/v1/quarantine/reasons")).json()["items"]
    assert [(one["reason"], one["waiting"]) for one in counts] == [("clock_future", 2), ("unknown_terminal", 2)]
    assert (await lead.get("/api/v1/quarantine", params={"cursor": "nonsense"})).status_code == 422


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("json", "json", '"engine_speed_rpm": 900'),
        ("zipped", "json", '"engine_speed_rpm": 900'),
        ("text", "text", "boot=1; öl"),
        ("bytes", "hex", "00000000  00 01 02 03 04 05 06 07"),
    ],
)
async def test_a_payload_is_shown_readable(lead, entries, name, form, says):
    entry = (await lead.get(f"/api/v1/quarantine/{entries[name]}")).json()
    assert (entry["payload_form"], entry["is_gzip"], entry["is_cut"]) == (form, name == "zipped", False)
    assert says in entry["payload"]
    assert entry["payload_bytes"] == len(PAYLOADS[name])


async def test_the_owner_of_the_machine_is_told_that_a_message_of_it_was_read(lead, clients, entries):
    await lead.get(f"/api/v1/quarantine/{entries['json']}")
    async with clients.of("owner") as owner:
        rows = (await owner.get("/api/v1/audit", params={"action": "read_positions", "by": "others"})).json()["items"]
    assert ("quarantined message", "PIN-known", "lead") in [
        (row["detail"]["what"], row["pin"], row["actor"]) for row in rows
    ]


async def test_only_the_platforms_people_see_it_and_only_some_of_them_send_it_again(clients, lead, entries):
    one = f"/api/v1/quarantine/{entries['json']}"
    for login in ("owner", "dealer", "stranger"):
        async with clients.of(login) as http:
            for path in ("/api/v1/quarantine", "/api/v1/quarantine/reasons", one, "/api/v1/quarantine-replays"):
                assert (await http.get(path)).status_code == 403
            assert (await http.post("/api/v1/quarantine-replays", json={"everything": True})).status_code == 403
            assert "read_quarantine" not in (await http.get("/api/v1/auth/me")).json()["rights"]
    async with clients.of("expert") as http:
        assert (await http.get(one)).status_code == 200
        assert (await http.post("/api/v1/quarantine-replays", json={"everything": True})).status_code == 403
    me = (await lead.get("/api/v1/auth/me")).json()
    assert {"read_quarantine", "replay_quarantine"} <= set(me["rights"])
    assert "expert" in me["grants"]["ecc"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "quarantine_nothing_named"),
        ({"everything": True, "offset": "8h"}, "quarantine_offset_for_all"),
        ({"reason": "clock_future", "offset": "soon"}, "offset_unreadable"),
    ],
)
async def test_a_replay_that_cannot_be_meant_is_refused(lead, body, code):
    answer = await lead.post("/api/v1/quarantine-replays", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_replay_is_asked_for_once_is_in_the_audit_and_waits_for_what_may_publish(lead, entries, world):
    unknown = await lead.post("/api/v1/quarantine-replays", json={"ids": [str(uuid7())]})
    assert unknown.status_code == 404
    wanted = {"ids": [str(entries["json"]), str(entries["zipped"])], "offset": "-8h"}
    asked = await lead.post("/api/v1/quarantine-replays", json=wanted, headers={"idempotency-key": "k1"})
    again = await lead.post("/api/v1/quarantine-replays", json=wanted, headers={"idempotency-key": "k1"})
    assert (asked.status_code, again.json()) == (202, asked.json())
    replay = (await lead.get(asked.headers["location"])).json()
    assert (replay["state"], replay["ids"], replay["offset_ms"], replay["progress_ratio"]) == (
        "queued",
        wanted["ids"],
        -8 * 3_600_000,
        0.0,
    )
    assert [one["id"] for one in (await lead.get("/api/v1/quarantine-replays")).json()["items"]] == [replay["id"]]
    row = (await lead.get("/api/v1/audit", params={"entity": "quarantine_replay"})).json()["items"][0]
    assert (row["actor"], row["action"], row["after"]["ids"]) == ("lead", "replay", wanted["ids"])


async def test_a_replay_whose_worker_dies_is_tried_again_and_fails_in_the_end(lead, world):
    number = (await lead.post("/api/v1/quarantine-replays", json={"reason": "bad_time"})).json()["id"]
    world.conn.execute("DELETE FROM quarantine_replay WHERE replay_id <> %s", [number])
    now = NOW
    for _ in range(ATTEMPTS):
        claimed = claim_replay(world.conn, now=now)
        assert claimed is not None
        assert (claimed.replay_id, claimed.reason) == (number, "bad_time")
        assert not give_back_unheard(world.conn, now=now), "its worker was heard"
        now += UNHEARD_FOR + timedelta(seconds=1)
        give_back_unheard(world.conn, now=now)
    replay = (await lead.get(f"/api/v1/quarantine-replays/{number}")).json()
    assert (replay["state"], replay["failure"]) == ("failed", "lost")
