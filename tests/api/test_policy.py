"""Every endpoint x role x own and foreign organisation, generated from the OpenAPI document.

Two tenants have a row in every table (tests/api/tables.py). Each role of one tenant calls every operation, on its own
things and on the other's: what its role may not do is 403, what is not its own is 404, and no answer holds a trace of
the other tenant. The endpoints' rights are read from api/policy.py, so what is tested is that they are enforced.
"""

import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from psycopg import sql
from psycopg.types.json import Jsonb

from api.policy import Anybody
from api.rights import PLATFORM_ONLY, ROLES, allows
from storage.ids import uuid7
from storage.pool import connect, url_of
from tests.api.conftest import running
from tests.api.operations import (
    DOCUMENT,
    EVERYBODYS,
    EXPECTED,
    MEMBERS,
    OPERATIONS,
    PARTNERS,
    Operation,
    Tenant,
    found_ids,
)
from tests.api.tables import seed_tenant
from tests.api.world import CATALOGUE, NOW, World
from tests.conftest import Database
from usecases.client_secrets import hash_of_secret, new_secret
from usecases.rules_in_force import enter_packaged_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN, FOREIGN = "north", "south"
MARK = {OWN: "seeded-north", FOREIGN: "seeded-south"}
NO_LIMITS = {"reads_per_minute": 0, "expensive_reads_per_minute": 0, "writes_per_minute": 0}
# Integrators' clients that call as the roles do, by the scopes that they were given.
PROGRAMS = {
    "program that reads": frozenset({"fleet:read"}),
    "program that writes": frozenset({"fleet:read", "machines:write", "sites:write"}),
}
FOR_PEOPLE = {  # of whoever is signed in, but about an account, which a client has not
    "PATCH /api/v1/auth/me",
    "POST /api/v1/auth/password",
    "GET /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions/{session_id}",
}
KEYS = {program: new_secret() for program in PROGRAMS}
_copies = count(1)


def enter_rules(world: World) -> None:
    """The shipped rules, a site's edits on them, and a replay and a tuning that are done."""
    with connect(url_of(world.conn), application="test") as conn:
        enter_packaged_rules(conn, CATALOGUE, now=NOW)
    world.conn.execute(
        "WITH made AS (INSERT INTO rule_set (kind, base_id, version, content_hash, files, entered_at, entered_by) "
        "SELECT 'site', rule_set_id, 'seeded', 'seeded', %s, now(), 'seed' FROM rule_set RETURNING rule_set_id) "
        "INSERT INTO rule_replay (rule_set_id, kind, rule, from_at, to_at, state, started_at, started_by) "
        "SELECT rule_set_id, kind, rule, now() - interval '1 day', now(), 'done', now(), 'seed' FROM made, "
        "(VALUES ('history', NULL), ('tuning', 'low_fuel')) AS x (kind, rule)",
        [Jsonb({"site.toml": "language = 1\n[low_fuel]\noff = true\n"})],
    )


@pytest.fixture(scope="module")
def tenants(world: World) -> dict[str, Tenant]:
    """Both tenants with a row in every table, and a person of every role in ours and in the platform's organisation."""
    world.conn.execute("INSERT INTO software_version (controller, release) VALUES ('engine', 'V1')")
    enter_rules(world)
    given = {}
    for mark, name in enumerate((OWN, FOREIGN), 1):
        world.machine(MARK[name], owner=name)
        organisation = world.organisations[name]
        user = world.person(MARK[name], organisation, "operator")
        given[name] = {
            "organisation": organisation,
            "machine": world.machines[MARK[name]],
            "user": user,
            "tag": MARK[name],
            "mark": 1000.5 * mark,
        }
        seed_tenant(world.conn, **given[name])
        world.conn.execute(
            "INSERT INTO terminal (name, organisation_id) VALUES (%s, %s)", [f"S-{MARK[name]}", organisation]
        )
    for organisation in (OWN, "platform"):
        for role in ROLES:
            world.person(f"{organisation} {role}", world.organisations[organisation], role)
    for program, scopes in PROGRAMS.items():
        made = world.conn.execute(
            "INSERT INTO api_client (public_id, organisation_id, name, role, scopes, created_by, created_at, "
            "updated_at) VALUES (%s, %s, %s, 'integrator', %s, 'seed', now(), now()) RETURNING client_id",
            [uuid7(), world.organisations[OWN], program, sorted(scopes)],
        ).fetchone()
        world.conn.execute(
            "INSERT INTO api_client_secret (client_id, secret_hash, ending, created_at) VALUES (%s, %s, 'abcd', now())",
            [made[0], hash_of_secret(KEYS[program])],
        )
    ids = {name: found_ids(world.conn, given[name]) for name in (OWN, FOREIGN)}
    return {
        name: Tenant(tag=MARK[name], ids=ids[name], partner=ids[other]["organisations"])
        for name, other in ((OWN, FOREIGN), (FOREIGN, OWN))
    }


