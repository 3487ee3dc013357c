"""A signed webhook: the notice as JSON to an https URL of the person's own, for programs that pass it on."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from alerts.channels.contract import Answer, HttpPost, Message, Place, by_status

Sign = Callable[[Sequence[str], int, bytes], str]  # keys, seconds since 1970, body -> the value of ECC-Signature


class Webhook:
    """`check_url` raises InvalidInput for what may not be posted to; `sign` is that of the platform's webhooks."""

    is_there = True

    def __init__(self, post: HttpPost, *, check_url: Callable[[str], None], sign: Sign) -> None:
        self._post = post
        self._check_url = check_url
        self._sign = sign

    def check(self, address: str) -> None:
        """See Channel."""
        self._check_url(address)

    async def send(self, message: Message, place: Place) -> Answer:
        """See Channel."""
        told = {
            "id": message.id,
            "attempt": message.attempt,
            "severity": message.severity,
            "language": message.language,
            "subject": message.subject,
            "body": message.body,
            "link": message.link,
            **message.content,
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "ECC-Telematics-Notice/1",
            "ECC-Notice-Id": message.id,
            "ECC-Signature": self._sign([place.secret or ""], int(datetime.now(UTC).timestamp()), body),
        }
        return by_status(await self._post.send(place.address, headers, body))

    async def close(self) -> None:
        """See Channel."""
