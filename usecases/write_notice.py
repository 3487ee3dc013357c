"""A notice in words: what happened, may I go on, what waiting costs, what we do next; links answer by one tap."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts.channels.contract import Message
from alerts.notice_templates import Template, check_template, filled, shipped, word
from fleet.errors import InvalidInput
from fleet.findings import SourceKind
from fleet.signals import Catalogue
from fleet.wall_clock import get_zone
from storage.notice_sending import (
    Claimed,
    RemindedRow,
    ToldRow,
    count_told,
    insert_tokens,
    list_reminded,
    list_told,
)
from storage.notice_templates import find_template
from storage.read_pool import Connection
from usecases.briefs.mail_brief import mailed_brief
from usecases.invite import hash_of_token
from usecases.next_step import next_step_of
from usecases.read_alarm_words import RuleBooks
from usecases.read_alarms import signal_values
from usecases.service_words import reminder_values, service_line, services_values
from usecases.unit_words import shown_unit

ACTIONS = {"fixed_link": "fixed", "wrong_link": "wrong", "call_link": "call_me"}
TOKENS_FOR = timedelta(days=7)
HIDDEN = "…"  # stands in what is kept for a link's token, and a code
CODE_MINUTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message, and its text as it may be kept: without tokens and codes."""

    message: Message
    subject: str
    body: str


async def write_notice(
    conn: Connection, notice: Claimed, *, catalogue: Catalogue, address: str, now: datetime
) -> Written | None:
    """Write what a claimed notice says, in its reader's language and on their clocks; keep the tokens of its links.

    `address`: of the console, empty where it is not known. None when what it told of is not kept any more.
    """
    if notice.kind == "report":
        return await _report(conn, notice, catalogue, address, now)
    values, content, kept = await _values(conn, notice, catalogue, address, now)
    if values is None:
        return None
    key = "services" if _is_of_services(notice, content) else notice.kind
    template = await template_in_force(conn, key, notice.language)
    safe = values | kept
    message = Message(
        id=str(notice.public_id),
        attempt=notice.attempt,
        subject=filled(template.subject, values).strip(),
        body=filled(template.body, values),
        language=notice.language,
        severity=notice.severity,
        link=values.get("link", ""),
        content={"kind": notice.kind} | dict(content),
    )
    return Written(message=message, subject=filled(template.subject, safe).strip(), body=filled(template.body, safe))


async def _report(
    conn: Connection, notice: Claimed, catalogue: Catalogue, address: str, now: datetime
) -> Written | None:
    brief = await mailed_brief(
        conn,
        notice.user_id,
        notice.content,
        language=notice.language,
        catalogue=catalogue,
        address=address,
        now=now,
    )
    if brief is None:
        return None
    template = await template_in_force(conn, "report", notice.language)
    values = {"person": notice.person} | brief.values
    message = Message(
        id=str(notice.public_id),
        attempt=notice.attempt,
        subject=filled(template.subject, values).strip(),
        body=filled(template.body, values),
        language=notice.language,
        severity=notice.severity,
        link=values["link"],
        content={"kind": notice.kind},
        attachments=(brief.attachment,),
    )
    return Written(message=message, subject=message.subject, body=message.body)


async def template_in_force(conn: Connection, key: str, language: str) -> Template:
    """The last version that somebody wrote, or the text that ships."""
    row = await find_template(conn, key, language)
    if row is None or not row.body:
        return shipped()[key, language]
    template = Template(subject=row.subject, body=row.body, version=row.version)
    try:
        check_template(key, template)
    except InvalidInput:  # of a program before this one, which knew another placeholder
        return shipped()[key, language]
    return template


Values = tuple[dict[str, str] | None, Mapping[str, Any], dict[str, str]]


