"""A first diagnosis after what people answered: the causes' shares, and which question is worth the most now.

Two things can be asked. Whether a check showed the cause that it settles: by `sees` and `errs` of
knowledge/check_answers.toml the shares follow Bayes' rule,

    share(c) ~ share(c) * (sees if c is the cause asked about else errs)          for yes,
    share(c) ~ share(c) * (1 - sees if c is the cause asked about else 1 - errs)  for no.

And whether an observation holds whose signal the machine does not tell: yes and no count as if the machine had told it
(`yes` and `no` of the evidence, as in diagnosis/preliminary.py). `unsure` counts for nothing. Of several answers to a
question the last counts; the order of the questions does not matter. Pure: a diagnosis and answers in, shares out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any, Literal

from diagnosis.evidence_file import evidence_tables, minutes_of
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.preliminary import tells
from diagnosis.source_faults import SENSOR_FAULTS, SILENCE

Answer = Literal["yes", "no", "unsure"]
LEAST_SHARE = 1e-4
"""What a cause has at least: shares are kept with four digits, and answers may bring back what had none."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody at the machine, or its operator, can answer: about a check, or an observation (`when`).

    A check that settles no cause has none: it is done or not, and moves nothing.
    """

    cause: str | None
    check: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a finding with its minutes (of an observation 0) and the answer that counts; None: open."""

    question: Question
    minutes: float
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Guided:
    """shares: of each cause, the likeliest first, together 1. asked: open ones in the order to ask them, then the
    observations that nobody has answered, then the answered ones. next: the first check that is open; None without."""

    shares: tuple[tuple[str, float], ...]
    asked: tuple[Asked, ...]
    next: Question | None


def guide(diagnosis: Mapping[str, Any], source: str, answers: Mapping[Question, Answer]) -> Guided:
    """What a kept diagnosis (see diagnosis.told) says after the answers; source: the finding's source key.

    Answers to what is no question of the diagnosis any more (its evidence was made anew) count for nothing.
    """
    questions = questions_of(diagnosis, source)
    counted = {question: answers[question] for question in questions if question in answers}
    shares = posterior(diagnosis, source, counted)
    ordered = tuple(_ordered(questions, dict(shares), counted))
    first = next((one.question for one in ordered if one.answer is None and one.question.check is not None), None)
    return Guided(shares=shares, asked=ordered, next=first)


def posterior(
    diagnosis: Mapping[str, Any], source: str, answers: Mapping[Question, Answer]
) -> tuple[tuple[str, float], ...]:
    """The causes by their shares after the answers; where nobody has weighed them (`share` is None), the order in which
    they stand counts as in diagnosis/preliminary.py: 1/place."""
    causes = diagnosis["causes"]
    weights = {
        cause["key"]: log(max(LEAST_SHARE, 1.0 / place if cause["share"] is None else cause["share"]))
        for place, cause in enumerate(causes, 1)
    }
    for question, answer in answers.items():
        for cause, moved in _moves(question, answer, source, tuple(weights)):
            weights[cause] += moved
    most = max(weights.values(), default=0.0)
    whole = sum(exp(weight - most) for weight in weights.values())
    found = [(cause, exp(weight - most) / whole) for cause, weight in weights.items()]
    return tuple(sorted(found, key=lambda one: -one[1]))  # stable: as they stand where shares are equal


def _moves(question: Question, answer: Answer, source: str, causes: Sequence[str]) -> Iterator[tuple[str, float]]:
    """What an answer adds to the logarithm of each cause's weight."""
    if answer == "unsure" or question.cause is None:
        return
    if question.check is not None:
        sees, errs = sureness_of(question.check)
        for cause in causes:
            shown = sees if cause == question.cause else errs
            yield cause, log(shown if answer == "yes" else 1.0 - shown)
    elif question.when is not None:
        yes, no = _observations(source)[question.cause, question.when]
        yield question.cause, yes if answer == "yes" else -no


