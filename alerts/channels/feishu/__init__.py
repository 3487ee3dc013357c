"""Feishu: a group's robot (飞书自定义机器人). Address: its webhook URL; secret: the one of 签名校验."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from alerts.channels.contract import Place
from alerts.channels.robots import Robot


class Feishu(Robot):
    """Signed in the body: HMAC-SHA256 of nothing with "<seconds>\\n<secret>" as the key, base64."""

    HOST = "open.feishu.cn"
    CODE = "code"
    AGAIN = frozenset({9499, 11232, 99991400})  # too often
    MOST_BYTES = 20_000

    def signed(self, place: Place, text: str) -> tuple[str, Mapping[str, Any]]:
        """See Robot."""
        content: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if place.secret:
            at_s = str(int(self._clock().timestamp()))
            digest = hmac.new(f"{at_s}\n{place.secret}".encode(), b"", hashlib.sha256).digest()
            content |= {"timestamp": at_s, "sign": base64.b64encode(digest).decode()}
        return place.address, content
