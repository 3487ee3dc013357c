"""Who the server takes a client for, and how often it is asked for a token."""

import asyncio
import time

import httpx
import pytest

from ecc_client import AsyncClient, Client, NotSignedIn
from tests.api.world import PASSWORD
from tests.clients.conftest import QUICK, SCOPES, TOKEN_LIFETIME_S

TOKEN, LOGIN, REFRESH = "/oauth/token", "/api/v1/auth/login", "/api/v1/auth/refresh"


def noting(sent):
    return httpx.Client(event_hooks={"request": [sent.note]})


def test_by_key_by_client_credentials_and_by_password(server, program, client, owner):
    with Client.with_client_credentials(server.address, str(program.id), program.secret) as granted:
        assert (granted.me().kind, granted.me().login) == ("client", "Fleet portal")
    assert (client.me().id, client.me().scopes) == (program.id, sorted(SCOPES))
    assert (owner.me().kind, owner.me().login, owner.me().role) == ("person", "owner", "owner")


def test_fewer_scopes_may_be_asked_for(server, program):
    with Client.with_client_credentials(
        server.address, str(program.id), program.secret, scopes=["fleet:read"]
    ) as granted:
        assert granted.me().scopes == ["fleet:read"]


def test_asynchronously_too(server, program):
    async def ask():
        async with AsyncClient.with_client_credentials(server.address, str(program.id), program.secret) as client:
            return await asyncio.gather(*(client.me() for _ in range(5))), [
                m.name async for m in client.machines.list()
            ]

    us, machines = asyncio.run(ask())
    assert {me.login for me in us} == {"Fleet portal"}
    assert machines == ["digger"]


def test_a_token_serves_until_it_is_old_and_is_then_renewed(server, program, sent):
    with Client.with_client_credentials(server.address, str(program.id), program.secret, http=noting(sent)) as client:
        for _ in range(3):
            client.me()
        assert sent.count(TOKEN) == 1
        time.sleep(TOKEN_LIFETIME_S / 2 + 0.1)
        client.me()
        assert sent.count(TOKEN) == 2


def test_a_password_is_sent_once_and_refresh_tokens_after_it(server, sent):
    with Client.with_password(server.address, "colleague", PASSWORD, http=noting(sent)) as client:
        client.me()
        for number in (1, 2):  # each refresh token serves once
            client.transport._credentials._until_s = 0.0  # the token is old now
            assert client.me().login == "colleague"
            assert (sent.count(LOGIN), sent.count(REFRESH)) == (1, number)


def test_a_session_that_was_ended_begins_anew(server, sent):
    with Client.with_password(server.address, "colleague", PASSWORD, http=noting(sent)) as client:
        client.me()
        client.transport.send("POST", "/api/v1/auth/logout")
        assert client.me().login == "colleague"
        assert (sent.count(LOGIN), sent.count(REFRESH)) == (2, 1)


def test_what_is_wrong_is_refused_in_words_and_not_tried_again(server, program, sent):
    with Client(server.address, api_key="ecc_live_wrong", retries=QUICK, http=noting(sent)) as client:
        with pytest.raises(NotSignedIn) as refused:
            client.me()
        assert (refused.value.status, refused.value.code, len(sent.requests)) == (401, "not_authenticated", 1)
    with (
        Client.with_client_credentials(server.address, str(program.id), "wrong", retries=QUICK) as client,
        pytest.raises(NotSignedIn, match="invalid_client"),
    ):
        client.me()
    with (
        Client.with_password(server.address, "owner", "wrong", retries=QUICK) as client,
        pytest.raises(NotSignedIn, match="not_authenticated"),
    ):
        client.me()


def test_one_way_of_signing_in_has_to_be_named():
    with pytest.raises(ValueError, match="api_key"):
        Client("http://127.0.0.1:1")
