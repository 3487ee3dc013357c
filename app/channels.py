"""The channels of this platform, put together from its settings."""

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from alerts.channels.contract import Channel
from alerts.channels.email import MailServer
from app.settings import Settings

PORTS = {"smtp": 587, "smtps": 465}


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server of ECC_SMTP_URL; None: there is none."""
    if settings.smtp_url is None:
        return None
    parts = urlsplit(settings.smtp_url.get_secret_value())
    host = parts.hostname or ""
    return MailServer(
        host=host,
        port=parts.port or PORTS[parts.scheme],
        sender=settings.mail_from or f"ecc@{host}",
        tls=parts.scheme == "smtps",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


async def close_channels(channels: Mapping[str, Channel]) -> None:
    """Let go of the connections of all of them."""
    await asyncio.gather(*(channel.close() for channel in channels.values()))
