"""Short words for visits to a company's login page."""

from __future__ import annotations

import httpx

from tests.api.oidc_party import pass_login_form

HERE = "http://ecc.test"
LOGINS = "/api/v1/company-logins"
CHOICES = "/api/v1/auth/company-logins"
REFUSED = "/login?company=refused"
SECRET = "s" * 40
PEOPLE = {
    "liu": {"email": "Liu@north.example", "email_verified": True, "groups": ["drivers"]},
    "wang": {"email": "wang@north.example", "email_verified": True, "groups": ["fleet-admins", "drivers"]},
    "unverified": {"email": "owner@north.example", "email_verified": False},
    "outsider": {"email": "owner@elsewhere.example", "email_verified": True},
    "silent": {},
}


def configure(party, company, *, new_keys=False, **people):
    back = f"{HERE}{CHOICES}/{company['id']}/callback"
    client = {
        "client_id": "ecc",
        "client_secret": SECRET,
        "redirect_uris": [back],
        "post_logout_redirect_uris": [f"{HERE}/login"],
    }
    party.configure([client], PEOPLE | people, new_keys=new_keys)


async def set_out(http, company, **parameters):
    answer = await http.get(f"{CHOICES}/{company['id']}/start", params=parameters)
    assert answer.status_code == 303
    return answer.headers["location"]


async def came_back(http, company, login, **parameters):
    """A whole visit; the answer of the callback."""
    url = await set_out(http, company, **parameters)
    async with httpx.AsyncClient() as outside:
        back = await pass_login_form(outside, url, login, back_to=HERE)
    return await http.get(back.removeprefix(HERE))


def account(world, login):
    return world.conn.execute(
        "SELECT u.user_id, u.role, u.password_hash, o.name FROM app_user u JOIN organisation o USING (organisation_id) "
        "WHERE login = %s",
        [login],
    ).fetchone()


def linked(world, subject):
    return world.conn.execute(
        "SELECT login FROM company_identity JOIN app_user USING (user_id) WHERE subject = %s", [subject]
    ).fetchone()
