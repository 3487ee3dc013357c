"""What a provider says of somebody: signed by a key that it publishes, for this visit; codes, keys, addresses."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.jose import JsonWebKey, JsonWebToken

from api.identity.provider import Providers, ProviderUnusable, Relation, _Known
from tests.api.oidc.visits import HERE, REFUSED, SECRET, came_back, configure, set_out
from tests.api.oidc_party import pass_login_form

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("oidc"),
    pytest.mark.usefixtures("liu"),
]


@pytest.fixture(scope="module")
def forge():
    key = JsonWebKey.generate_key("RSA", 2048, {"kid": "k1"}, is_private=True)
    providers = Providers(allow_private=True)
    relation = Relation(issuer="https://login.north.example", client_id="ecc", secret=None, redirect_uri="x")
    keys = JsonWebKey.import_key_set({"keys": [key.as_dict(is_private=False)]})
    providers._known[relation.issuer] = _Known({}, time.monotonic(), keys, time.monotonic())

    def made(header=None, signed_with=None, **changes):
        now = int(time.time())
        claims = {"iss": relation.issuer, "sub": "liu", "aud": "ecc", "nonce": "n", "iat": now, "exp": now + 300}
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        head = {"alg": "RS256", "kid": "k1"} | (header or {})
        return JsonWebToken([head["alg"]]).encode(head, claims, signed_with or key).decode()

    async def check(token):
        return await providers.check(relation, token, nonce="n", now=datetime.now(UTC))

    made.key, made.check = key, check
    return made


async def test_a_good_id_token_vouches(forge):
    vouched = await forge.check(forge(email="a@north.example", email_verified=True))
    assert (vouched.subject, vouched.email, vouched.email_verified) == ("liu", "a@north.example", True)
    assert (await forge.check(forge(email_verified="true"))).email_verified is False, "only true is true"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.evil.example"},
        {"aud": "another"},
        {"aud": ["ecc", "another"]},
        {"azp": "another"},
        {"nonce": "of another visit"},
        {"nonce": None},
        {"nonce": ""},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": 4_000_000_000},
    ],
)
async def test_an_id_token_that_is_not_for_this_visit_is_refused(forge, changes):
    with pytest.raises(ProviderUnusable):
        await forge.check(forge(**changes))


async def test_the_algorithm_is_the_providers_private_key_and_nothing_else(forge):
    good = forge()
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "k1"}).encode()).decode().rstrip("=")
    public = forge.key.as_pem(is_private=False)
    other = JsonWebKey.generate_key("RSA", 2048, {"kid": "k1"}, is_private=True)
    symmetric = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "k1"}).encode()).decode().rstrip("=")
    mac = hmac.digest(public, f"{symmetric}.{body}".encode(), hashlib.sha256)
    tokens = [
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{symmetric}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}",
        forge(signed_with=other),
        f"{head}.{body}.{signature[:-4]}AAAA",
        "rubbish",
    ]
    for token in tokens:
        with pytest.raises(ProviderUnusable):
            await forge.check(token)


async def test_new_keys_of_the_provider_are_fetched_when_one_is_unknown(clients, company, party):
    providers = clients.app.state.providers
    async with clients.anybody() as http:
        await came_back(http, company, "liu")
        configure(party, company, new_keys=True)
        providers._known[party.issuer].keys_read_at = time.monotonic()
        assert (await came_back(http, company, "liu")).headers["location"] == REFUSED, "not asked too often"
        providers._known[party.issuer].keys_read_at -= 31
        assert (await came_back(http, company, "liu")).headers["location"].startswith("/signed-in")


async def test_a_provider_that_lies_about_itself_is_not_used(party, clients, company):
    other = party.issuer.replace("127.0.0.1", "localhost")
    with pytest.raises(ProviderUnusable):
        await Providers(allow_private=True).authorization_url(
            Relation(issuer=other, client_id="ecc", secret=SECRET, redirect_uri="x"), state="s", nonce="n", verifier="v"
        )
    with pytest.raises(ProviderUnusable):
        await Providers(allow_private=True).authorization_url(
            Relation(issuer="http://127.0.0.1:9", client_id="ecc", secret=None, redirect_uri="x"),
            state="s",
            nonce="n",
            verifier="v",
        )


async def test_a_provider_on_this_machine_is_not_asked_unless_that_is_allowed(party):
    relation = Relation(issuer=party.issuer, client_id="ecc", secret=SECRET, redirect_uri="x")
    with pytest.raises(ProviderUnusable, match="not on the public internet"):
        await Providers().authorization_url(relation, state="s", nonce="n", verifier="v")


async def test_a_code_without_its_verifier_is_worth_nothing(clients, company, party):
    async with clients.anybody() as http, httpx.AsyncClient() as outside:
        url = await set_out(http, company)
        back = await pass_login_form(outside, url, "liu", back_to=HERE)
        asked = parse_qs(urlsplit(url).query)
        relation = Relation(issuer=party.issuer, client_id="ecc", secret=SECRET, redirect_uri=asked["redirect_uri"][0])
        with pytest.raises(ProviderUnusable):
            await Providers(allow_private=True).redeem(
                relation,
                code=parse_qs(urlsplit(back).query)["code"][0],
                nonce=asked["nonce"][0],
                verifier="w" * 64,
                now=datetime.now(UTC),
            )
