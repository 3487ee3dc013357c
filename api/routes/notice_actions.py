"""The links of notices: a page that says what would be done, and a button that does it."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Now, pool_of
from api.notice_pages import page
from api.problems import documented
from usecases.notice_actions import NoticeAction, do_action, show_action

router = APIRouter(prefix="/notice-actions", tags=["notices"], default_response_class=HTMLResponse)
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$", description="The link's token.", examples=["x" * 43])]
# the button; what it records, before and after
_WORDS = {
    "fixed": {
        "zh": ("已修好", "按下后记录为：确有故障，已修好。", "已记录：确有故障，已修好。"),
        "en": (
            "It is fixed",
            "The button records: there was a fault, and it is fixed.",
            "Recorded: a true fault, fixed.",
        ),
    },
    "wrong": {
        "zh": ("误报", "按下后记录为：误报，设备没有问题。", "已记录：误报。"),
        "en": (
            "It is wrong",
            "The button records: nothing was wrong with the machine.",
            "Recorded: nothing was wrong.",
        ),
    },
    "call_me": {
        "zh": ("请给我打电话", "按下后立即通知控制中心值班人员和经销商。", "已通知控制中心值班人员和经销商。"),
        "en": (
            "Call me",
            "The button tells whoever is on duty in the control centre, and your dealer, at once.",
            "Whoever is on duty in the control centre, and your dealer, are told now.",
        ),
    },
}
_PHONE = {"zh": "请保持电话 {phone} 畅通。", "en": "They have your number: {phone}."}
_NO_PHONE = {
    "zh": "您的资料中没有电话：请登录后在“求助”中补充。",
    "en": "Your record has no phone number: sign in and ask for help with one.",
}
_OVER = {"zh": "此链接已使用或已过期。", "en": "This link has been used, or is too old."}
_THANKS = {"zh": "谢谢！", "en": "Thank you!"}
_AS = {"zh": "以 {name} 的名义", "en": "In the name of {name}"}


@router.get("/{token}", responses=documented("not_found"))
async def show_notice_action(token: Token, request: Request, now: Now) -> HTMLResponse:
    """What a link would do; looking at it does nothing."""
    found = await show_action(pool_of(request), token, catalogue=request.app.state.catalogue.current, now=now)
    if not found.is_open:
        return _page(found, f"<p>{_OVER[found.language]}</p>")
    label, does, _ = _WORDS[found.action][found.language]
    name = _AS[found.language].format(name=escape(found.login))
    button = f'<form method="post"><button type="submit">{label}</button></form>'
    return _page(found, f"<p>{does}<br><small>{name}</small></p>", button)


@router.post("/{token}", responses=documented("not_found", "notice_link_over", "forbidden", "conflict"))
async def do_notice_action(token: Token, request: Request, now: Now) -> HTMLResponse:
    """Do what a link says in the name of its reader; it works once."""
    done = await do_action(pool_of(request), token, catalogue=request.app.state.catalogue.current, now=now)
    said = f"<p><strong>{_THANKS[done.language]}</strong> {_WORDS[done.action][done.language][2]}</p>"
    return _page(done, said, *_about_phone(done))


def _about_phone(done: NoticeAction) -> list[str]:
    """Whether who is to be called can be."""
    if done.action != "call_me":
        return []
    words = _NO_PHONE[done.language] if done.phone is None else _PHONE[done.language].format(phone=escape(done.phone))
    return [f"<p>{words}</p>"]


def _page(found: NoticeAction, *paragraphs: str) -> HTMLResponse:
    title = f"{found.machine}：{found.alarm.zh}" if found.language == "zh" else f"{found.machine}: {found.alarm.en}"
    return page(found.language, title, *paragraphs, alarm=found.alarm_id)
