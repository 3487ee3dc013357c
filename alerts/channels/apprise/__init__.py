"""What is left, by apprise's URLs (`tgram://bot/chat`): services whose hosts are their own, so that no address of our
network can be named. `any_host` (tests, closed networks) takes json:// as well, to a server of one's own.

apprise's own list of services imports more than a hundred modules; only the one that a URL names is imported here.
"""

import asyncio
from functools import cache
from importlib import import_module
from typing import Any

import apprise
from apprise.logger import logger as apprise_logger
from apprise.plugins.base import NotifyBase

from alerts.channels.contract import Answer, Message, Place, answered
from fleet.errors import InvalidInput

SERVICES = {  # the scheme of a URL -> apprise's module and class
    "discord": ("discord", "NotifyDiscord"),
    "gchat": ("google_chat", "NotifyGoogleChat"),
    "lark": ("lark", "NotifyLark"),
    "line": ("line", "NotifyLine"),
    "pbul": ("pushbullet", "NotifyPushBullet"),
    "pover": ("pushover", "NotifyPushover"),
    "schan": ("serverchan", "NotifyServerChan"),
    "slack": ("slack", "NotifySlack"),
    "tgram": ("telegram", "NotifyTelegram"),
    "wxpusher": ("wxpusher", "NotifyWxPusher"),
}
OPEN = {"json": ("custom_json", "NotifyJSON")}
WITHIN_S = 20.0
LogCapture: Any = apprise.LogCapture  # apprise does not annotate it


@cache
def service(scheme: str) -> type[NotifyBase]:
    """apprise's class for the URLs of a scheme of ours."""
    module, name = (SERVICES | OPEN)[scheme]
    found: type[NotifyBase] = getattr(import_module(f"apprise.plugins.{module}"), name)
    return found


def _opened(address: str) -> NotifyBase:
    """The service that a URL names. Raises TypeError for a URL that it does not understand."""
    kind = service(address.partition("://")[0].lower())
    parts = kind.parse_url(address)
    if not parts:
        raise TypeError("no URL of this service")
    made: NotifyBase = kind(**parts)
    return made


class AppriseChannel:
    """apprise tries once and says yes or no; what a service answered is in its log, so one message goes at a time."""

    is_there = True

    def __init__(self, *, any_host: bool = False) -> None:
        self._known = (*SERVICES, *(OPEN if any_host else ()))
        self._one = asyncio.Lock()

    def check(self, address: str) -> None:
        """See Channel."""
        if address.partition("://")[0].lower() not in self._known:
            raise InvalidInput("apprise_service", where="address", known=self._known)
        try:
            _opened(address)
        except TypeError:
            raise InvalidInput("apprise_url", where="address") from None

    async def send(self, message: Message, place: Place) -> Answer:
        """See Channel."""
        sender = apprise.Apprise()
        try:
            self.check(place.address)
            sender.add(_opened(place.address))
        except InvalidInput as refused:  # taken when more was allowed
            return answered("refused", refused.detail)
        async with self._one:
            with LogCapture(level=apprise_logger.getEffectiveLevel(), name=apprise_logger.name) as log:
                try:
                    async with asyncio.timeout(WITHIN_S):
                        is_taken = await sender.async_notify(title=message.subject, body=message.body)
                except TimeoutError:
                    return answered("again", f"no answer within {WITHIN_S:g} s")
                said = log.getvalue().strip()
        return answered("delivered" if is_taken else "again", said or ("taken" if is_taken else "not taken"))

    async def close(self) -> None:
        """See Channel."""
