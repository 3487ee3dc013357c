"""Webhooks and OpenID providers: a name that changes its address between the check and the connection gets nowhere.

A real TLS server on loopback stands at the public addresses: only the last hop, from address to server, is ours.
"""

import json
import ssl
import subprocess
from datetime import UTC, datetime

import httpcore
import pytest
import pytest_asyncio

from api.identity.provider import Providers, ProviderUnusable, Relation
from app.webhook_post import Post
from tests.receivers import plain, receiving
from usecases.pinned_connections import PinnedBackend

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAME = "hooks.example"
PUBLIC, OTHER, INSIDE = "93.184.216.34", "93.184.216.35", "127.0.0.1"
RELATION = Relation(issuer=f"https://{NAME}", client_id="ecc", secret="s" * 40, redirect_uri="https://ecc.example/back")


class Hop(httpcore.AsyncNetworkBackend):
    """The net: what is sent to a public address arrives at the server. Keeps which addresses were connected to."""

    def __init__(self, port, down=()):
        self.port, self.down, self.connected = port, down, []
        self._net = httpcore.AnyIOBackend()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109 - its signature
        self.connected.append(host)
        if host in self.down:
            raise httpcore.ConnectError("nobody there")
        return await self._net.connect_tcp("127.0.0.1", self.port, timeout, local_address, socket_options)


class Names:
    """A resolver that answers each time what comes next; the last answer stands."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def __call__(self, host, port):
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """For NAME alone, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"),
            *("-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def trusted(certificate):
    return ssl.create_default_context(cafile=str(certificate / "cert.pem"))


@pytest_asyncio.fixture(loop_scope="module")
async def server(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    asked = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with receiving(tls) as one:
        one.asked_for = asked
        yield one


def backend(server, names, *, down=(), allow_private=False):
    hop = Hop(server.port, down)
    return hop, PinnedBackend(allow_private=allow_private, resolve=names, network=hop)


async def test_a_webhook_goes_to_the_address_that_was_checked_with_the_tls_and_host_of_its_name(server, trusted):
    names = Names([PUBLIC], [INSIDE])
    hop, pinned = backend(server, names)
    post = Post(allow_private=False, trusted=trusted, backend=pinned)
    answer = await post.send(f"https://{NAME}/in", {"ECC-Event-Id": "1-1"}, b"{}")
    await post.close()
    assert answer.status == 200, answer
    assert (names.asked, hop.connected) == ([NAME], [PUBLIC]), "asked once; connected to what was said then"
    assert (server.asked_for, server.got[0].headers["host"]) == ([NAME], NAME)


@pytest.mark.parametrize("answers", [[INSIDE], [PUBLIC, "10.0.0.8"], ["169.254.169.254"], ["fe80::1%lo"], ["::1"]])
async def test_a_name_that_points_inside_at_the_time_of_the_connection_is_not_connected_to(server, trusted, answers):
    hop, pinned = backend(server, Names([PUBLIC], answers))
    post = Post(allow_private=False, trusted=trusted, backend=pinned)
    server.answers["/in"] = plain(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert (await post.send(f"https://{NAME}/in", {}, b"{}")).status == 200
    second = await post.send(f"https://{NAME}/in", {}, b"{}")
    await post.close()
    assert (second.status, second.error) == (None, "the address is private, local or reserved")
    assert (hop.connected, len(server.got)) == ([PUBLIC], 1)


async def test_of_several_addresses_the_first_that_answers_is_taken(server, trusted):
    hop, pinned = backend(server, Names([PUBLIC, OTHER]), down=[PUBLIC])
    post = Post(allow_private=False, trusted=trusted, backend=pinned)
    assert (await post.send(f"https://{NAME}/in", {}, b"{}")).status == 200
    await post.close()
    assert hop.connected == [PUBLIC, OTHER]


def speak(server, **changes):
    """Let the server answer as an OpenID provider."""
    there = {
        "issuer": RELATION.issuer,
        "authorization_endpoint": f"https://{NAME}/auth",
        "token_endpoint": f"https://{NAME}/token",
        "jwks_uri": f"https://{NAME}/keys",
    } | changes
    server.answers["/.well-known/openid-configuration"] = json_answer(there)


def json_answer(value):
    body = json.dumps(value).encode()
    return plain(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
        % (len(body), body)
    )


async def begin(providers):
    return await providers.authorization_url(RELATION, state="s", nonce="n", verifier="v" * 43)


async def redeem(providers):
    return await providers.redeem(RELATION, code="c", nonce="n", verifier="v" * 43, now=datetime.now(UTC))


async def test_a_provider_is_asked_at_the_address_that_was_checked(server, trusted):
    speak(server)
    names = Names([PUBLIC], [INSIDE])
    hop, pinned = backend(server, names)
    url = await begin(Providers(trusted=trusted, backend=pinned))
    assert url.startswith(f"https://{NAME}/auth?")
    assert (names.asked, hop.connected) == ([NAME], [PUBLIC])
    assert (server.asked_for, server.got[0].headers["host"]) == ([NAME], NAME)


async def test_a_provider_whose_name_turns_inside_gets_no_code_and_no_secret(server, trusted):
    speak(server)
    hop, pinned = backend(server, Names([PUBLIC], [INSIDE]))
    with pytest.raises(ProviderUnusable, match="not on the public internet"):
        await redeem(Providers(trusted=trusted, backend=pinned))
    assert (hop.connected, [one.path for one in server.got]) == ([PUBLIC], ["/.well-known/openid-configuration"])


async def test_redirects_of_a_provider_are_not_followed(server, trusted):
    moved = plain(
        b"HTTP/1.1 302 Found\r\nLocation: https://" + NAME.encode() + b"/elsewhere\r\nContent-Length: 0\r\n\r\n"
    )
    _, pinned = backend(server, Names([PUBLIC]))
    providers = Providers(trusted=trusted, backend=pinned)
    server.answers["/.well-known/openid-configuration"] = moved
    with pytest.raises(ProviderUnusable):
        await begin(providers)
    speak(server)
    server.answers["/token"] = moved
    with pytest.raises(ProviderUnusable):
        await redeem(providers)
    assert "/elsewhere" not in [one.path for one in server.got]


async def test_of_a_provider_that_answers_without_end_little_is_read(server, trusted):
    from tests.receivers import endless

    _, pinned = backend(server, Names([PUBLIC]))
    server.answers["/.well-known/openid-configuration"] = endless
    with pytest.raises(ProviderUnusable, match="does not answer"):
        await begin(Providers(trusted=trusted, backend=pinned))


async def test_another_servers_certificate_is_refused(server, trusted):
    _, pinned = backend(server, Names([PUBLIC]))
    post = Post(allow_private=False, trusted=trusted, backend=pinned)
    answer = await post.send("https://other.example/in", {}, b"{}")
    await post.close()
    assert answer.status is None
    assert "certificate" in (answer.error or "").lower()
