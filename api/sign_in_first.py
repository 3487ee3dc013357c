"""A link to a page of the API that is opened in a browser by somebody signed out: sign in first, then the page."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse

PATH, PAGE = "/api/v1/", "/brief"


def is_opened_in_browser(request: Request) -> bool:
    """True of a link to a work brief, as mails carry it; programs bring a token, or do not ask for HTML first."""
    return (
        request.method == "GET"
        and request.url.path.startswith(PATH)
        and request.url.path.endswith(PAGE)
        and request.headers.get("accept", "").startswith("text/html")
        and "authorization" not in request.headers
    )


def login_page(request: Request) -> RedirectResponse:
    """The way to the login page, which leads back here."""
    here = quote(request.url.path, safe="/:") + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?to={quote(here, safe='')}", status_code=303, headers={"Cache-Control": "no-store"})
