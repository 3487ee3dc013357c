"""What is too large or too deep is a clear 4xx, and an expensive query is stopped without harm to the others."""

import asyncio
import json
import time

import psycopg
import pytest

from tests.api.conftest import running
from tests.api.generated import DOCUMENT

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOGIN = "/api/v1/auth/login"


async def test_headers_and_addresses_beyond_the_limit_are_refused(clients):
    async with clients.of("owner") as http:
        answers = [
            await http.get("/api/v1/machines", headers={"x-much": "x" * 33_000}),
            await http.get("/api/v1/machines", params={"q": "x" * 17_000}),
            await http.get("/api/v1/machines", params=[(f"p{n}", "1") for n in range(3000)]),
            await http.get("/api/v1/machines", params=[("signals", "engine_speed_rpm")] * 600),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (431, "headers_too_large"),
        (414, "address_too_long"),
        (414, "address_too_long"),
        (414, "address_too_long"),
    ]
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)


async def test_a_body_that_says_it_is_too_large_is_refused_unread(clients):
    async def never():
        raise AssertionError("the body was read")
        yield b""

    async with clients.anybody() as http:
        answer = await http.post(LOGIN, content=never(), headers={"content-length": str(10**9)})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


async def test_a_file_to_import_may_be_larger_whatever_is_imported(clients):
    imports = [path for path in DOCUMENT["paths"] if path.endswith("/import")]
    assert len(imports) > 8
    async with clients.of("expert") as http:
        for path in imports:
            answer = await http.post(path, content=b"x" * 100_000, headers={"content-type": "text/csv"})
            assert answer.status_code in (403, 422), (path, answer.text)


async def test_a_body_without_a_length_is_counted_as_it_comes(clients):
    async def much():
        for _ in range(1000):
            yield b" " * 1000

    async with clients.anybody() as http:
        answer = await http.post(LOGIN, content=much(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[" * 60_000, id="open brackets"),
        pytest.param("[" * 30_000 + "]" * 30_000, id="deep arrays"),
        pytest.param('{"login":' * 6_000 + "1" + "}" * 6_000, id="deep objects"),
        pytest.param('{"login": ' + "9" * 50_000 + "}", id="a huge number"),
        pytest.param('{"login": NaN, "password": 1e999}', id="no numbers"),
        pytest.param('{"login": "a\\u0000b", "password": "\\ud800"}', id="NUL and a lone surrogate"),
        pytest.param("\ufeff{}", id="a byte order mark"),
        pytest.param("", id="nothing"),
        pytest.param("null", id="null"),
    ],
)
async def test_a_body_that_is_hard_to_read_is_invalid_input(clients, body):
    async with clients.anybody() as http:
        answer = await http.post(LOGIN, content=body.encode(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert len(answer.content) < 2000, "the answer repeats the input"


async def test_bytes_that_are_no_text_are_invalid_input(clients):
    async with clients.anybody() as http:
        for body in (b"\xff\xfe{", b'{"login": "\xc3\x28"}'):
            answer = await http.post(LOGIN, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
            (fault,) = answer.json()["errors"]
            assert (fault["where"], fault["code"]) == ("body", "body_no_utf8")
        assert "at byte 12" in fault["message"]
        deep = await http.post(LOGIN, content=b"[" * 60_000, headers={"content-type": "application/json"})
        assert [fault["code"] for fault in deep.json()["errors"]] == ["body_too_deep"]


async def test_expensive_queries_are_stopped_and_the_pool_serves_the_next_caller_at_once(world, api_database):
    """Every connection waits for a query that does not end: each gets 422, none a 5xx, and then all is well."""
    size = 3
    async with (
        running(api_database.url("ecc_api"), statement_timeout_ms=300, pool_size=size) as made,
        made.of("expert") as http,
    ):
        assert (await http.get("/api/v1/machines")).status_code == 200
        with psycopg.connect(api_database.owner_url, autocommit=True) as owner:
            # in a thread: it waits for the API's own reading of the table, which goes on in this loop
            await asyncio.to_thread(
                owner.execute,
                "CREATE POLICY slow ON machine AS RESTRICTIVE FOR SELECT TO ecc_api"
                " USING ((SELECT pg_sleep(5))::text IS NOT NULL)",
            )
            try:
                began = time.monotonic()
                answers = await asyncio.gather(*(http.get("/api/v1/machines") for _ in range(2 * size)))
                took = time.monotonic() - began
            finally:
                await asyncio.to_thread(owner.execute, "DROP POLICY slow ON machine")
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "too_expensive")}
        assert took < 3
        after = await asyncio.gather(*(http.get("/api/v1/machines") for _ in range(2 * size)))
        assert {answer.status_code for answer in after} == {200}


async def test_every_statement_of_a_request_has_the_time_limit(clients):
    async with clients.app.state.pool.transaction() as conn:
        row = await (
            await conn.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        ).fetchone()
    assert row == ("5s", "4s")


async def test_a_problem_never_repeats_what_the_database_said(clients):
    async with clients.of("owner") as http:
        for query in ("q=%00", "kind=%00", "cursor=WyJuYW1lIiwiXHUwMDAwIiwxXQ"):
            answer = await http.get(f"/api/v1/machines?{query}")
            assert answer.status_code == 422
            assert not {"psycopg", "SELECT", "UTF8"} & set(json.dumps(answer.json()).split())
