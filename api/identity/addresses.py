"""The platform's own address, as others reach it."""

from fastapi import Request

from api.settings import ApiSettings


def public_address(request: Request) -> str:
    """`https://host` without a slash at the end: the setting, or what this request was sent to."""
    settings: ApiSettings = request.app.state.settings
    return (settings.public_url or str(request.base_url)).rstrip("/")
