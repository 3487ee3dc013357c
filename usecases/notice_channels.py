"""The channels of the platform by name, put together for whoever sends, and for whoever only checks addresses."""

from collections.abc import Mapping
from typing import NoReturn

from alerts.channels.apprise import AppriseChannel
from alerts.channels.contract import Channel, HttpPost
from alerts.channels.dingtalk import DingTalk
from alerts.channels.email import Email, MailServer
from alerts.channels.feishu import Feishu
from alerts.channels.webhook import Webhook
from alerts.channels.wecom import WeCom
from usecases.webhook_addresses import check_url
from usecases.webhook_signing import signature


def make_channels(post: HttpPost, server: MailServer | None, *, is_open: bool) -> Mapping[str, Channel]:
    """Every channel; a site's own gateway for text messages would be `sms` here.

    `is_open`: to http, private addresses and services of any kind (ECC_WEBHOOK_ALLOW_PRIVATE: tests, closed networks).
    """
    return {
        "email": Email(server),
        "webhook": Webhook(post, check_url=lambda url: check_url(url, allow_private=is_open), sign=signature),
        "dingtalk": DingTalk(post, any_host=is_open),
        "wecom": WeCom(post, any_host=is_open),
        "feishu": Feishu(post, any_host=is_open),
        "apprise": AppriseChannel(any_host=is_open),
    }


class NoPost:
    """For a process that checks addresses and sends nothing."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> NoReturn:
        """Never."""
        raise NotImplementedError
