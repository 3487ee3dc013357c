"""Injections into every place of every operation: none reaches the database, a header, a file, the log or a tenant.

In the suite each place gets one of the payloads, all of them in turn; ECC_FUZZ_CASES=1000 gives each place all.
"""

import asyncio
import io
import itertools
import json
import os
import re
import time
from urllib.parse import unquote

import httpx
import psycopg
import pytest
import pytest_asyncio

from storage.users import create_user
from tests.api.conftest import running
from tests.api.generated import JSON, Caller, Operation, operations
from tests.api.tables import seed_tenant
from tests.api.world import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_ONCE = int(os.environ.get("ECC_FUZZ_CASES", "1"))
MARK = "seeded-south"  # in every text of the other tenant's rows
SLOWEST_S = 2.0

SQL = [
    *("'", '"', "\\", "%", "_", "' OR '1'='1", "' OR 1=1 --", "x') OR ('1'='1", "1 OR 1=1", "1/0", "0x27", "*", "null"),
    *("' AND 1=CAST(version() AS int)--", "'; DROP TABLE machine; --", "1; SELECT pg_sleep(9)", "'||pg_sleep(9)||'"),
    *(
        "1) UNION SELECT password_hash FROM app_user --",
        "name; SELECT 1",
        "-name,(SELECT 1)",
        "x'::int",
        "{1,2}",
        '["x"]',
    ),
    *(
        "%s",
        "%(now)s",
        "{0}",
        "{machine.__class__}",
        "$1",
        "$$",
        "E'\\047'",
        "\u02bc OR \u02bc1\u02bc=\u02bc1",
        "\uff07 OR 1=1",
    ),
    *(
        "1e400",
        "9223372036854775808",
        "-9223372036854775809",
        "2147483648",
        "NaN",
        "infinity",
        "now()",
        "epoch",
        "true",
    ),
    *("\x00", "x\x00'", "\u0660", "\U0001f4a9" * 20),
]
HEADERS = [
    "x\r\nX-Injected: 1",
    "x\nX-Injected: 1",
    "x%0d%0aX-Injected:%201",
    "x\u560d\u560aX-Injected: 1",
    "\r\n\r\n<script>alert(1)</script>",
    'x"; filename="y\r\nX-Injected: 1',
]
PATHS = [
    "../../../../etc/passwd",
    "..\\..\\etc\\passwd",
    "%2e%2e%2fetc%2fpasswd",
    "/etc/passwd\x00.json",
    "file:///etc/passwd",
    ".",
    "..",
]
MARKUP = [
    "<script>alert(1)</script>",
    "]]><x/>",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "{{7*7}}",
    "=1+1",
]
LOGS = ['x\n{"level":"critical","event":"forged"}', "\x1b[31mforged\x1b[0m", "x\u2028forged", "\x08\x08"]
JSON_VALUES = ["9" * 400, "1e999", "-0", "\ud800", "x" * 5000, "[" * 100, "\ufeff", "\u202e"]
PAYLOADS = [*SQL, *HEADERS, *PATHS, *MARKUP, *LOGS, *JSON_VALUES]

BEHIND = re.compile(
    r"psycopg|[Pp]ostgre|sqlstate|syntax error|pg_catalog|relation \"|column \"|constraint|Traceback|File \"/|"
    r"lxml|libxml|invalid input syntax|out of range for type|root:x:0"
)
SIGNS_OUT = {"POST /api/v1/auth/logout", "POST /api/v1/auth/password", "DELETE /api/v1/auth/sessions/{session_id}"}
OPERATIONS = [operation for operation in operations() if str(operation) not in SIGNS_OUT]
XML_BOMB = (
    '<!DOCTYPE l [<!ENTITY a "' + "lol" * 20 + '">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in itertools.pairwise("abcdefgh"))
    + "]><l>&h;</l>"
)  # fmt: skip
XML = [
    XML_BOMB,
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd"><x/>',
    '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e"> %e;]><x/>',
    '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="file:///etc/passwd"/></x>',
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def callers(world, api_database):
    """The administrators of a customer and of the platform; both tenants have a row in every table."""
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
    async with (
        running(api_database.url("ecc_api"), **unlimited) as made,
        made.of("seeded-north") as north,
        made.of("chief") as chief,
    ):
        machine = {"machine": str(world.public["digger"])}
        yield {"north": Caller(http=north, own=dict(machine)), "chief": Caller(http=chief, own=dict(machine))}


def _administrator(world, login: str, organisation: str) -> int:
    return create_user(
        world.conn,
        organisation_id=world.organisations[organisation],
        login=login,
        password=PASSWORD,
        role="administrator",
    )


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
        assert "evil.example" not in answer.text + str(answer.headers), operation
        assert "javascript:" not in answer.text


OUTSIDE = [
    *(b"/../../etc/passwd", b"/assets/../../secret.txt", b"/assets/%2e%2e/%2e%2e/secret.txt", b"//etc/passwd"),
    *(b"/assets/..%2f..%2fsecret.txt", b"/..%5c..%5csecret.txt", b"/%2e%2e/secret.txt", b"/assets//etc/passwd"),
    *(b"/secret.txt%00.js", b"/assets/secret.txt%00", b"/api/v1/../../secret.txt", b"/link/secret.txt"),
    *(b"/problems/..%2f..%2fsecret.txt", b"/aemp/../secret.txt", b"/%ed%a0%80", b"/%c0%ae%c0%ae/secret.txt"),
]


async def test_no_path_leads_out_of_the_console(world, api_database, tmp_path):
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("console")
    (tmp_path / "secret.txt").write_text("root:x:0 secret")
    (dist / "link").symlink_to(tmp_path)
    async with running(api_database.url("ecc_api"), console_dist=dist) as made:
        for raw in OUTSIDE:
            status, body = await raw_get(made.app, raw)
            assert status < 500, raw
            assert b"root:x:0" not in body, raw


async def raw_get(app, raw: bytes) -> tuple[int, bytes]:
    """The answer to a path that no client would send as it is."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": unquote(raw.decode("latin-1")),
        "raw_path": raw,
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"ecc.test")],
        "client": ("127.0.0.1", 1),
        "server": ("ecc.test", 80),
    }
    sent: list[dict] = []
    received = itertools.chain([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        return next(received, None) or await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_text_of_a_caller_never_begins_a_line_of_the_log(as_json):
    import logging

    from app.logging import get_logger, set_up_logging
    from app.settings import Settings

    before = logging.getLogger().handlers, logging.getLogger().level
    stream = io.StringIO()
    try:
        set_up_logging(Settings(log_json=as_json), "test", stream)
        for payload in (*LOGS, *HEADERS):
            stream.seek(0)
            stream.truncate()
            get_logger("api").warning("refused", login=payload)
            assert len(stream.getvalue().rstrip("\n").splitlines()) == 1, payload
            assert "\x1b" not in stream.getvalue()
    finally:
        logging.getLogger().handlers, _ = before[0], logging.getLogger().setLevel(before[1])


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
