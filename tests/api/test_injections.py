"""Injections into every place of every operation: none reaches the database, a header, a file, the log or a tenant.

In the suite each place gets one of the payloads, all of them in turn; ECC_FUZZ_CASES=1000 gives each place all.
"""

import itertools
import json
import os
import re
import time

import httpx
import psycopg
import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.api.generated import JSON, Caller, Operation, operations
from tests.api.payloads import PAYLOADS, XML
from tests.api.tables import seed_tenant

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_ONCE = int(os.environ.get("ECC_FUZZ_CASES", "1"))
MARK = "seeded-south"  # in every text of the other tenant's rows
SLOWEST_S = 2.0

BEHIND = re.compile(
    r"psycopg|[Pp]ostgre|sqlstate|syntax error|pg_catalog|relation \"|column \"|constraint|Traceback|File \"/|"
    r"lxml|libxml|invalid input syntax|out of range for type|root:x:0"
)
SIGNS_OUT = {"POST /api/v1/auth/logout", "POST /api/v1/auth/password", "DELETE /api/v1/auth/sessions/{session_id}"}
OPERATIONS = [operation for operation in operations() if str(operation) not in SIGNS_OUT]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def callers(world, api_database, tmp_path_factory):
    """The administrators of a customer and of the platform; both tenants have a row in every table.

    A path of two dots leads to a page of the console (/aemp/../Fleet is /Fleet), so there is a console.
    """
    dist = tmp_path_factory.mktemp("dist")
    (dist / "index.html").write_text("console")
    for name, mark in (("north", 101.5), ("south", 202.5)):
        world.machine(f"seeded-{name}", owner=name)
        user = _administrator(world, f"seeded-{name}", name)
        seed_tenant(
            world.conn,
            organisation=world.organisations[name],
            machine=world.machines[f"seeded-{name}"],
            user=user,
            tag=f"seeded-{name}",
            mark=mark,
        )
    _administrator(world, "chief", "platform")
    unlimited = {"reads_per_minute": 0, "expensive_reads_per_minute": 0, "writes_per_minute": 0}
    unlimited["free_sign_in_attempts"] = 1_000_000
    unlimited["console_dist"] = dist
    async with (
        running(api_database.url("ecc_api"), **unlimited) as made,
        made.of("seeded-north") as north,
        made.of("chief") as chief,
    ):
        machine = {"machine": str(world.public["digger"])}
        yield {"north": Caller(http=north, own=dict(machine)), "chief": Caller(http=chief, own=dict(machine))}


def _administrator(world, login: str, organisation: str) -> int:
    return world.person(login, world.organisations[organisation], "administrator")


def check(answer: httpx.Response, took_s: float, sent: str) -> None:
    """No server error, no word of what lies behind, no header of the sender's making, and at once."""
    assert answer.status_code < 500, answer.text
    text = answer.text.replace(sent, "").replace(json.dumps(sent)[1:-1], "")
    assert not BEHIND.search(text), text
    for name, value in answer.headers.raw:
        assert not {b"\r", b"\n"} & {value[i : i + 1] for i in range(len(value))}, name
        assert name.lower() != b"x-injected"
    assert took_s < SLOWEST_S