async def _values(conn: Connection, notice: Claimed, catalogue: Catalogue, address: str, now: datetime) -> Values:
    person = {"person": notice.person}
    zone = get_zone(notice.time_zone)
    if notice.kind in ("test", "code", "help"):
        values, hidden = asked_values(notice, zone=zone, address=address, now=now)
        return person | values, {}, hidden
    told = await list_told(conn, notice.notice_id)
    reminded = await list_reminded(conn, notice.notice_id) if notice.kind != "alarm" else []
    if not told and not reminded:
        return None, {}, {}
    books = await RuleBooks.load(conn, [row.version for row in told], catalogue)
    content = {"alarms": [_content(row) for row in told], "reminders": [_reminder_content(row) for row in reminded]}
    if notice.kind == "collected":
        count = await count_told(conn, notice.notice_id)
        if told:
            values = collected_values(told, reminded, books=books, notice=notice, count=count)
            values |= {"link": f"{address}/live"}
        else:
            values = services_values(reminded, count=count, address=address, language=notice.language)
        return person | values, content, {}
    if notice.kind == "reminder":
        values = reminder_values(reminded[0], language=notice.language)
        return person | values | {"link": f"{address}/live?machine={reminded[0].machine_public_id}"}, content, {}
    step = await next_step_of(conn, notice, now=now)
    values = alarm_values(told, books=books, language=notice.language, zone=zone, next_step=step)
    tokens = {link: secrets.token_urlsafe(32) for link in ACTIONS}
    await insert_tokens(
        conn,
        notice,
        [hash_of_token(token) for token in tokens.values()],
        list(ACTIONS.values()),
        expires_at=now + TOKENS_FOR,
    )
    links = {link: f"{address}/api/v1/notice-actions/{token}" for link, token in tokens.items()}
    values |= links | {"link": f"{address}/live?alarm={told[-1].alarm_id}"}
    return person | values, content, dict.fromkeys(ACTIONS, f"{address}/api/v1/notice-actions/{HIDDEN}")


