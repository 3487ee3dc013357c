"""A real mail server on loopback, and the sender's part for notices, for tests of what people are told."""

from __future__ import annotations

import asyncio
import email.policy
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.embedded.child import free_port
from app.notices import NoticeDesk
from app.sender import Sender
from app.settings import Settings
from app.webhook_post import Post
from storage.jobs import outbox


@dataclass
class Mail:
    """One message as the server took it."""

    to: str
    at_s: float
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"]).strip()  # of a folded one's first line nothing is left but a space

    @property
    def body(self) -> str:
        return str(self.message.get_content())

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class MailServer:
    """Takes mail, but for `unknown` addresses (for good), and is `busy` (for now) as often as told.

    While it is `slow`, mail has `arrived` but is not answered.
    """

    port: int = field(default_factory=lambda: free_port(None))
    got: list[Mail] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    busy: int = 0
    slow: bool = False
    arrived: threading.Event = field(default_factory=threading.Event)
    _controller: Controller | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.arrived.set()
        while self.slow:  # noqa: ASYNC110 - told from another thread
            await asyncio.sleep(0.01)
        if self.busy > 0:
            self.busy -= 1
            return "451 4.3.2 try again later"
        assert isinstance(envelope.content, bytes)
        parsed = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(envelope.content)
        self.got += [Mail(to, time.monotonic(), parsed) for to in envelope.rcpt_tos]
        return "250 2.0.0 taken"

    def start(self) -> None:
        """Take mail; nothing when it does already."""
        if self._controller is not None:
            return
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def of(self, login: str) -> list[Mail]:
        return [mail for mail in self.got if mail.to == f"{login}@example.com"]

    async def until(self, count: int, login: str, *, within_s: float = 20.0) -> list[Mail]:
        async with asyncio.timeout(within_s):
            while len(self.of(login)) < count:  # noqa: ASYNC110 - mail comes when it comes
                await asyncio.sleep(0.02)
        return self.of(login)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


CLEAR = (
    "DELETE FROM procrastinate_jobs WHERE queue_name = 'notices' AND status = 'todo'",
    "DELETE FROM notice",
    "DELETE FROM notice_preference",
    "DELETE FROM notice_mute",
    "DELETE FROM notice_address",
    "DELETE FROM notice_due",
    "UPDATE alarm SET state = 'withdrawn', lifecycle = 'normal' WHERE state = 'active'",
)


async def cleared(world: Any, mail: MailServer) -> None:
    """Forget what people were told and chose. In a thread: the sender may be about to let go of a row in this loop."""
    for statement in CLEAR:
        await asyncio.to_thread(world.conn.execute, statement)
    mail.start()
    mail.got.clear()


@asynccontextmanager
async def sending(database: Any, server: MailServer, **settings: Any) -> AsyncIterator[NoticeDesk]:
    """The sender's part for notices, as its role, in this process."""
    given = {
        "database_url": database.url("ecc_sender"),
        "mqtt_url": "mqtt://127.0.0.1:1",
        "smtp_url": server.url,
        "mail_from": "ECC <ecc@example.org>",
        "public_url": "https://ecc.example.org",
        "webhook_allow_private": True,
        "notice_retry_scale": 0.01,
        **settings,
    }
    made = Settings(**given)
    app, post = outbox(made.database_url_for("ecc_sender")), Post(allow_private=True)
    desk = NoticeDesk(made, post)
    desk.add_tasks(app)
    working = {asyncio.create_task(desk.work()), asyncio.create_task(Sender(app, lambda: None).work())}
    try:
        yield desk
    finally:
        for task in working:
            task.cancel()
        await asyncio.wait(working)
        await post.close()
