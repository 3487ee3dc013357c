"""Keeping the list of company logins: what one can be, who may, where its secret is."""

import pytest

from api.identity.company_login import read_secret
from api.identity.provider import ProviderUnusable
from tests.api.oidc.visits import LOGINS, SECRET, came_back

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("oidc"),
    pytest.mark.usefixtures("liu"),
]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"issuer": "http://login.north.example"}, 422),
        ({"issuer": "https://user:pass@login.north.example"}, 422),
        ({"issuer": "ftp://login.north.example"}, 422),
        ({"secret_reference": "env:ECC_SESSION_SECRET"}, 422),
        ({"secret_reference": "file:../session_secret"}, 422),
        ({"secret_reference": "the secret itself"}, 422),
        ({"domains": ["no domain"]}, 422),
        ({"default_role": "expert"}, 403),
        ({"role_map": {"x": "lead"}}, 403),
    ],
)
async def test_what_a_company_login_cannot_be(clients, company, administrator, changes, status):
    async with clients.of(administrator) as http:
        path = f"{LOGINS}/{company['id']}"
        tag = (await http.get(path)).headers["etag"]
        assert (await http.patch(path, json=changes, headers={"if-match": tag})).status_code == status


async def test_only_the_platforms_administrators_keep_the_list(clients, company):
    for login in ("owner", "dealer", "expert"):
        async with clients.of(login) as http:
            assert (await http.get(LOGINS)).status_code == 403
            assert (await http.delete(f"{LOGINS}/{company['id']}", headers={"if-match": '"1"'})).status_code == 403


async def test_a_secret_is_read_from_its_place_only(tmp_path, monkeypatch):
    (tmp_path / "north").write_text("s3cret\n")
    monkeypatch.setenv("OIDC_SECRET_X", "e")  # the environment is the interface
    assert read_secret("file:north", tmp_path) == "s3cret"
    assert read_secret("env:OIDC_SECRET_X", None) == "e"
    assert read_secret(None, None) is None
    for reference in ("file:gone", "file:..", "env:OIDC_SECRET_GONE"):
        with pytest.raises(ProviderUnusable):
            read_secret(reference, tmp_path)


async def test_removing_a_company_login_ends_the_sessions_that_came_by_it(clients, company, world, administrator):
    async with clients.anybody() as visitor, clients.of(administrator) as http:
        await came_back(visitor, company, "liu")
        assert (await visitor.get("/api/v1/auth/me")).status_code == 200
        path = f"{LOGINS}/{company['id']}"
        tag = (await http.get(path)).headers["etag"]
        assert (await http.delete(path, headers={"if-match": tag})).status_code == 204
        assert (await visitor.get("/api/v1/auth/me")).status_code == 401
        assert (await http.get(path)).status_code == 404
        assert SECRET not in str(world.conn.execute("SELECT audit::text FROM audit").fetchall())