def asked_values(
    notice: Claimed, *, zone: ZoneInfo, address: str, now: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """Of what somebody asked for: the values, and those that no log shows."""
    if notice.kind == "test":
        return {"channel": notice.channel, "sent_at": at_in(zone, now)}, {}
    if notice.kind == "code":
        return {"code": notice.content["code"], "minutes": str(CODE_MINUTES)}, {"code": HIDDEN}
    return help_values(notice.content, zone=zone, address=address, language=notice.language), {}


def help_values(asked: Mapping[str, Any], *, zone: ZoneInfo, address: str, language: str) -> dict[str, str]:
    """What a request for help says."""
    values = {name: str(asked[name]) for name in ("machine", "organisation", "asked_by", "text")}
    asked_at = at_in(zone, datetime.fromisoformat(asked["asked_at"]))
    phone = asked["phone"] or word("help", "no_phone", language)
    path = f"/alarms/{asked['alarm_id']}" if asked["alarm_id"] else f"/machines/{asked['machine_id']}"
    return values | {"asked_at": asked_at, "phone": phone, "link": f"{address}{path}"}


def _is_of_services(notice: Claimed, content: Mapping[str, Any]) -> bool:
    """Whether several things in one notice are all services: they have a text of their own."""
    return notice.kind == "collected" and not content["alarms"]


def at_in(zone: ZoneInfo, at: datetime) -> str:
    """A time on the reader's clocks."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def title_of(row: ToldRow, books: RuleBooks, language: str) -> str:
    """What the alarm is called."""
    return str(getattr(books.words(row.source_kind, row.source_key, row.version, _cause(row)), language))


def _cause(row: ToldRow) -> str:
    return (row.reason or "") if row.code_case is None else str(row.code_case["cascade"])


def kind_of(row: ToldRow) -> str:
    """A transition as its reader is told it: what comes back after it was held back is raised to them."""
    if row.kind == "withdrawn" and row.is_replaced:
        return "replaced"
    if row.is_corrected:
        return "corrected"
    return row.kind if row.kind in ("cleared", "withdrawn", "escalated", "revised", "confirmed") else "raised"


def alarm_values(
    told: Sequence[ToldRow], *, books: RuleBooks, language: str, zone: ZoneInfo, next_step: str = "next_step"
) -> dict[str, str]:
    """The placeholders of one alarm but those of links; `told` are its transitions in order, the last one decides.

    `next_step`: the group of words for what is next.
    """
    row, kinds = told[-1], _kinds(told)
    kind = kinds[-1]
    is_over = kind in ("cleared", "withdrawn", "replaced") or (kind == "escalated" and row.cleared_at is not None)
    alarm = title_of(row, books, language)
    happened = {
        "machine": row.machine,
        "alarm": alarm,
        "ended_at": "" if row.cleared_at is None else at_in(zone, row.cleared_at),
        "raised_at": at_in(zone, row.raised_at),
    }
    kinds += ["cleared"] if kind == "escalated" and is_over else []
    sentences = [filled(word("happened", one, language), happened).strip() for one in dict.fromkeys(kinds)]
    if row.chattering:
        sentences.append(keeps_coming(row, language, zone))
    if row.together and not is_over:
        sentences.append(filled(word("happened", "together", language), {"n": str(row.together)}))
    steps = [word(next_step, "ended" if is_over else row.severity, language)]
    if row.escalates_at is not None and not is_over:
        steps.append(filled(word("escalates", "at", language), {"at": at_in(zone, row.escalates_at)}))
    return {
        "machine": row.machine,
        "machine_no": row.machine_no,
        "site": row.site or word("nothing", "site", language),
        "severity": word("severity", row.severity, language),
        "alarm": alarm,
        "ended": word("ended", kind if kind != "raised" else "standing", language),
        "what_happened": " ".join(sentences),
        "advice": word("may_go_on_ended", "cleared" if kind == "escalated" else kind, language)
        if is_over
        else advice_of(row, books, language),
        "next_step": (" " if language == "en" else "").join(steps),
        "raised_at": at_in(zone, row.raised_at),
        "values": values_of(row, books, language) or word("nothing", "values", language),
    }


def _kinds(told: Sequence[ToldRow]) -> list[str]:
    """What a notice of one alarm tells, in order; what corrects it before it was told is no correction."""
    kinds = [kind_of(row) for row in told]
    return [kind for kind in kinds if kind != "corrected" or "raised" not in kinds]


def advice_of(row: ToldRow, books: RuleBooks, language: str) -> str:
    """Whether work may go on, and what waiting costs: the sentence of what was found, and nothing beside it that might
    say otherwise. Where nobody wrote one (codes, models) what its severity says. Of a sensor that is not believed: work
    may go on unless an alarm stands, which may rest on it."""
    own = books.advice(row.source_kind, row.source_key, row.version, _cause(row))
    if own is None:
        return f"{word('may_go_on', row.severity, language)} {word('waiting_costs', row.severity, language)}"
    told = str(getattr(own, language))
    if row.source_kind == SourceKind.SENSOR:
        return f"{told} {word('may_go_on_sensor', 'standing', language)}"
    return told


def keeps_coming(row: ToldRow, language: str, zone: ZoneInfo) -> str:
    """How often what chatters came."""
    since = at_in(zone, row.since or row.raised_at)
    return filled(word("happened", "chattering", language), {"times": str(row.times), "since": since})


def values_of(row: ToldRow, books: RuleBooks, language: str) -> str:
    """The values that drove it: 'Engine oil pressure 82 kPa, ...'."""
    rule = books.rule(row.source_kind, row.source_key, row.version)
    shown = signal_values(row.evidence, rule, books.catalogue)
    names = {value.key: books.catalogue[value.key] for value in shown if value.key in books.catalogue}
    named = [(getattr(names[value.key], language), value) for value in shown if value.key in names]
    return ("，" if language == "zh" else ", ").join(
        f"{name} {value.value:g} {shown_unit(value.unit)[language != 'zh']}".strip() for name, value in named
    )


def collected_values(
    told: Sequence[ToldRow], reminded: Sequence[RemindedRow], *, books: RuleBooks, notice: Claimed, count: int
) -> dict[str, str]:
    """The placeholders of several transitions in one notice."""
    language, zone = notice.language, get_zone(notice.time_zone)
    last = {(row.machine_no, row.source_kind, row.source_key): row for row in told}
    lines = [
        f"- [{word('severity', row.severity, language)}] {row.machine}: {title_of(row, books, language)}, "
        f"{word('kind', kind_of(row), language)}, {at_in(zone, row.raised_at)}"
        + (f". {keeps_coming(row, language, zone)}" if row.chattering else "")
        for row in (last.values() if notice.reason == "chattering" else told)
    ]
    lines += [service_line(row, language=language, name="among_alarms") for row in reminded]
    if count > len(told) + len(reminded):
        lines.append(f"… +{count - len(told) - len(reminded)}")
    reason = word("reason", notice.reason or "digest", language)
    return {"count": str(count), "reason": reason, "list": "\n".join(lines)}


def _content(row: ToldRow) -> dict[str, Any]:
    return {
        "alarm_id": str(row.alarm_id),
        "transition": row.kind,
        "severity": row.severity,
        "source_kind": row.source_kind,
        "source_key": row.source_key,
        "machine": row.machine_no,
        "raised_at": row.raised_at.isoformat(),
    }


def _reminder_content(row: RemindedRow) -> dict[str, Any]:
    return {"machine": row.machine_no, "item": row.item_en, "state": row.state}