@asynccontextmanager
async def copied(role, tenants, api_database, superuser, servers, *, database_role="ecc_api"):
    """A role or a program, clients of an API on a copy of the database that no other changes, and the tenants."""
    name = f"{api_database.name}_{next(_copies)}"
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        [api_database.name],
    )
    superuser.execute(
        sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(api_database.name)
        )
    )
    async with running(Database(name, servers).url(database_role), **NO_LIMITS) as made:
        yield role, made, tenants
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[*sorted(ROLES), *PROGRAMS])
async def called(request, tenants, api_database, superuser, servers):
    async with copied(request.param, tenants, api_database, superuser, servers) as made:
        yield made


def may(who: str, operation: Operation, organisation_kind: str) -> bool:
    """Whether a person of the role, or the program, may call it."""
    if isinstance(operation.rule, Anybody):
        return who in ROLES or operation.name not in FOR_PEOPLE
    role, scopes = ("integrator", PROGRAMS[who]) if who in PROGRAMS else (who, None)
    return allows(role, operation.rule, organisation_kind=organisation_kind, scopes=scopes)


def signed_in(clients, who: str, organisation: str = OWN):
    return clients.anybody(**{"x-api-key": KEYS[who]}) if who in PROGRAMS else clients.of(f"{organisation} {who}")


async def call(http, operation: Operation, things: Tenant, body_of: Tenant):
    """One call with the example of the document, its ids those of a tenant; If-Match with the version as it is."""
    path = operation.path
    for noun in operation.nouns:
        path = re.sub(r"\{[^}]*\}", things.id_of(noun), path, count=1)
    headers = {}
    if any(p["name"] == "If-Match" for p in operation.description.get("parameters", [])):
        headers["If-Match"] = await version_of(http, path)
    kind, body = body_in(operation, body_of)
    if kind is not None:
        headers["content-type"] = kind
    content = body if isinstance(body, str) else json.dumps(body)
    query = {p["name"]: p["examples"][0] for p in operation.required if p["in"] == "query"}
    return await http.request(
        operation.method, path, params=query or None, headers=headers, content=content if kind else None
    )


async def version_of(http, path: str) -> str:
    """The thing's ETag; from the list above it where it has no address of its own to read."""
    answer = await http.get(path)
    if answer.status_code == 200:
        return answer.headers.get("etag", '"1"')  # of a client there is no profile to change
    above, _, number = path.rpartition("/")
    answer = await http.get(f"{above}/live" if number == "rollback" else above)
    if answer.status_code == 200 and "items" not in answer.json():
        return answer.headers.get("etag", '"1"')  # what is done to a thing
    items = answer.json().get("items", []) if answer.status_code == 200 else []
    return next((f'"{item["version"]}"' for item in items if item["id"] == number), '"1"')


