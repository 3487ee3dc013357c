"""The console's files as the API serves them."""

import pytest
import pytest_asyncio

from tests.api.conftest import running

pytestmark = pytest.mark.asyncio(loop_scope="module")
HTML = {"accept": "text/html"}


@pytest_asyncio.fixture(loop_scope="module")
async def http(world, api_database, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>console</title>")
    (dist / "assets" / "app-1a2b.js").write_text("console.log(1)")
    (dist / "favicon.svg").write_text("<svg/>")
    async with running(api_database.url("ecc_api"), console_dist=dist) as made, made.anybody() as client:
        yield client


async def test_hashed_assets_are_kept_for_good_and_the_page_never(http):
    asset = await http.get("/assets/app-1a2b.js")
    page = await http.get("/")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-type"].startswith("text/javascript")
    assert page.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/login", "/live", "/machines/1234", "/a/b/c", "/live?machine=1&machine=2"])
async def test_the_page_reads_every_other_address_itself(http, path):
    answer = await http.get(path, headers=HTML)
    assert (answer.status_code, "console" in answer.text) == (200, True)


@pytest.mark.parametrize("path", ["/assets/gone-1.js", "/gone.js", "/api/v1/gone", "/api"])
async def test_what_is_not_there_is_404_and_not_the_page(http, path):
    answer = await http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/%00",
    ],
)
async def test_no_file_outside_is_served(http, path):
    assert "secret" not in (await http.get(path)).text


async def test_a_console_that_is_not_built_says_what_to_run(clients):
    async with clients.anybody() as http:
        answer = await http.get("/live", headers=HTML)
    assert answer.status_code == 503
    assert "make setup" in answer.text


async def test_large_answers_are_compressed(clients):
    async with clients.of("owner", **{"accept-encoding": "gzip"}) as http:
        assert (await http.get("/api/v1/signals")).headers["content-encoding"] == "gzip"
