"""DingTalk: a group's robot (钉钉自定义机器人). Address: its URL with `access_token`; secret: the one of 加签."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from alerts.channels.contract import Place
from alerts.channels.robots import Robot


class DingTalk(Robot):
    """Signed in the URL: HMAC-SHA256 of "<milliseconds>\\n<secret>" with the secret, base64."""

    HOST = "oapi.dingtalk.com"
    CODE = "errcode"
    AGAIN = frozenset({-1, 130101, 410100})  # busy; more than 20 messages a minute
    MOST_BYTES = 20_000

    def signed(self, place: Place, text: str) -> tuple[str, Mapping[str, Any]]:
        """See Robot."""
        content = {"msgtype": "text", "text": {"content": text}}
        if not place.secret:
            return place.address, content
        at_ms = round(self._clock().timestamp() * 1000)
        digest = hmac.new(place.secret.encode(), f"{at_ms}\n{place.secret}".encode(), hashlib.sha256).digest()
        added = urlencode({"timestamp": at_ms, "sign": base64.b64encode(digest).decode()})
        return f"{place.address}{'&' if '?' in place.address else '?'}{added}", content
