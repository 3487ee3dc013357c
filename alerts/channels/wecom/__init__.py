"""WeCom: a group's robot (企业微信群机器人). Address: its webhook URL with `key`; it knows no signature."""

from collections.abc import Mapping
from typing import Any

from alerts.channels.contract import Place
from alerts.channels.robots import Robot


class WeCom(Robot):
    """A text of at most 2048 bytes."""

    HOST = "qyapi.weixin.qq.com"
    CODE = "errcode"
    AGAIN = frozenset({-1, 45009, 45033})  # busy; too often
    MOST_BYTES = 2_048

    def signed(self, place: Place, text: str) -> tuple[str, Mapping[str, Any]]:
        """See Robot."""
        return place.address, {"msgtype": "text", "text": {"content": text}}
