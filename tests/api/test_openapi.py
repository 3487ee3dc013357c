"""The OpenAPI document, and every operation against it with generated input: no 5xx, every answer as documented."""

import hashlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.export_openapi import document
from tests.api.conftest import settings_for
from tests.api.world import CATALOGUE, NOW, World

DOCUMENT = json.loads(document())
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT).exclude(path="/api/v1/live")
OPERATIONS = [(path, method) for path, operations in DOCUMENT["paths"].items() for method in operations]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_has_an_example_and_says_who_may_call_it(path, method):
    operation = DOCUMENT["paths"][path][method]
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    assert all("example" in content for answer in good for content in answer.get("content", {}).values())
    assert "204" in operation["responses"] or good[0]["content"]
    assert operation["description"]
    public = path.startswith(("/healthz", "/readyz", "/metrics")) or path.endswith(("/login", "/logout"))
    assert ("security" in operation) is not public
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            assert list(answer["content"]) == ["application/problem+json"]


def test_the_examples_are_valid_for_their_schemas():
    import jsonschema

    for path, method in OPERATIONS:
        for answer in DOCUMENT["paths"][path][method]["responses"].values():
            content = answer.get("content", {}).get("application/json")
            if content and "example" in content:
                jsonschema.validate(content["example"], {**content["schema"], "components": DOCUMENT["components"]})


@pytest.fixture(scope="module")
def rich(world: World) -> World:
    """A machine and an alarm with something of everything."""
    world.state("digger", {s.key: 1.0 for s in CATALOGUE}, at=datetime.now(UTC))
    world.readings("digger", [(NOW - timedelta(seconds=n), {"engine_speed_rpm": float(n)}) for n in range(300)])
    for kind, columns in (
        (1, {"spn": 100, "fmi": 1, "lamps": 4, "source_address": 0}),
        (2, {"signal_id": 3, "value": 1}),
    ):
        world.event("digger", NOW, kind=kind, **columns)
    world.event("digger", NOW, text="a note")
    world.extra("digger", [(NOW, "grease_level_pct", 40.0)])
    world.alarm("digger")
    world.conn.execute(
        "INSERT INTO fault_code VALUES (%s, 0, 100, 1, now(), now(), -1, true)", [world.machines["digger"]]
    )
    return world


@pytest.fixture(scope="module")
def address(rich, api_database):
    """(address, headers of the expert)"""
    app = create_app(settings_for(api_database.url("ecc_api"), login_attempts_per_quarter_hour=1_000_000))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        conn.execute(
            "INSERT INTO app_session SELECT %s, user_id, now(), now() + interval '1 hour' "
            "FROM app_user WHERE login = 'expert'",
            [hashlib.sha256(b"generated").digest()],
        )
    token = app.state.sessions.sign("generated", now=datetime.now(UTC))[0]
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", {"Authorization": f"Bearer {token}"}
    server.should_exit = True
    thread.join()


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_get_documented_answers(case, address, rich):
    url, headers = address
    headers = {} if case.path.endswith("/logout") else headers
    case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)
    if "machine" in case.path_parameters:
        case.path_parameters["machine"] = "pin:PIN-digger"
        case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)


def test_real_answers_have_the_documented_shape(address, rich):
    """The large answers are not validated on their way out: here they are."""
    import jsonschema

    url, headers = address
    machine = "/api/v1/machines/pin:PIN-digger"
    with httpx.Client(base_url=url, headers=headers) as http:
        alarm = http.get("/api/v1/alarms").json()["items"][0]["id"]
        for path, template in (
            (f"{machine}/state", "/api/v1/machines/{machine}/state"),
            (f"{machine}/readings", "/api/v1/machines/{machine}/readings"),
            (f"{machine}/readings?max_points=10", "/api/v1/machines/{machine}/readings"),
            ("/api/v1/fleet/positions", "/api/v1/fleet/positions"),
            ("/api/v1/machines", "/api/v1/machines"),
            (f"{machine}/events", "/api/v1/machines/{machine}/events"),
            (f"{machine}/extra", "/api/v1/machines/{machine}/extra"),
            (f"{machine}/faults", "/api/v1/machines/{machine}/faults"),
            (f"/api/v1/alarms/{alarm}", "/api/v1/alarms/{alarm_id}"),
        ):
            answer = http.get(path).raise_for_status().json()
            schema = DOCUMENT["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(answer, {**schema, "components": DOCUMENT["components"]})
            known = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
            assert set(answer) == set(known), "no field is undocumented"
