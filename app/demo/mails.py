"""The demo's own mail server: takes what the platform sends on the loopback and keeps each mail as a file to open."""

import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from queue import Empty, SimpleQueue

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.embedded.child import free_port

DOMAIN = "demo.invalid"  # the demo's people live where no mail server is
SENDER = f"ECC <ecc@{DOMAIN}>"
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


class Mailbox:
    """Keeps mails in `directory` as <number>-<login>.eml, and says what came."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._came: SimpleQueue[str] = SimpleQueue()
        self._kept = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail for each of its readers."""
        assert isinstance(envelope.content, bytes)
        mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(envelope.content)
        for address in envelope.rcpt_tos:
            login = address.partition("@")[0]
            self._kept += 1
            name = f"{self._kept:04}-{_NOT_IN_NAMES.sub('_', login)}.eml"
            (self.directory / name).write_bytes(envelope.content)
            self._came.put(f"mail to {login}: {str(mail['Subject']).strip()} ({name})")
        return "250 2.0.0 kept"

    def news(self) -> Iterator[str]:
        """A sentence for each mail that came since the last call."""
        while True:
            try:
                yield self._came.get_nowait()
            except Empty:
                return


@contextmanager
def mailbox(directory: Path) -> Iterator[tuple[Mailbox, dict[str, str]]]:
    """Take mail into a directory; with what the sender's environment needs to deliver here."""
    directory.mkdir(parents=True, exist_ok=True)
    kept, port = Mailbox(directory), free_port(None)
    controller = Controller(kept, hostname="127.0.0.1", port=port, ready_timeout=10)
    controller.start()
    try:
        yield kept, {"ECC_SMTP_URL": f"smtp://127.0.0.1:{port}", "ECC_MAIL_FROM": SENDER}
    finally:
        controller.stop()
