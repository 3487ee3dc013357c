"""The platform's own address, as others reach it."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from api.settings import ApiSettings


def public_address(request: Request) -> str:
    """`https://host` without a slash at the end: the setting, or what this request was sent to.

    For answers to whoever sent the request; not for what is handed on to others.
    """
    return _configured(request) or str(request.base_url).rstrip("/")


def address_for_others(request: Request) -> str:
    """`https://host` for links that are handed to somebody else; empty where it is not known, so that they are paths.

    The setting; without one this machine's own address, for a request that came to a socket of the loopback and names
    it. A name that the request itself brings (Host, X-Forwarded-Host) is anybody's to choose.
    """
    return _configured(request) or _loopback(request)


def _configured(request: Request) -> str:
    settings: ApiSettings = request.app.state.settings
    return (settings.public_url or "").rstrip("/")


def _loopback(request: Request) -> str:
    socket, port = request.scope.get("server") or ("", None)
    try:
        named = urlsplit(f"//{request.headers.get('host', '')}")
        fits = port is not None and named.port == port and "@" not in named.netloc
        is_own = fits and _is_loopback(socket) and _is_loopback(named.hostname or "")
    except ValueError:  # a port or a bracket that is none
        return ""
    return f"http://{named.netloc}" if is_own else ""


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ip_address(host).is_loopback