def questions_of(diagnosis: Mapping[str, Any], source: str) -> list[Question]:
    """Every question of a diagnosis: its checks in their order, then the observations that are not known."""
    asked: list[Question] = []
    causes = [cause["key"] for cause in diagnosis["causes"]]
    checks = [check["key"] for check in diagnosis["checks"]]
    settles = _settled(source, causes, checks)
    for check in checks:
        of_check = [cause for cause in causes if settles.get(cause) == check]
        asked += [Question(cause, check=check) for cause in of_check] or [Question(None, check=check)]
    known = _observations(source)
    for cause in diagnosis["causes"]:
        whens = dict.fromkeys(seen["when"] for seen in cause["unknown"])
        asked += [Question(cause["key"], when=when) for when in whens if (cause["key"], when) in known]
    return asked


def _ordered(
    questions: Sequence[Question], shares: Mapping[str, float], answers: Mapping[Question, Answer]
) -> Iterator[Asked]:
    """Open checks by what they tell for their time, what makes it safe first; observations; what was answered."""
    open_checks = dict.fromkeys(one.check for one in questions if one.check is not None and one not in answers)
    of_check = {
        check: sorted(
            (one for one in questions if one.check == check and one not in answers),
            key=lambda one: -shares.get(one.cause or "", 0.0),
        )
        for check in open_checks
    }

    def worth(check: str) -> tuple[bool, float]:
        told = [shares[one.cause] for one in of_check[check] if one.cause is not None]
        return minutes_of(check) > 0, -round(tells(check, told), 9) if told else 0.0

    for check in sorted(of_check, key=worth):
        yield from (Asked(one, minutes_of(check), None) for one in of_check[check])
    for one in questions:
        if one.check is None and one not in answers:
            yield Asked(one, 0.0, None)
    for one in questions:
        if one in answers:
            yield Asked(one, 0.0 if one.check is None else minutes_of(one.check), answers[one])


def sureness_of(check: str) -> tuple[float, float]:
    """`sees` and `errs` of a check."""
    table = _file("check_answers.toml")
    found = table.get(check, table["default"])
    return float(found["sees"]), float(found["errs"])


def tools_for(checks: Sequence[str]) -> list[dict[str, Any]]:
    """The tools that checks need, in the order of the checks, as keys with their words."""
    table = _file("tools.toml")
    needed = dict.fromkeys(key for check in checks for key, tool in table.items() if check in tool["checks"])
    return [{"key": key, "text": {"zh": table[key]["zh"], "en": table[key]["en"]}} for key in needed]


@cache
def _file(name: str) -> Mapping[str, Any]:
    return read_knowledge_file(name)


@cache
def _tables(source: str) -> tuple[Mapping[str, Any], ...]:
    """All evidence, that of the source itself first."""
    rules = evidence_tables()
    tables = {**rules, **{f"{SENSOR_FAULTS} {key}": table for key, table in read_knowledge_file(SENSOR_FAULTS).items()}}
    tables |= read_knowledge_file(SILENCE)
    own = [tables[source]] if source in tables else []
    return (*own, *(table for key, table in tables.items() if key != source))


def _settled(source: str, causes: Sequence[str], checks: Sequence[str]) -> dict[str, str]:
    """Which of the checks settles a cause: as the source's own evidence has it, else other evidence of the cause."""
    found: dict[str, str] = {}
    for table in _tables(source):
        for cause, given in table["causes"].items():
            if cause in causes and given["settle"] in checks:
                found.setdefault(cause, given["settle"])
    return found


@cache
def _observations(source: str) -> Mapping[tuple[str, str], tuple[float, float]]:
    """`yes` and `no` of each observation, by its cause and condition; the source's own count before others'."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for table in _tables(source):
        for seen in table.get("observations", ()):
            for cause in [seen["cause"]] if isinstance(seen["cause"], str) else seen["cause"]:
                found.setdefault((cause, seen["when"]), (seen["yes"], seen["no"]))
    return found
