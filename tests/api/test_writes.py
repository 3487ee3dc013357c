"""Versions, keys that make a POST happen once, and sparse fields; shown on sites."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage.idempotency import delete_expired_keys
from tests.api.conftest import running

pytestmark = pytest.mark.asyncio(loop_scope="module")
SITES = "/api/v1/sites"


def site(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "time_zone": "Asia/Shanghai"} | more


def rows(world, name: str) -> int:
    return world.conn.execute("SELECT count(*) FROM site WHERE name = %s", [name]).fetchone()[0]


def kept(world) -> int:
    return world.conn.execute("SELECT count(*) FROM idempotency").fetchone()[0]


async def test_the_same_request_sent_again_is_answered_again_and_not_done_again(world, clients):
    async with clients.of("owner", **{"idempotency-key": "one"}) as http:
        first = await http.post(SITES, json=site("Once"))
        again = await http.post(SITES, json=site("Once"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert rows(world, "Once") == 1


async def test_a_key_that_comes_with_another_request_is_refused(world, clients):
    async with clients.of("owner", **{"idempotency-key": "two"}) as http:
        await http.post(SITES, json=site("Two"))
        answer = await http.post(SITES, json=site("Other"))
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert rows(world, "Other") == 0


async def test_what_stands_behind_the_question_mark_is_of_the_request(world, clients):
    lines = {"content": "name,time_zone\nTried,Asia/Shanghai\n", "headers": {"content-type": "text/csv"}}
    async with clients.of("owner", **{"idempotency-key": "three"}) as http:
        tried = await http.post(f"{SITES}/import?dry_run=true", **lines)
        assert tried.status_code == 200, tried.text
        answer = await http.post(f"{SITES}/import", **lines)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert rows(world, "Tried") == 0


async def test_keys_are_the_callers_own(world, clients):
    made = []
    for login in ("owner", "colleague", "dealer", "stranger"):
        async with clients.of(login, **{"idempotency-key": "shared"}) as http:
            answer = await http.post(SITES, json=site(f"Site of {login}"))
            assert "idempotency-replayed" not in answer.headers
            made.append(answer.status_code)
    assert made == [201, 201, 201, 201]


async def test_an_error_is_not_kept_and_the_key_is_free_again(world, clients):
    before = kept(world)
    async with clients.of("owner", **{"idempotency-key": "failing"}) as http:
        assert (await http.post(SITES, json=site("Bad", time_zone="Mars/Olympus"))).status_code == 422
        assert kept(world) == before
        assert (await http.post(SITES, json=site("Good"))).status_code == 201


async def test_many_at_once_with_one_key_make_one_thing(world, api_database):
    async with (
        running(api_database.url("ecc_api"), pool_size=10) as made,
        made.of("owner", **{"idempotency-key": "race"}) as http,
    ):
        answers = await asyncio.gather(*(http.post(SITES, json=site("Raced")) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted("idempotency-replayed" in answer.headers for answer in answers) == [False] + [True] * 9
    assert rows(world, "Raced") == 1


async def test_one_who_waits_too_long_for_the_key_is_told_to_come_back(world, api_database, clients):
    async with clients.of("owner", **{"idempotency-key": "slow"}) as http:
        await http.post(SITES, json=site("Slow"))
    world.conn.execute("UPDATE idempotency SET created_at = '2000-01-01Z'")
    with psycopg.connect(api_database.owner_url) as other:
        other.execute("SELECT FROM idempotency FOR UPDATE")
        async with (
            running(api_database.url("ecc_api"), statement_timeout_ms=100) as made,
            made.of("owner", **{"idempotency-key": "slow"}) as http,
        ):
            answer = await http.post(SITES, json=site("Slow"))
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "still being worked on" in answer.json()["detail"]


async def test_after_a_day_a_key_is_new_and_housekeeping_forgets_it(world, api_database, clients):
    async with clients.of("owner", **{"idempotency-key": "old"}) as http:
        await http.post(SITES, json=site("Old"))
        world.conn.execute("UPDATE idempotency SET created_at = created_at - interval '1 day'")
        answer = await http.post(SITES, json=site("New"))
        assert (answer.status_code, rows(world, "New")) == (201, 1)
    now, all_of_them = datetime.now(UTC), kept(world)
    with psycopg.connect(api_database.url("ecc_housekeeping"), autocommit=True) as conn:
        assert delete_expired_keys(conn, now=now) == all_of_them - 1
        assert delete_expired_keys(conn, now=now + timedelta(days=2)) == 1
    assert kept(world) == 0


async def test_what_is_kept_of_an_answer_cannot_be_read_in_the_database(world, clients):
    async with clients.of("owner", **{"idempotency-key": "nobody-may-read-this"}) as http:
        await http.post(SITES, json=site("Secret Place"))
    found = world.conn.execute("SELECT i::text, convert_from(body, 'UTF8') FROM idempotency i").fetchall()
    assert found
    assert not any("Secret Place" in text or "nobody-may-read-this" in text for row in found for text in row)


async def test_a_key_that_is_no_key_is_invalid_input(clients):
    async with clients.of("owner") as http:
        for key in ("x" * 201, "with space", ""):
            answer = await http.post(SITES, json=site("Never"), headers={"idempotency-key": key})
            assert answer.status_code == 422, key


async def test_a_change_names_the_version_it_was_made_from(clients):
    async with clients.of("owner") as http:
        made = await http.post(SITES, json=site("Versions"))
        path = made.headers["location"]
        assert made.headers["etag"] == '"1"'
        for tag, status, code in (
            (None, 428, "precondition_required"),
            ("", 428, "precondition_required"),
            ('"2"', 412, "precondition_failed"),
            ('"2", "3"', 412, "precondition_failed"),
            ('"another", "2-0123"', 412, "precondition_failed"),
            ("nonsense", 412, "precondition_failed"),
            ('"99999999999999999999"', 412, "precondition_failed"),
            ('"١"', 412, "precondition_failed"),
        ):
            headers = {} if tag is None else {"if-match": tag.encode()}
            answer = await http.patch(path, json={"address": "x"}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code), tag
        changed = await http.patch(path, json={"address": "x"}, headers={"if-match": '"another", W/"1", "1-0123"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        read = (await http.get(path)).headers["etag"]
        changed = await http.patch(path, json={"address": "y"}, headers={"if-match": read})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"3"')
        assert (await http.delete(path, headers={"if-match": read})).status_code == 412
        assert (await http.delete(path, headers={"if-match": '"3"'})).status_code == 204


async def test_of_several_versions_any_may_be_the_one_and_a_star_is_whatever_there_is(clients):
    """RFC 9110, 13.1.1; on what keeps its version in each way: a row, a first version that is none yet, a revision."""
    async with clients.of("owner") as http:
        path = (await http.post(SITES, json=site("Any"))).headers["location"]
        for tags, version in (('"7", "1"', '"2"'), (' "2-0123" ,"1"', '"3"'), ("*", '"4"')):
            changed = await http.patch(path, json={"address": version}, headers={"if-match": tags})
            assert (changed.status_code, changed.headers.get("etag")) == (200, version), tags
        assert (await http.delete(path, headers={"if-match": '"1", "2", "3"'})).status_code == 412
        assert (await http.delete(path, headers={"if-match": '"3", "4"'})).status_code == 204
        for own in ("/api/v1/notices/preferences", "/api/v1/auth/me"):
            first = (await http.get(own)).json()["version"]
            change = {"cleared": False} if "notices" in own else {"units": "imperial"}
            listed = await http.patch(own, json=change, headers={"if-match": f'"{first + 5}", "{first}"'})
            assert (listed.status_code, listed.headers["etag"]) == (200, f'"{first + 1}"'), own
            assert (await http.patch(own, json=change, headers={"if-match": f'"{first}"'})).status_code == 412
            assert (await http.patch(own, json=change, headers={"if-match": "*"})).status_code == 200


async def test_of_two_changes_from_one_version_one_wins(clients):
    async with clients.of("owner") as http:
        path = (await http.post(SITES, json=site("Contended"))).headers["location"]
        answers = await asyncio.gather(
            *(http.patch(path, json={"address": f"{n}"}, headers={"if-match": '"1"'}) for n in range(6))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5


async def test_what_the_caller_has_already_is_not_sent_again(clients):
    async with clients.of("owner", **{"accept-encoding": "gzip"}) as http:
        path = (await http.post(SITES, json=site("Known", address="x" * 500))).headers["location"]
        known = (await http.get(path)).headers["etag"]
        assert known.startswith('"1-')
        tags = ((known, 304), (f"W/{known}", 304), (f'"0", {known}', 304), ("*", 304))
        for tag, status in (*tags, ('"1"', 200), (known.replace('"1-', '"2-'), 200), ("1", 200)):
            answer = await http.get(path, headers={"if-none-match": tag})
            assert answer.status_code == status, tag
            assert answer.headers["etag"] == known
            assert bool(answer.content) is (status == 200)
            assert ("content-length" in answer.headers) is (status == 200)
        missing = await http.get(path[:-4] + "0000", headers={"if-none-match": "*"})
        assert missing.status_code == 404


async def test_sparse_fields_are_those_asked_for_and_the_id(clients):
    async with clients.of("owner") as http:
        path = (await http.post(SITES, json=site("Sparse"))).headers["location"]
        one = await http.get(f"{path}?fields=name,version")
        assert (set(one.json()), one.headers["etag"][:3]) == ({"id", "name", "version"}, '"1-')
        page = (await http.get(f"{SITES}?fields=name")).json()
        assert set(page) == {"items", "next_cursor"}
        assert {frozenset(item) for item in page["items"]} == {frozenset({"id", "name"})}
        for address in (f"{path}?fields=name,colour", f"{SITES}?fields=colour", f"{SITES}?q=nothing&fields=colour"):
            answer = await http.get(address)
            assert answer.status_code == 422, address
            assert "No such field: colour. There are: id," in answer.json()["detail"]
        assert (await http.get(f"{path}?fields=name;drop")).status_code == 422


async def test_the_document_says_that_sparse_answers_have_an_id_at_least(clients):
    async with clients.anybody() as http:
        document = (await http.get("/openapi.json")).json()
    answer = document["paths"]["/api/v1/sites/{site_id}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {
        "anyOf": [{"$ref": "#/components/schemas/Site"}, {"$ref": "#/components/schemas/SiteFields"}]
    }
    for cut in ("SiteFields", "MaintenancePlanFields"):  # a plan has items of its own, and is no page of them
        assert document["components"]["schemas"][cut]["required"] == ["id"]
