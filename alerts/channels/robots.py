"""What the robots of DingTalk, WeCom and Feishu have in common: JSON to a URL whose host is the provider's, and a code
in the answer that says whether the message was taken."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from alerts.channels.contract import Answer, HttpPost, Message, Place, answered, by_status
from fleet.errors import InvalidInput


def utc_now() -> datetime:
    """The wall clock, which providers ask for in signatures."""
    return datetime.now(UTC)


class Robot:
    """A group's robot. `any_host`: for tests and closed networks that reach the provider by another name."""

    HOST: ClassVar[str]
    CODE: ClassVar[str]  # the member of the answer that is 0 when the message was taken
    AGAIN: ClassVar[Collection[int]]  # codes of a provider that is too busy
    MOST_BYTES: ClassVar[int]  # of a text
    is_there = True

    def __init__(self, post: HttpPost, *, any_host: bool = False, clock: Callable[[], datetime] = utc_now) -> None:
        self._post = post
        self._any_host = any_host
        self._clock = clock

    def check(self, address: str) -> None:
        """See Channel."""
        host = urlsplit(address).hostname
        if not self._any_host and (host != self.HOST or not address.startswith("https://")):
            raise InvalidInput("robot_host", where="address", host=self.HOST)

    async def send(self, message: Message, place: Place) -> Answer:
        """See Channel."""
        text = shortened(f"{message.subject}\n\n{message.body}", self.MOST_BYTES, message.link)
        url, content = self.signed(place, text)
        headers = {"Content-Type": "application/json; charset=utf-8", "ECC-Notice-Id": message.id}
        posted = await self._post.send(url, headers, json.dumps(content, ensure_ascii=False).encode())
        answer = by_status(posted)
        return answer if answer.outcome != "delivered" else self._taken(posted.text)

    def signed(self, place: Place, text: str) -> tuple[str, Mapping[str, Any]]:
        """The URL and the JSON that say `text`, signed where the robot has a secret."""
        raise NotImplementedError

    def _taken(self, text: str) -> Answer:
        try:
            code = json.loads(text)[self.CODE]
        except (ValueError, KeyError, TypeError):
            return answered("again", f"no answer of a robot: {text}")
        if code == 0:
            return answered("delivered", text)
        return answered("again" if code in self.AGAIN else "refused", text)

    async def close(self) -> None:
        """See Channel."""


def shortened(text: str, most: int, link: str) -> str:
    """The text in at most `most` bytes of UTF-8; what is left out is behind the link."""
    if len(text.encode()) <= most:
        return text
    tail = f"…\n{link}"
    return text.encode()[: most - len(tail.encode())].decode(errors="ignore") + tail
