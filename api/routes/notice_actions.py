"""The links of notices: a page that says what would be done, and a button that does it."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Now, pool_of
from api.problems import documented
from usecases.notice_actions import NoticeAction, do_action, show_action

router = APIRouter(prefix="/notice-actions", tags=["notices"], default_response_class=HTMLResponse)
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$", description="The link's token.", examples=["x" * 43])]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_WORDS = {
    "fixed": {"zh": ("已修好", "记录为：确有故障，已修好"), "en": ("It is fixed", "Recorded: a true fault, fixed.")},
    "wrong": {"zh": ("误报", "记录为：误报"), "en": ("It is wrong", "Recorded: nothing was wrong.")},
    "call_me": {
        "zh": ("请给我打电话", "已转告控制中心，我们会给您打电话"),
        "en": ("Call me", "The control centre will call you."),
    },
}
_OVER = {"zh": "此链接已使用或已过期。", "en": "This link has been used, or is too old."}
_THANKS = {"zh": "谢谢！", "en": "Thank you!"}


@router.get("/{token}", responses=documented("not_found"))
async def show_notice_action(token: Token, request: Request, now: Now) -> HTMLResponse:
    """What a link would do; looking at it does nothing."""
    found = await show_action(pool_of(request), token, catalogue=request.app.state.catalogue.current, now=now)
    return _page(found, _form(found) if found.is_open else f"<p>{_OVER[found.language]}</p>")


@router.post("/{token}", responses=documented("not_found", "notice_link_over", "forbidden"))
async def do_notice_action(token: Token, request: Request, now: Now) -> HTMLResponse:
    """Do what a link says in the name of its reader; it works once."""
    done = await do_action(pool_of(request), token, catalogue=request.app.state.catalogue.current, now=now)
    said = _WORDS[done.action][done.language][1]
    return _page(done, f"<p><strong>{_THANKS[done.language]}</strong> {escape(said)}</p>")


def _form(found: NoticeAction) -> str:
    label = escape(_WORDS[found.action][found.language][0])
    return f'<form method="post"><button type="submit">{label}</button></form>'


def _page(found: NoticeAction, inner: str) -> HTMLResponse:
    alarm = found.alarm.zh if found.language == "zh" else found.alarm.en
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body{font:1.1rem sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem}"
        "button{font-size:1.2rem;padding:.8rem 1.6rem}</style>"
    )
    title = (
        f"{escape(found.machine)}：{escape(alarm)}"
        if found.language == "zh"
        else f"{escape(found.machine)}: {escape(alarm)}"
    )
    return HTMLResponse(
        f'<!doctype html><html lang="{found.language}">{head}<title>{title}</title>\n<h1>{title}</h1>\n'
        f"<p>{escape(found.login)}</p>\n{inner}\n</html>\n",
        headers=_HEADERS,
    )
