"""Writes docs/diagnoses.md: `python -m diagnosis.evidence_doc` (with --check: fails when it is out of date)."""

import sys
from pathlib import Path

from diagnosis.evidence_file import CausePrior, Observation, evidence_of, evidence_tables, minutes_of
from diagnosis.generated_page import written_or_checked
from diagnosis.preliminary import preliminary, weigh
from diagnosis.rule import Rule
from diagnosis.ruleset import RuleSet, packaged_ruleset
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue

TARGET = Path(__file__).parent.parent / "docs" / "diagnoses.md"
_WORDS = packaged_words("en")


def diagnoses_page(ruleset: RuleSet) -> str:
    """The page, as Markdown: of each rule the causes, and what each observation alone does to the ranking."""
    parts = [
        "# First diagnoses",
        "Generated from `diagnosis/knowledge/evidence*.toml`, `causes.toml` and `checks.toml` by `python -m "
        "diagnosis.evidence_doc`; do not edit. How they are weighed: [fault-knowledge.md](fault-knowledge.md).",
        "Of each rule: its causes with the share that they have of such findings where the machine tells nothing else, "
        "and each observation with what it alone makes of its cause's share when it is true and when it is false, and "
        "the cause that then comes first. Without its signal the share is that of the first table.",
    ]
    tables = evidence_tables()
    told = [_section(rule, *evidence_of(rule, tables[rule.key])) for rule in ruleset.rules if rule.key in tables]
    return "\n\n".join([*parts, *told]) + "\n"


def _section(rule: Rule, priors: tuple[CausePrior, ...], observations: tuple[Observation, ...]) -> str:
    why = {cause: given["why"] for cause, given in evidence_tables()[rule.key]["causes"].items()}
    lines = [f"## {rule.key}", "", f"{rule.title.en} / {rule.title.zh}", ""]
    lines += ["| cause | share | because | settled by | parts |", "|---|---|---|---|---|"]
    for prior in sorted(priors, key=lambda prior: -prior.weight):
        parts = ", ".join(_WORDS.parts[part] for part in prior.parts) or "none needed"
        untold = " (no signal tells it)" if prior.untold else ""
        check = f"{_WORDS.checks[prior.settle]} ({minutes_of(prior.settle):g} min)"
        cells = [_WORDS.causes[prior.cause] + untold, _percent(prior.weight), why[prior.cause], check, parts]
        lines.append(f"| {' | '.join(cells)} |")
    first = preliminary(weigh(priors, (), {}), priors, rule, "typical").next_check
    lines += ["", f"First check: {_WORDS.checks[first]}." if first else "", ""]
    if observations:
        lines += ["| observation | speaks of | true | false |", "|---|---|---|---|"]
        lines += [_seen(priors, seen) for seen in observations]
    return "\n".join(lines).rstrip()


def _seen(priors: tuple[CausePrior, ...], seen: Observation) -> str:
    found = []
    for truth in (True, False):
        ranked = weigh(priors, (seen,), {seen.key: truth})
        own = next(cause.share for cause in ranked if cause.cause == seen.cause)
        found.append(f"{_percent(own)}; {_WORDS.causes[ranked[0].cause]}")
    side = "against: " if seen.contradicts else ""
    return f"| {seen.words.en} `{seen.when}` | {side}{_WORDS.causes[seen.cause]} | {found[0]} | {found[1]} |"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is what the evidence says."""
    return written_or_checked(diagnoses_page(packaged_ruleset(packaged_catalogue())), TARGET, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
