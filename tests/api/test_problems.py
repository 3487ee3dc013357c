"""Every error is problem+json; every answer carries its safety headers; health and metrics."""

import psycopg
import pytest
from prometheus_client import generate_latest

from api.languages import preferred
from api.problems import TABLE
from tests.api.conftest import running
from tests.api.world import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/machines", 405, "method_not_allowed"),
        ("GET", "/api/v1/machines?limit=0", 422, "invalid_input"),
        ("GET", "/api/v1/machines?sort=color", 422, "invalid_input"),
        ("GET", "/api/v1/machines/not-an-id", 422, "invalid_input"),
        ("GET", "/api/v1/machines/pin:nobody", 404, "not_found"),
        ("GET", "/api/v1/alarms/0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44", 404, "not_found"),
        ("GET", "/api/v1/machines?q=%00", 422, "invalid_input"),
        ("GET", "/api/v1/machines?kind=%00", 422, "invalid_input"),
    ],
)
async def test_errors_are_problems(clients, method, path, status, code):
    async with clients.of("owner") as http:
        answer = await http.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{code}"
    assert problem["detail"]


async def test_a_problem_speaks_the_language_asked_for(clients):
    async with clients.anybody(**{"accept-language": "zh-CN"}) as http:
        assert (await http.get("/api/v1/machines")).json()["detail"].startswith("请先登录")
    async with clients.anybody(**{"accept-language": "fr, en;q=0.8, zh;q=0.2"}) as http:
        assert (await http.get("/api/v1/machines")).json()["detail"].startswith("Sign in first")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("de, zh-TW;q=0.5", "zh"),
        ("*", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=x", "en"),
        ("en;q=0.5,zh;q=0.5", "en"),
    ],
)
async def test_the_language_with_the_greatest_weight_wins(header, language):
    assert preferred(header) == language


async def test_a_body_beyond_the_limit_is_refused(clients):
    async with clients.anybody() as http:
        answer = await http.post("/api/v1/auth/login", json={"login": "x" * 100_000, "password": "y"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_every_answer_carries_its_safety_headers(clients):
    async with clients.anybody() as http:
        for path in ("/api/v1/machines", "/api/v1/nothing", "/healthz", "/"):
            headers = (await http.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (await http.get("/api/v1/machines")).headers["cache-control"] == "no-store"


async def test_readiness_knows_the_database_and_its_version(world, api_database, clients):
    async with clients.anybody() as http:
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        world.conn.execute("INSERT INTO schema_migrations VALUES ('9999')")
        try:
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()["code"]) == (503, "schema_mismatch")
        finally:
            world.conn.execute("DELETE FROM schema_migrations WHERE version = '9999'")
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        assert (await http.head("/healthz")).status_code == 200


async def test_without_a_database_answers_are_503_and_the_process_lives(superuser, servers):
    nowhere = servers.database_url("ecc_api", "there_is_no_such_database")
    async with running(nowhere, database_wait_s=0.3) as made, made.anybody() as http:
        answer = await http.post("/api/v1/auth/login", json={"login": "owner", "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.head("/readyz")).status_code == 503
        assert (await http.get("/healthz")).status_code == 200


async def test_a_query_that_takes_too_long_is_stopped_and_says_so(world, api_database, caplog):
    async with running(api_database.url("ecc_api"), statement_timeout_ms=100) as made:

        @made.app.get("/slow/{whose}")
        async def slow() -> None:
            async with made.app.state.pool.transaction() as conn:
                await conn.execute("SELECT pg_sleep(2)")

        routes = made.app.router.routes
        routes.insert(0, routes.pop())  # the console takes every address that is left
        async with made.anybody() as http:
            answer = await http.get("/slow/mine")
        assert (answer.status_code, answer.json()["code"]) == (422, "too_expensive")
        assert [one.getMessage() for one in caplog.records if one.name == "api.problem_answers"] == [
            "too_expensive: the database gave up GET /slow/{whose}; its own log has the statement"
        ]


async def test_who_waits_too_long_for_somebody_elses_change_is_told_to_come_back(world, api_database, caplog):
    async with running(api_database.url("ecc_api"), statement_timeout_ms=200) as made:
        async with made.of("owner") as http:
            site = (await http.post("/api/v1/sites", json={"name": "Held", "time_zone": "Asia/Shanghai"})).json()
        with psycopg.connect(api_database.owner_url) as owner:
            owner.execute("SELECT FROM site WHERE public_id = %s FOR UPDATE", [site["id"]])
            async with made.of("owner", **{"if-match": '"1"', "accept-language": "zh"}) as http:
                held = await http.patch(f"/api/v1/sites/{site['id']}", json={"address": "x"})
        with psycopg.connect(api_database.owner_url, autocommit=True) as owner:
            owner.execute("BEGIN")
            owner.execute("LOCK TABLE machine_state IN ACCESS EXCLUSIVE MODE")
            async with made.of("expert") as http:
                answer = await http.get("/api/v1/machines")
    for refused in (held, answer):
        assert (refused.status_code, refused.json()["code"]) == (503, "being_changed")
        assert refused.headers["retry-after"] == "2"
    assert held.json()["detail"] == "其他人正在修改此内容，请稍后再试。"
    assert ["PATCH /sites/{site_id};" in caplog.text, "GET /machines;" in caplog.text] == [True, True]


async def test_metrics_count_requests_by_route_and_not_by_address(clients):
    async with clients.of("owner") as http:
        await http.get("/api/v1/machines/pin:PIN-digger")
        refused = await http.get("/metrics")
    assert refused.status_code == 404, "they are the operator's: app/api.py serves them on a port of their own"
    text = generate_latest(clients.app.state.metrics.registry).decode()
    assert 'ecc_api_requests_total{method="GET",route="/machines/{machine}",status="200"}' in text
    assert "PIN-digger" not in text


async def test_the_table_has_words_in_both_languages():
    assert all(row.zh and row.en and row.title for row in TABLE.values())
