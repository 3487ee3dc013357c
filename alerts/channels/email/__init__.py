"""E-mail over SMTP: plain text and what is attached, one message a notice, connections kept for the next one.

The Message-ID is made of the notice's id, so a message that is sent again after a sender died is the same one to the
reader's mail server; ECC-Attempt tells the two apart.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ssl import SSLContext

import aiosmtplib

from alerts.channels.contract import Answer, Message, Place, answered
from alerts.channels.robots import utc_now
from fleet.errors import InvalidInput

WITHIN_S = 30.0  # for each step
KEPT = 10  # idle connections
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail leaves and in whose name. `tls`: from the first byte; else STARTTLS where the server offers it."""

    host: str
    port: int
    sender: str
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    trusted: SSLContext | None = None


class Email:
    """Mail through one server; None: there is none."""

    def __init__(self, server: MailServer | None, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._server = server
        self._clock = clock
        self._idle: list[aiosmtplib.SMTP] = []
        self._closed = False

    @property
    def is_there(self) -> bool:
        """See Channel."""
        return self._server is not None

    def check(self, address: str) -> None:
        """See Channel."""
        if len(address) > 254 or not _ADDRESS.fullmatch(address):
            raise InvalidInput("address_email", where="address")

    async def send(self, message: Message, place: Place) -> Answer:
        """See Channel."""
        if self._server is None:
            return answered("again", "no mail server is set (ECC_SMTP_URL)")
        client: aiosmtplib.SMTP | None = None
        try:
            mail = _mail(message, place.address, self._server.sender, self._clock())
            client = await self._connected(self._server)
            _, said = await client.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            return await self._failed(client, first.code, f"{first.code} {first.message}")
        except aiosmtplib.SMTPResponseException as refused:
            return await self._failed(client, refused.code, f"{refused.code} {refused.message}")
        except (aiosmtplib.SMTPException, OSError) as error:
            _drop(client)
            return answered("again", f"{type(error).__name__}: {error}")
        except ValueError as error:  # a header that cannot be written
            _drop(client)
            return answered("refused", f"{type(error).__name__}: {error}")
        except asyncio.CancelledError:
            _drop(client)
            raise
        self._keep(client)
        return answered("delivered", said)

    async def _connected(self, server: MailServer) -> aiosmtplib.SMTP:
        while self._idle:
            client = self._idle.pop()
            if client.is_connected:
                return client
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            timeout=WITHIN_S,
            tls_context=server.trusted,
        )
        await client.connect()
        return client

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        if len(self._idle) < KEPT and not self._closed:
            self._idle.append(client)
        else:
            _drop(client)

    async def _failed(self, client: aiosmtplib.SMTP | None, code: int, said: str) -> Answer:
        """5yz is for good; but not 5yz of logging in (530 to 535, 538), which says nothing of the message."""
        _drop(client)
        return answered("refused" if 500 <= code < 600 and code not in range(530, 540) else "again", said)

    async def close(self) -> None:
        """See Channel. Mail on its way is delivered, and its connection is not kept then."""
        self._closed = True
        while self._idle:
            _drop(self._idle.pop())


def _drop(client: aiosmtplib.SMTP | None) -> None:
    if client is not None:
        client.close()


def _mail(message: Message, to: str, sender: str, now: datetime) -> EmailMessage:
    """The message as mail. Raises ValueError for what cannot stand in a header."""
    domain = sender.rpartition("@")[2].strip("> ")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<notice.{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language
    mail["ECC-Notice-Id"] = message.id
    mail["ECC-Attempt"] = str(message.attempt)
    mail["ECC-Severity"] = message.severity
    if message.severity == "critical":
        mail["Importance"] = "high"
    mail.set_content(message.body)
    for one in message.attachments:
        main, _, sub = one.media.partition("/")
        mail.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return mail