_payloads = itertools.cycle(PAYLOADS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@pytest.mark.parametrize("caller", ["north", "chief"])
async def test_no_text_at_any_place_of_a_request_does_more_than_be_a_text(callers, caller, operation: Operation):
    makes = callers[caller]
    for place in operation.places():
        for payload in itertools.islice(_payloads, min(AT_ONCE, len(PAYLOADS))):
            began = time.monotonic()
            answer = await makes.send(operation, place, payload)
            check(answer, time.monotonic() - began, payload)
            if caller == "north":
                assert MARK not in answer.text
                assert "202.5" not in answer.text
            assert answer.status_code != 401 or operation.is_public, "the caller was signed out by this or before"


async def test_a_text_filter_finds_what_holds_the_text_and_nothing_else(callers):
    """`%` and `_` are no wildcards, and no condition is added to the query's own."""
    for operation in OPERATIONS:
        if operation.method != "GET" or "{" in operation.path:
            continue
        for place in operation.places():
            if place.kind != "query" or place.name in {"cursor", "fields", "sort", "limit"}:
                continue
            for text in ("%", "_", "' OR '1'='1", "x') OR ('1'='1"):
                answer = await callers["chief"].send(operation, place, text)
                found = answer.json().get("items", []) if answer.status_code == 200 else []
                assert all(text in json.dumps(item) for item in found), f"{operation} {place.name}={text}"


@pytest.mark.parametrize("body", XML, ids=["bomb", "entity", "dtd", "parameter entity", "xinclude"])
async def test_xml_is_nowhere_expanded(callers, body):
    for operation in OPERATIONS:
        if operation.method in {"POST", "PUT", "PATCH"}:
            path = operation.path.replace("{machine}", "pin:PIN-digger")
            path = re.sub(r"\{\w+\}", "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44", path)
            began = time.monotonic()
            answer = await callers["north"].http.request(
                operation.method, path, content=body, headers={"content-type": "application/xml"}
            )
            check(answer, time.monotonic() - began, body)
            assert answer.status_code >= 400 or not operation.bodies


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"name": "a", "name": "b", "login": "c", "login": "d"}', id="duplicate members"),
        pytest.param('{"name": ' + "9" * 60_000 + "}", id="a huge number"),
        pytest.param('{"name": NaN, "latitude_deg": Infinity, "limit": -Infinity}', id="no numbers"),
        pytest.param('{"name":' * 5000 + "1" + "}" * 5000, id="deep"),
        pytest.param('{"name": "\\u0000", "\\u0000": 1}', id="NUL"),
        pytest.param('{"name": "\\ud800", "\\udfff": 1}', id="lone surrogates"),
        pytest.param('{"__proto__": {"role": "lead"}, "constructor": {"prototype": {}}}', id="prototype"),
        pytest.param(
            '{"organisation_id": 1, "role": "lead", "version": 99, "id": 1, "user_id": 1}', id="foreign members"
        ),
        pytest.param('["name"]', id="an array"),
        pytest.param('"name"', id="a text"),
    ],
)
async def test_a_body_that_is_made_to_confuse_is_refused(callers, body):
    for operation in OPERATIONS:
        if not operation.bodies:
            continue
        path = operation.path.replace("{machine}", "pin:PIN-digger")
        path = re.sub(r"\{\w+\}", "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44", path)
        for media in operation.bodies:
            began = time.monotonic()
            answer = await callers["chief"].http.request(
                operation.method, path, content=body, headers={"content-type": media, "if-match": '"1"'}
            )
            check(answer, time.monotonic() - began, body)
            assert media != JSON or 400 <= answer.status_code < 500, f"{operation} took {body[:60]}"


async def test_hosts_that_the_caller_makes_up_are_not_believed(callers):
    evil = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example;proto=https"}
    evil |= {"x-forwarded-proto": "javascript", "x-forwarded-for": "203.0.113.9", "x-original-url": "/metrics"}
    for operation in OPERATIONS:
        if operation.method != "GET":
            continue
        makes = callers["chief"]
        makes.http.headers.update(evil)
        try:
            answer = await makes.send(operation)
        finally:
            for name in evil:
                del makes.http.headers[name]
        assert answer.status_code < 500
        if not operation.path.startswith(
            "/aemp/"
        ):  # a page's links lead back to whoever named the host, and are not kept
            assert "evil.example" not in answer.text + str(answer.headers), operation
        assert "javascript:" not in answer.text


async def test_after_all_of_it_every_table_is_there_and_the_other_tenant_has_what_it_had(callers, api_database, world):
    with psycopg.connect(api_database.owner_url) as conn:
        counts = {
            table: conn.execute(
                f"SELECT count(*) FROM {table} WHERE organisation_id = %s", [world.organisations["south"]]
            ).fetchone()
            for table in ("site", "geofence", "roster", "app_user", "webhook", "api_client", "ownership")
        }
        kinds = conn.execute("SELECT count(*) FROM machine WHERE name = 'seeded-south'").fetchone()
    assert counts == {
        "site": (1,),
        "geofence": (1,),
        "roster": (1,),
        "app_user": (2,),
        "webhook": (1,),
        "api_client": (1,),
        "ownership": (2,),
    }
    assert kinds == (1,)
