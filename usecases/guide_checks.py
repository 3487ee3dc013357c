"""Guided checks of a finding: what to ask next, what was answered by whom, and how the causes stand after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from diagnosis.guided import Answer, Asked, Question, guide, questions_of, tools_for
from diagnosis.told import named
from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from storage import guided_checks
from storage.guided_checks import AnswerRow, NewAnswer
from storage.read_findings import FindingRow, find_diagnosis
from storage.read_pool import Connection
from storage.sight import Scope
from storage.users import Caller
from usecases.edited import About, record
from usecases.master_data import optional_text
from usecases.read_findings import diagnosis_of, get_row


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidedCause:
    """A cause as it stands now: with its share, and the one it had before anybody answered; see api.schemas.guided."""

    key: str
    text: dict[str, str]
    share: float | None
    first_share: float | None
    parts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What somebody answered."""

    cause: str | None
    check: str | None
    when: str | None
    answer: Answer
    note: str | None
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidedQuestion:
    """A question with the answer that counts; see api.schemas.guided."""

    cause: str | None
    cause_text: dict[str, str] | None
    check: str | None
    when: str | None
    text: dict[str, str]
    minutes: float | None
    is_next: bool
    answer: Answer | None
    answered_at: datetime | None
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The answer; see api.schemas.guided. `version` counts the answers."""

    finding_id: str
    version: int
    basis: str | None
    causes: list[GuidedCause]
    questions: list[GuidedQuestion]
    answers: list[GivenAnswer]
    parts: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    customer: str | None
    customer_language: str | None


async def get_guide(conn: Connection, scope: Scope, finding_id: UUID) -> Guide:
    """The guided checks of one finding. Raises NotFound, with a reason while there is no diagnosis."""
    row = await get_row(conn, scope, finding_id)
    return await _guide(conn, row, await _diagnosis(conn, row))


async def answer_check(
    conn: Connection, caller: Caller, finding_id: UUID, given: Mapping[str, Any], *, now: datetime
) -> Guide:
    """Add an answer (`given`: cause, check or when, answer, note) in the caller's name; the guide as it is then.

    Raises NotFound when the finding is not the caller's to see or has no diagnosis yet, Forbidden when its machine is
    not any more or no person calls, Conflict when it was taken back, and InvalidInput for what it does not ask.
    """
    if caller.user_id is None:
        raise Forbidden("verdict_needs_person")
    row = await get_row(conn, caller.scope, finding_id)
    if not row.machine_is_seen:
        raise Forbidden("verdict_machine_gone")
    if row.withdrawn_at is not None:
        raise Conflict("verdict_withdrawn")
    diagnosis = await _diagnosis(conn, row)
    question = Question(given.get("cause"), given.get("check"), given.get("when"))
    if question not in questions_of(diagnosis, row.source_key):
        raise InvalidInput("check_question_unknown", where="cause")
    note = optional_text(given, "note", 2000)
    new = NewAnswer(cause=question.cause, check=question.check, when=question.when, answer=given["answer"], note=note)
    await guided_checks.insert_answer(conn, finding_id, new, user=caller.user_id, name=caller.login, at=now)
    about = About(entity="finding", entity_id=finding_id, machine_id=row.machine_id)
    after = {"cause": new.cause, "check": new.check, "when": new.when, "answer": new.answer, "note": note}
    await record(conn, caller, about, after=after, action="answer_check", now=now)
    return await _guide(conn, row, diagnosis)


async def _diagnosis(conn: Connection, row: FindingRow) -> Mapping[str, Any]:
    found = diagnosis_of(row, await find_diagnosis(conn, row.finding_id))
    if found is None:
        raise NotFound("evidence_not_made" if row.failure is None else "evidence_failed")
    return found


async def _guide(conn: Connection, row: FindingRow, diagnosis: Mapping[str, Any]) -> Guide:
    rows = await guided_checks.list_answers(conn, row.finding_id)
    last: dict[Question, AnswerRow] = {}
    for one in reversed(rows):  # the newest counts
        last[_question(one)] = one
    answers: dict[Question, Answer] = {question: _answer(one) for question, one in last.items()}
    guided = guide(diagnosis, row.source_key, answers)
    told = {cause["key"]: cause for cause in diagnosis["causes"]}
    moved = any(one.answer in {"yes", "no"} for one in guided.asked)
    causes = [_cause(told[key], share if moved else told[key]["share"]) for key, share in guided.shares]
    customer = await guided_checks.find_customer(conn, row.finding_id)
    open_checks = [one.question.check for one in guided.asked if one.answer is None and one.question.check is not None]
    return Guide(
        finding_id=str(row.finding_id),
        version=len(rows),
        basis=diagnosis.get("basis"),
        causes=causes,
        questions=[]
        if row.withdrawn_at is not None  # nobody is told to do anything
        else [_asked(one, told, last, is_next=one.question == guided.next) for one in guided.asked],
        answers=[_given(one) for one in rows],
        parts=list({part["key"]: part for cause in causes for part in cause.parts}.values()),
        tools=tools_for(list(dict.fromkeys(open_checks))),
        customer=None if customer is None else customer[0],
        customer_language=None if customer is None else customer[1],
    )


def _question(row: AnswerRow) -> Question:
    return Question(row.cause, row.check_key, row.observation)


def _answer(row: AnswerRow) -> Answer:
    match row.answer:
        case "yes" | "no" as said:
            return said
    return "unsure"


def _cause(told: Mapping[str, Any], share: float | None) -> GuidedCause:
    """Shares of causes that nobody has weighed stay unknown, whatever was answered: only their order moves."""
    first = told["share"]
    return GuidedCause(
        key=told["key"],
        text=told["text"],
        share=None if first is None or share is None else round(share, 4),
        first_share=first,
        parts=told["parts"],
    )


def _asked(
    one: Asked, causes: Mapping[str, Mapping[str, Any]], last: Mapping[Question, AnswerRow], *, is_next: bool
) -> GuidedQuestion:
    question, row = one.question, last.get(one.question)
    cause = None if question.cause is None else causes[question.cause]
    text = named("checks", question.check)["text"] if question.check is not None else _seen(cause, question.when)
    return GuidedQuestion(
        cause=question.cause,
        cause_text=None if cause is None else cause["text"],
        check=question.check,
        when=question.when,
        text=text,
        minutes=one.minutes if question.check is not None else None,
        is_next=is_next,
        answer=one.answer,
        answered_at=None if row is None else row.answered_at,
        answered_by=None if row is None else row.by_name,
    )


def _seen(cause: Mapping[str, Any] | None, when: str | None) -> dict[str, str]:
    observations: Sequence[Mapping[str, Any]] = [] if cause is None else cause["unknown"]
    text: dict[str, str] = next(seen["text"] for seen in observations if seen["when"] == when)
    return text


def _given(row: AnswerRow) -> GivenAnswer:
    return GivenAnswer(
        cause=row.cause,
        check=row.check_key,
        when=row.observation,
        answer=_answer(row),
        note=row.note,
        answered_at=row.answered_at,
        answered_by=row.by_name,
    )
