"""The texts of notices as the platform's people write them: each version kept, checked when saved, shown before."""

from dataclasses import dataclass
from datetime import datetime

from alerts.notice_templates import PLACEHOLDERS, Template, check_template, filled, shipped, word
from fleet.errors import NotFound, PreconditionFailed
from storage.ids import uuid7
from storage.notice_templates import TemplateRow, find_template, insert_template, list_latest
from storage.read_pool import Connection
from storage.users import Caller
from usecases.edited import About, record
from usecases.versions import Versions, same_version


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTemplate:
    """A text in force; `version` 0: the one that ships, which an empty body brings back."""

    key: str
    language: str
    subject: str
    body: str
    is_shipped: bool
    placeholders: list[str]
    made_at: datetime | None
    made_by: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTemplates:
    """All texts."""

    items: list[NoticeTemplate]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePreview:
    """A text with an example in each placeholder."""

    subject: str
    body: str


def _shown(key: str, language: str, row: TemplateRow | None) -> NoticeTemplate:
    is_shipped = row is None or not row.body
    text = shipped()[key, language] if row is None or not row.body else row
    return NoticeTemplate(
        key=key,
        language=language,
        subject=text.subject,
        body=text.body,
        is_shipped=is_shipped,
        placeholders=sorted(PLACEHOLDERS[key]),
        made_at=None if row is None else row.made_at,
        made_by=None if row is None else row.made_by,
        version=0 if row is None else row.version,
    )


async def list_templates(conn: Connection) -> NoticeTemplates:
    """Every text in force."""
    rows = {(row.key, row.language): row for row in await list_latest(conn)}
    return NoticeTemplates(items=[_shown(*place, rows.get(place)) for place in sorted(shipped())])


async def get_template(conn: Connection, key: str, language: str) -> NoticeTemplate:
    """One text in force. Raises NotFound."""
    if (key, language) not in shipped():
        raise NotFound
    return _shown(key, language, await find_template(conn, key, language))


async def write_template(
    conn: Connection,
    caller: Caller,
    key: str,
    language: str,
    text: Template,
    *,
    version: Versions | None,
    now: datetime,
) -> NoticeTemplate:
    """Add a version after the one that it was made from; an empty body brings back the text that ships.

    Raises NotFound, InvalidInput with the place of each placeholder that is none, and PreconditionFailed.
    """
    before = await get_template(conn, key, language)
    known = same_version(before.version, version)
    if text.body.strip():
        check_template(key, text)
    body = text.body if text.body.strip() else ""
    made = await insert_template(
        conn, key, language, version=known, subject=text.subject, body=body, by=caller.login, now=now
    )
    if not made:
        raise PreconditionFailed
    after = await get_template(conn, key, language)
    about = About(entity="notice_template", entity_id=uuid7(), organisation_id=caller.scope.organisation_id)
    told = {"key": key, "language": language}
    await record(
        conn,
        caller,
        about,
        before=told | {"subject": before.subject, "body": before.body},
        after=told | {"subject": after.subject, "body": after.body},
        action="update",
        now=now,
    )
    return after


async def preview_template(conn: Connection, key: str, language: str, text: Template | None) -> NoticePreview:
    """A text, or (None) the one in force, as a reader would see it; an empty body: the text that ships, as when saved.

    Raises NotFound and InvalidInput.
    """
    found = await get_template(conn, key, language)
    shown = Template(subject=found.subject, body=found.body) if text is None else text
    if not shown.body.strip():
        shown = shipped()[key, language]
    check_template(key, shown)
    values = {name: _example(name, language) for name in PLACEHOLDERS[key]}
    return NoticePreview(subject=filled(shown.subject, values).strip(), body=filled(shown.body, values))


_EXAMPLES = {
    "zh": {
        "person": "王丽",
        "machine": "1 号挖掘机",
        "site": "北区工地",
        "alarm": "机油压力低",
        "values": "机油压力 82 kPa",
        "item": "更换机油",
        "list": "- [紧急] 1 号挖掘机：机油压力低",
        "left": "12 小时",
        "due": "2026-11-25 至 2026-12-03",
        "needs": "约 60 分钟，机油滤清器 (LF16352) x 1",
        "title": "作业简报：1 号挖掘机",
        "summary": "作业 (h): 31.5",
        "asked_by": "王丽",
        "organisation": "北山土方",
        "text": "能启动，但动臂不动。",
    },
    "en": {
        "person": "Wang Li",
        "machine": "Excavator 1",
        "site": "North pit",
        "alarm": "Low oil pressure",
        "values": "Engine oil pressure 82 kPa",
        "item": "engine oil change",
        "list": "- [critical] Excavator 1: Low oil pressure",
        "left": "12 h of work",
        "due": "2026-11-25 to 2026-12-03",
        "needs": "about 60 min, Oil filter (LF16352) x 1",
        "title": "Work brief: Excavator 1",
        "summary": "Working (h): 31.5",
        "asked_by": "Wang Li",
        "organisation": "Beishan Earthworks",
        "text": "It starts, but the boom does not move.",
    },
}
_PLAIN = {
    "machine_no": "ECC00EX0001234567",
    "raised_at": "2026-11-21 18:00 (Asia/Shanghai)",
    "sent_at": "2026-11-21 18:00 (Asia/Shanghai)",
    "count": "12",
    "channel": "email",
    "machines": "EX-01, EX-02",
    "code": "123456",
    "minutes": "30",
    "asked_at": "2026-11-21 18:00 (Asia/Shanghai)",
    "phone": "+86 138 0000 0000",
    "days": "2026-11-16 – 2026-11-22 (Asia/Shanghai)",
    "ended": "",
}


def _example(name: str, language: str) -> str:
    own, machine = _EXAMPLES[language], _EXAMPLES[language]["machine"]
    if name in own or name in _PLAIN:
        return own.get(name) or _PLAIN[name]
    if name.endswith("link"):
        return f"https://ecc.example.com/{name}"
    if name == "what_happened":
        values = {"machine": machine, "alarm": own["alarm"]}
        return filled(word("happened", "raised", language), values).strip()
    if name == "advice":
        return f"{word('may_go_on', 'critical', language)} {word('waiting_costs', 'critical', language)}"
    group, key = {"state": ("reminder", "soon"), "reason": ("reason", "digest")}.get(name, (name, "critical"))
    return word(group, key, language)