def body_in(operation: Operation, tenant: Tenant) -> tuple[str | None, Any]:
    for kind, content in operation.description.get("requestBody", {}).get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        example = content.get("example", DOCUMENT["components"]["schemas"].get(name, {}).get("example"))
        if operation.path.endswith(PARTNERS):
            tenant = replace(tenant, ids=tenant.ids | {"organisations": tenant.partner})
        return kind, placed(example, tenant)
    return None, None


def placed(value: Any, tenant: Tenant) -> Any:
    """An example with the ids in it made those of the tenant."""
    if isinstance(value, dict):
        return {
            key: tenant.id_of(MEMBERS[key]) if key in MEMBERS and isinstance(v, str) else placed(v, tenant)
            for key, v in value.items()
        }
    return [placed(v, tenant) for v in value] if isinstance(value, list) else value


async def test_what_a_role_may_not_do_is_forbidden_and_what_is_foreign_is_not_there(called):
    role, clients, tenants = called
    wrong = []
    async with signed_in(clients, role) as http:
        for operation in OPERATIONS:
            if set(operation.nouns) <= EVERYBODYS or operation.path.endswith("/live"):
                continue
            answer = await call(http, operation, tenants[FOREIGN], tenants[OWN])
            expected = 404 if may(role, operation, "customer") else 403
            if answer.status_code != expected or MARK[FOREIGN] in answer.text.replace(str(answer.url), ""):
                wrong.append(
                    f"{operation.name} on a foreign thing: {answer.status_code}, not {expected}: {answer.text[:200]}"
                )
    assert not wrong, "\n".join(wrong)


async def test_a_role_does_what_it_may_with_its_own_and_meets_nothing_foreign(called):
    role, clients, tenants = called
    wrong = []
    async with signed_in(clients, role) as http:
        for operation in OPERATIONS:
            if operation.path.endswith("/live"):
                continue  # a stream has no end; tests/api/test_live*.py
            answer = await call(http, operation, tenants[OWN], tenants[OWN])
            allowed = may(role, operation, "customer")
            good = 200 <= answer.status_code < 300 or answer.status_code == EXPECTED.get(operation.name, (0,))[0]
            if not good if allowed else answer.status_code != 403:
                wrong.append(
                    f"{operation.name}: {answer.status_code}, {'may' if allowed else 'may not'}: {answer.text[:300]}"
                )
            if MARK[FOREIGN] in answer.text:
                wrong.append(f"{operation.name} shows something of the other tenant: {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)


async def test_the_platforms_rights_are_its_peoples(called):
    role, clients, tenants = called
    wrong = []
    async with signed_in(clients, role, "platform") as http:
        for operation in OPERATIONS:
            if operation.rule not in PLATFORM_ONLY:
                continue
            answer = await call(http, operation, tenants[OWN], tenants[OWN])
            if (200 <= answer.status_code < 300 or answer.status_code == 409) is not may(role, operation, "ecc"):
                wrong.append(f"{operation.name}: {answer.status_code}: {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_nobody_gets_in_without_signing_in(operation, clients):
    path = re.sub(r"\{[^}]*\}", "1", operation.path)
    async with clients.anybody() as http:
        answer = await http.request(operation.method, path)
    assert answer.status_code in {401, 422}, answer.text
    assert answer.headers["content-type"].startswith(("application/problem+json", "application/problem+xml"))


async def test_a_client_does_what_its_scopes_say_and_nothing_else(clients, tenants):
    async with clients.of(f"{OWN} owner") as http:
        for scopes in (["fleet:read"], ["positions"], ["aemp:read"], ["fleet:read", "sites:write"]):
            made = (await http.post("/api/v1/clients", json={"name": "P", "scopes": scopes})).json()
            async with clients.anybody(**{"x-api-key": made["secret"]}) as program:
                for operation in OPERATIONS:
                    if operation.nouns or operation.path.endswith("/live") or isinstance(operation.rule, Anybody):
                        continue
                    answer = await program.request(operation.method, operation.path)
                    allowed = allows("integrator", operation.rule, scopes=frozenset(scopes))
                    assert (answer.status_code == 403) is not allowed, (operation.name, scopes, answer.text)
