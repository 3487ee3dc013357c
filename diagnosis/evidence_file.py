"""What is known of the causes of each rule: their weights, what settles them, and what speaks for each.

The files are diagnosis/knowledge/evidence*.toml (each rule in one of them), causes.toml (parts), checks.toml (minutes)
and instruments.toml (causes that lie in what measures); docs/fault-knowledge.md says what their members mean. Pure
data: nothing is looked at here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from diagnosis.errors import RuleError
from diagnosis.fault_knowledge import KNOWLEDGE_FOLDER, read_knowledge_file
from diagnosis.rule import Rule, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CausePrior:
    """A cause before anything is looked at, the check that settles it, and the parts it is likely to need."""

    cause: str
    weight: float
    settle: str
    parts: tuple[str, ...]
    untold: bool = False  # no signal speaks for or against it: only the check tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What speaks for a cause when it is true, and against it when it is false.

    With `yes` below 0 it speaks against the cause when it is true, and says nothing when it is false: a neighbour of a
    sensor that tells the same.
    """

    key: str
    cause: str
    when: str
    yes: float
    no: float
    words: Words

    @property
    def contradicts(self) -> bool:
        """Whether it speaks against its cause when it is true."""
        return self.yes < 0


@cache
def evidence_tables() -> Mapping[str, Mapping[str, Any]]:
    """The table of each rule, of all files evidence*.toml; raises RuleError for a rule in two of them."""
    tables: dict[str, Mapping[str, Any]] = {}
    for path in sorted(KNOWLEDGE_FOLDER.glob("evidence*.toml")):
        for key, table in read_knowledge_file(path.name).items():
            if key in tables:
                raise RuleError(f"{path.name}: {key}: its evidence is in another file already")
            tables[key] = table
    return tables


def evidence_of(rule: Rule, table: Mapping[str, Any]) -> tuple[tuple[CausePrior, ...], tuple[Observation, ...]]:
    """The causes of a rule and the observations about them; raises RuleError where they contradict each other."""
    where = f"evidence of {rule.key}"
    priors = tuple(
        CausePrior(
            cause=cause,
            weight=given["weight"],
            settle=given["settle"],
            parts=parts_of(cause),
            untold=given.get("untold", False),
        )
        for cause, given in table["causes"].items()
    )
    if abs(sum(prior.weight for prior in priors) - 1.0) > 1e-6:
        raise RuleError(f"{where}: the causes' weights must add up to 1")
    observations = tuple(_observations(rule, table.get("observations", ())))
    for seen in observations:
        if seen.cause not in rule.causes or seen.yes == 0 or seen.no < 0 or (seen.contradicts and seen.no > 0):
            raise RuleError(f"{where}: {seen.when}: a cause of the rule, yes not 0, no from 0 on, or 0 if yes is below")
    return priors, observations


def _observations(rule: Rule, tables: Sequence[Mapping[str, Any]]) -> list[Observation]:
    """One for each cause that a table names: `cause` is one, or several of which it says the same."""
    return [
        Observation(
            key=f"{rule.key}_{number}_{cause}",
            cause=cause,
            when=given["when"],
            yes=given["yes"],
            no=given["no"],
            words=Words(zh=given["zh"], en=given["en"]),
        )
        for number, given in enumerate(tables, 1)
        for cause in ([given["cause"]] if isinstance(given["cause"], str) else given["cause"])
    ]


def parts_of(cause: str) -> tuple[str, ...]:
    """The parts that a cause is likely to need; none where work, a fill or a talk is all it needs."""
    return tuple(_file("causes.toml").get(cause, ()))


def is_instrument(cause: str) -> bool:
    """Whether the cause lies in what measures and tells (instruments.toml), not in what the machine does."""
    return cause in _file("instruments.toml")


def minutes_of(check: str) -> float:
    """How long a check takes on the machine; half an hour where nobody has said."""
    return float(_file("checks.toml").get(check, 30))


@cache
def _file(name: str) -> Mapping[str, Any]:
    return read_knowledge_file(name)
