"""The pages that the links of notices open: small enough for a phone on a site, and nothing in them but words.

Browsers get them for errors too; whoever does not ask for HTML gets problem+json as everywhere.
"""

from html import escape
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse

PATH = "/api/v1/notice-actions/"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:0 auto;padding:1.5rem 1rem}"
    "h1{font-size:1.4rem;line-height:1.3}"
    "button,.open{display:block;box-sizing:border-box;width:100%;font:inherit;font-size:1.2rem;padding:.9rem;"
    "margin:1.2rem 0;border:1px solid #1552a0;border-radius:.5rem;text-align:center;text-decoration:none}"
    "button{background:#1552a0;color:#fff;cursor:pointer}.open{color:inherit}small{opacity:.75}"
)
_OPEN = {"zh": "查看报警（登录后打开）", "en": "Open the alarm (after signing in)"}


def page(language: str, title: str, *paragraphs: str, alarm: UUID | None = None, status: int = 200) -> HTMLResponse:
    """A page with a title, paragraphs of HTML, and a link to the alarm."""
    link = "" if alarm is None else f'<a class="open" href="/live?alarm={alarm}">{_OPEN[language]}</a>\n'
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><title>{escape(title)}</title>"
    )
    body = "\n".join(paragraphs)
    return HTMLResponse(
        f'<!doctype html><html lang="{language}">{head}\n<h1>{escape(title)}</h1>\n{body}\n{link}</html>\n',
        status_code=status,
        headers=_HEADERS,
    )


def is_asked_for(request: Request) -> bool:
    """True of a browser at a link of a notice."""
    return request.url.path.startswith(PATH) and "text/html" in request.headers.get("accept", "")


def problem(language: str, title: str, detail: str, *, status: int) -> HTMLResponse:
    """An error as a page."""
    return page(language, title, f"<p>{escape(detail)}</p>", status=status)
