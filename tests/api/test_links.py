"""Links that are handed to others name the platform's own address, whatever a request says it is."""

import pytest

from tests.api.conftest import running

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORGED = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "forwarded": "host=evil.example"}
LOCAL = "http://127.0.0.1:8080"

# Where the request's socket is, the headers that it brings, and how the link begins.
ASKED = [
    ("http://ecc.test", {}, "/invite/"),
    ("http://ecc.test", {"host": "evil.example"}, "/invite/"),
    ("http://10.0.0.7:8080", {"host": "127.0.0.1:8080"}, "/invite/"),
    (LOCAL, {}, f"{LOCAL}/invite/"),
    (LOCAL, FORGED, f"{LOCAL}/invite/"),
    ("http://[::1]:8080", {}, "http://[::1]:8080/invite/"),
    (LOCAL, {"host": "localhost:8080"}, "http://localhost:8080/invite/"),
    (LOCAL, {"host": "evil.example"}, "/invite/"),
    (LOCAL, {"host": "evil.example:8080"}, "/invite/"),
    (LOCAL, {"host": "127.0.0.1:8081"}, "/invite/"),
    (LOCAL, {"host": "127.0.0.1:8080@evil.example"}, "/invite/"),
    (LOCAL, {"host": "evil.example@127.0.0.1:8080"}, "/invite/"),
    (LOCAL, {"host": "127.0.0.1:8080/evil.example"}, f"{LOCAL}/invite/"),
    (LOCAL, {"host": "127.0.0.1.evil.example:8080"}, "/invite/"),
    (LOCAL, {"host": "[:8080"}, "/invite/"),
    (LOCAL, {"host": "127.0.0.1:x"}, "/invite/"),
    (LOCAL, {"host": ""}, "/invite/"),
]


async def link(clients, socket, headers):
    async with clients.of("owner") as http:
        answer = await http.post(f"{socket}/api/v1/invitations", json={"role": "operator"}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["link"]


@pytest.mark.parametrize(("socket", "headers", "begins"), ASKED)
async def test_a_name_that_the_request_brings_is_in_no_link(clients, socket, headers, begins):
    found = await link(clients, socket, headers)
    assert found.startswith(begins), found
    assert "evil" not in found


async def test_with_an_address_of_its_own_it_is_that(world, api_database):
    async with running(api_database.url("ecc_api"), public_url="https://fleet.example/") as behind:
        for socket, headers in (("http://ecc.test", {}), (LOCAL, FORGED | {"host": "evil.example"})):
            assert (await link(behind, socket, headers)).startswith("https://fleet.example/invite/")


async def test_a_link_for_a_password_is_built_the_same(clients, world):
    async with clients.of("owner") as http:
        person = next(p for p in (await http.get("/api/v1/people")).json()["items"] if p["login"] == "colleague")
        for host, begins in (("127.0.0.1:8080", f"{LOCAL}/password/"), ("evil.example", "/password/")):
            path = f"{LOCAL}/api/v1/people/{person['id']}/password-link"
            made = (await http.post(path, headers=FORGED | {"host": host})).json()
            assert made["link"].startswith(begins)
