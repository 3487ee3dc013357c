"""The OpenAPI document, and every operation against it with generated input: no 5xx, every answer as documented."""

import os
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import jsonschema
import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.policy import ENDPOINTS, PUBLIC
from tests.api.conftest import Clients, settings_for
from tests.api.generated import DOCUMENT, ENDLESS, JSON, KNOWN
from tests.api.tables import seed_tenant
from tests.api.world import CATALOGUE, NOW, World

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
CASES = int(os.environ.get("ECC_FUZZ_CASES", "0"))  # a long run takes the limits of every parameter in turn as well
PATIENCE_S = 60.0  # a drawn brief takes its time on busy cores
CONFIG = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": CASES > 0}}, "request-timeout": PATIENCE_S})
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG).exclude(path=ENDLESS)
OPERATIONS = [(path, method) for path, operations in DOCUMENT["paths"].items() for method in operations]
CALLERS = ("expert", "owner")
NOT_READ = {"live", "organisations", "people", "sessions"}  # a stream; a change of the callers' own signs them out


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_has_an_example_and_says_who_may_call_it(path, method):
    operation = DOCUMENT["paths"][path][method]
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    described = [answer["content"][JSON] for answer in good if JSON in answer.get("content", {})]
    assert all("example" in content for content in described if content["schema"] != {"type": "object"})
    assert "204" in operation["responses"] or good[0]["content"]
    assert operation["description"]
    assert ("security" in operation) is (ENDPOINTS[f"{method.upper()} {path}"] is not PUBLIC)
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            own = {JSON} if path == "/oauth/token" else set()  # RFC 6749 has errors of its own
            assert set(answer["content"]) <= {"application/problem+json", "application/problem+xml"} | own


def test_the_examples_are_valid_for_their_schemas():
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
    tenant = {"organisation": world.organisations["north"], "machine": world.machine("seeded", owner="north")}
    owner = world.conn.execute("SELECT user_id FROM app_user WHERE login = 'owner'").fetchone()[0]
    seed_tenant(world.conn, user=owner, tag="seeded", mark=1.5, **tenant)
    return world


@dataclass
class Served:
    """A running server and two people signed in: headers by login, and ids of things that both see."""

    url: str
    headers: dict[str, dict[str, str]]
    ids: dict[str, str]  # parameter, or path up to it -> the id of something there
    session: requests.Session

    def check(self, case: schemathesis.Case, headers: dict[str, str]) -> None:
        """Make the request; fails unless the answer is as documented."""
        case.call_and_validate(base_url=self.url, headers=headers, checks=CHECKS, session=self.session)

    def filled(self, case: schemathesis.Case) -> bool:
        """Put the ids of things that there are into the case's path; False when nothing changed."""
        if not case.path_parameters:
            return False
        before = dict(case.path_parameters)
        for name, generated in before.items():
            collection = case.path[: case.path.index(f"{{{name}}}")].rstrip("/")
            case.path_parameters[name] = KNOWN.get(name) or self.ids.get(name) or self.ids.get(collection) or generated
        return case.path_parameters != before


@pytest.fixture(scope="module")
def served(rich, api_database):
    limits = {"free_sign_in_attempts": 1_000_000, "reads_per_minute": 0, "expensive_reads_per_minute": 0}
    app = create_app(settings_for(api_database.url("ecc_api"), writes_per_minute=0, **limits))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)  # the server's thread and the client's hand over to each other at every step
    thread.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    headers = {}
    for login in CALLERS:
        token = Clients(app, api_database.url("ecc_api")).token(login)
        headers[login] = {"Authorization": f"Bearer {token}"}
    ids = {"machine": str(rich.public["digger"])}
    with httpx.Client(base_url=url, headers=headers["owner"]) as http:
        for path, methods in DOCUMENT["paths"].items():
            if "get" in methods and "{" not in path and path.rsplit("/", 1)[-1] not in NOT_READ:
                answer = http.get(path)
                items = answer.json().get("items", []) if answer.headers["content-type"] == JSON else []
                if items and "id" in items[-1]:
                    ids[path] = items[-1]["id"]
    with requests.Session() as session:
        yield Served(url, headers, ids, session)
    server.should_exit = True
    thread.join()
    sys.setswitchinterval(before)


def test_real_answers_have_the_documented_shape(served, rich):
    """The large answers are not validated on their way out: here they are."""
    machine = "/api/v1/machines/pin:PIN-digger"
    with httpx.Client(base_url=served.url, headers=served.headers["expert"]) as http:
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
            (f"/api/v1/alarms/{alarm}/notices", "/api/v1/alarms/{alarm_id}/notices"),
            ("/api/v1/alarms/groups?by=site", "/api/v1/alarms/groups"),
            ("/api/v1/alarm-load", "/api/v1/alarm-load"),
            ("/api/v1/alarm-hand-over", "/api/v1/alarm-hand-over"),
        ):
            answer = http.get(path).raise_for_status().json()
            schema = DOCUMENT["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(answer, {**schema, "components": DOCUMENT["components"]})
            whole = schema["anyOf"][0] if "anyOf" in schema else schema  # the other is what `fields` leaves
            known = DOCUMENT["components"]["schemas"][whole["$ref"].rsplit("/", 1)[1]]["properties"]
            assert set(answer) == set(known), "no field is undocumented"


@schemathesis.serializer("application/toml")
def as_it_is(_, value):
    """A file is what its text says."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@SCHEMA.parametrize()
@settings(
    max_examples=CASES or 5,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_generated_requests_get_documented_answers(case, served):
    """With what was generated, then with ids of things that there are and the version they have."""
    signs_out = case.path.endswith(("/logout", "/auth/password"))
    for headers in served.headers.values():
        served.check(case, {} if signs_out else headers)
    if not served.filled(case) or case.method == "DELETE":
        return
    for headers in served.headers.values():
        if case.method == "PATCH":
            resource = httpx.get(served.url + case.formatted_path, headers=headers)
            version = {"If-Match": resource.headers.get("etag", '"1"')}
        else:
            version = {}
        served.check(case, headers | version)
