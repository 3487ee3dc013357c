"""Where a webhook may point: https addresses of the public internet."""

import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from fleet.errors import InvalidInput

LONGEST_URL = 2000
_NAME = re.compile(r"[!-~]+")
_NEVER = frozenset(
    {
        "168.63.129.16",  # a public address under which a cloud serves its machines' metadata
    }
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The address is not one that webhooks may be sent to."""


def check_url(url: str, *, allow_private: bool) -> None:
    """Raise InvalidInput unless the URL may be a webhook's. Names are looked up and checked when something is sent.

    `allow_private`: http and any address (ECC_WEBHOOK_ALLOW_PRIVATE, for tests and closed networks).
    """
    if len(url) > LONGEST_URL or not _NAME.fullmatch(url) or "\\" in url:
        raise InvalidInput("url_characters", where="url", most=LONGEST_URL)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise InvalidInput("url_unreadable", where="url") from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise InvalidInput("url_not_https", where="url")
    if not host or port == 0 or parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput("url_host", where="url")
    if not allow_private and points_inside(host):
        raise InvalidInput("address_inside", where="url")


def points_inside(host: str) -> bool:
    """True for a name of this very machine and for an address that is not public. Other names are not looked up."""
    address = _literal(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and not is_public(address))


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """True for an address of the public internet: not private, loopback, link-local, shared, multicast or reserved,
    nor such an IPv4 address in an IPv6 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    never = address.is_multicast or address.is_reserved or address.is_unspecified or str(address) in _NEVER
    return address.is_global and not never
