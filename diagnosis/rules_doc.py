"""Writes docs/rules.md from the rules: `python -m diagnosis.rules_doc` (with --check: fails when it is out of date)."""

import sys
from pathlib import Path

from diagnosis.generated_page import written_or_checked
from diagnosis.rule import SUPPRESSED_IN, Rule
from diagnosis.ruleset import RuleSet, packaged_ruleset
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue

TARGET = Path(__file__).parent.parent / "docs" / "rules.md"


def rules_page(ruleset: RuleSet) -> str:
    """The page, as Markdown."""
    parts = [
        "# Rules",
        "Generated from `diagnosis/rules/*.toml` by `python -m diagnosis.rules_doc`; do not edit. "
        "The language: [rule-language.md](rule-language.md).",
        "| rule | severity | title | 名称 |\n|---|---|---|---|\n" + "\n".join(_line(rule) for rule in ruleset.rules),
    ]
    return "\n\n".join([*parts, *(_section(rule) for rule in ruleset.rules)]) + "\n"


def _line(rule: Rule) -> str:
    return f"| [{rule.key}](#{rule.key}) | {rule.severity or 'by code'} | {rule.title.en} | {rule.title.zh} |"


def _section(rule: Rule) -> str:
    words = packaged_words("en")
    lines = [f"## {rule.key}", "", f"{rule.title.en} / {rule.title.zh}", ""]
    if rule.when is not None:
        lines += ["```", f"when  {rule.when_text}", f"for   {rule.for_us / 1e6:g} s"]
        lines += [f"clear {rule.clear_text or 'not when'}"]
        lines += [f"{limit.name} = {limit.value:g} {limit.unit}".rstrip() for limit in rule.limits]
        lines += [] if rule.applies_to is None else [f"for machines: {rule.applies_to}"]
        lines += ["latched"] if rule.latched else []
        lines += [f"inhibits {', '.join(rule.inhibits)}"] if rule.inhibits else []
        if rule.suppressed_in != SUPPRESSED_IN:
            lines += [f"suppressed in: {', '.join(rule.suppressed_in) or 'none'}"]
        lines += ["```", ""]
    lines += [f"- Owner: {rule.owner.en}", f"- Expert: {rule.expert.en}"]
    lines += [f"- Causes: {'; '.join(words.causes[key] for key in rule.causes)}"]
    lines += [f"- Checks: {'; '.join(words.checks[key] for key in rule.checks)}"]
    lines += [f"- Source: {source}" for source in rule.sources]
    lines += [f"- Tested: {'; '.join(test.name for test in rule.tests)}"]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is what the rules say."""
    return written_or_checked(rules_page(packaged_ruleset(packaged_catalogue())), TARGET, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
