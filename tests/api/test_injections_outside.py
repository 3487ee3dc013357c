"""Injections that aim beside the database: at the server's files, and at lines of the log."""

import asyncio
import io
import itertools
from urllib.parse import unquote

import pytest

from tests.api.conftest import running
from tests.api.payloads import HEADERS, LOGS

pytestmark = pytest.mark.asyncio(loop_scope="module")
OUTSIDE = [
    *(b"/../../etc/passwd", b"/assets/../../secret.txt", b"/assets/%2e%2e/%2e%2e/secret.txt", b"//etc/passwd"),
    *(b"/assets/..%2f..%2fsecret.txt", b"/..%5c..%5csecret.txt", b"/%2e%2e/secret.txt", b"/assets//etc/passwd"),
    *(b"/secret.txt%00.js", b"/assets/secret.txt%00", b"/api/v1/../../secret.txt", b"/link/secret.txt"),
    *(b"/problems/..%2f..%2fsecret.txt", b"/aemp/../secret.txt", b"/%ed%a0%80", b"/%c0%ae%c0%ae/secret.txt"),
]


async def test_no_path_leads_out_of_the_console(world, api_database, tmp_path):
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("console")
    (tmp_path / "secret.txt").write_text("root:x:0 secret")
    (dist / "link").symlink_to(tmp_path)
    async with running(api_database.url("ecc_api"), console_dist=dist) as made:
        for raw in OUTSIDE:
            status, body = await raw_get(made.app, raw)
            assert status < 500, raw
            assert b"root:x:0" not in body, raw


async def raw_get(app, raw: bytes) -> tuple[int, bytes]:
    """The answer to a path that no client would send as it is."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": unquote(raw.decode("latin-1")),
        "raw_path": raw,
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"ecc.test")],
        "client": ("127.0.0.1", 1),
        "server": ("ecc.test", 80),
    }
    sent: list[dict] = []
    received = itertools.chain([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        return next(received, None) or await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("as_json", [True, False])
async def test_a_text_of_a_caller_never_begins_a_line_of_the_log(as_json):
    import logging

    from app.logging import get_logger, set_up_logging
    from app.settings import Settings

    before = logging.getLogger().handlers, logging.getLogger().level
    stream = io.StringIO()
    try:
        set_up_logging(Settings(log_json=as_json), "test", stream)
        for payload in (*LOGS, *HEADERS):
            stream.seek(0)
            stream.truncate()
            get_logger("api").warning("refused", login=payload)
            assert len(stream.getvalue().rstrip("\n").splitlines()) == 1, payload
            assert "\x1b" not in stream.getvalue()
    finally:
        logging.getLogger().handlers, _ = before[0], logging.getLogger().setLevel(before[1])
