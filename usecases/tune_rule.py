"""Tuning a rule: stricter variants, proved by a replay to lose no confirmed fault, and the nuisances that they save."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from diagnosis.errors import RuleError
from diagnosis.layers import layered_table, tables_of
from diagnosis.machine_facts import MachineOverride
from diagnosis.rule import Rule
from diagnosis.rule_file import read_tables
from diagnosis.ruleset import RuleSet
from diagnosis.tuning import Candidate, candidates, edits_with, variant
from fleet.findings import Finding
from fleet.signals import Catalogue
from storage.machine_facts import load_fact_rows
from storage.pool import Connection
from storage.rule_replays import JudgedEpisode, ReplayRecord, finish_replay, get_replay, list_judged
from storage.rule_sets import StoredRules, get_rules
from storage.signals_write import load_catalogue
from usecases.ask_replays import check_rule
from usecases.replay_outcome import Caught, clipped
from usecases.replay_pass import judge_span
from usecases.replay_rules import Progress, finished, span_of, telling
from usecases.rule_facts import machine_override
from usecases.rules_in_force import parsed

LEAST_FAULTS = 10
"""With fewer a rule is not tuned: though n confirmed faults are all kept, up to 1 - 0.05 ** (1 / n) of such faults may
be lost (95 %): a quarter with 10, more than half with 4."""
LEAST_NUISANCES = 3  # with fewer there is nothing to choose by
PROPOSALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variants:
    """What is replayed: the rule as it is (first) and its candidates, under keys of their own."""

    stored: StoredRules
    rule: str
    tried: tuple[Candidate, ...]
    overrides: tuple[MachineOverride, ...]

    def variant_keys(self) -> list[str]:
        """Their keys, in order."""
        return [f"{self.rule[:50]}_v{number}" for number in range(len(self.tried) + 1)]

    def sets(self, catalogue: Catalogue) -> list[RuleSet]:
        """All of them as one set, with the machines' overrides of the rule, and the fault codes if it asks for any."""
        live = parsed(self.stored, catalogue)
        rule, table = live.by_key[self.rule], whole_table(self.stored, self.rule)
        every = (Candidate(members={}, effort=0), *self.tried)
        rules = [variant(rule, table, one, key, catalogue) for one, key in zip(every, self.variant_keys(), strict=True)]
        codes = [one for one in live.rules if one.when is None] if rule.uses_dtc else []
        overrides = [replace(one, rule=key) for key in self.variant_keys() for one in self.overrides]
        return [RuleSet(rules + codes, overrides)]


def whole_table(stored: StoredRules, rule: str) -> dict[str, Any]:
    """A rule's table as the set has it: the shipped one with the site's members on it."""
    tables = tables_of(stored.files if stored.base_files is None else stored.base_files)
    edits = {} if stored.base_files is None else tables_of(stored.files)
    return layered_table(tables.get(rule, {}), edits.get(rule, {}))


def work_tuning(
    conn: Connection,
    replay: int,
    *,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    progress: Progress = lambda done, of: None,
    workers: int = 0,
) -> ReplayRecord:
    """Do a tuning that is running: replay variants over the machines with verdicts on the rule, keep what they show.

    Raises InvalidInput and RuleError.
    """
    record = get_replay(conn, replay)
    assert record.rule is not None, "a replay without a rule is no tuning"
    with finished(conn, replay, clock=clock):
        catalogue = load_catalogue(conn)
        stored = get_rules(conn, record.rule_set_id)
        rule = check_rule(parsed(stored, catalogue), record.rule)
        span = span_of(conn, record, now=clock())
        ends = [datetime.fromtimestamp(us / 1e6, UTC) for us in (span.from_us, span.to_us)]
        judged = list_judged(conn, span.machines, ends[0], ends[1], rule.key)
        summary: dict[str, Any] = _verdicts(judged) | {"proposals": [], "tried": 0}
        if summary["reason"] is None:
            table = whole_table(stored, rule.key)
            variants = _Variants(
                stored=stored,
                rule=rule.key,
                tried=tuple(_usable(rule, table, catalogue)),
                overrides=_overrides(conn, parsed(stored, catalogue), rule.key),
            )
            span = replace(span, machines=sorted({one.machine for one in judged}))
            tell = telling(conn, replay, span, clock=clock, progress=progress)
            passed = judge_span(conn, variants.sets, span, tell=tell, say=lambda _: None, workers=workers)
            found = clipped(passed.found[0], span.from_us, span.to_us)
            proposals = [_proposal(one, variants, rule, table, catalogue) for one in _proved(variants, found, judged)]
            summary |= {"tried": len(variants.tried), "proposals": proposals, "rows": passed.rows}
            if not proposals:
                summary["reason"] = "nothing_saved"
        finish_replay(conn, replay, summary, now=clock())
    return get_replay(conn, replay)


def _verdicts(judged: Sequence[JudgedEpisode]) -> dict[str, Any]:
    faults = sum(one.is_fault for one in judged)
    nuisances = len(judged) - faults
    reason = None
    if faults < LEAST_FAULTS:
        reason = "too_few_faults"
    elif nuisances < LEAST_NUISANCES:
        reason = "too_few_nuisances"
    return {
        "faults": faults,
        "nuisances": nuisances,
        "least_faults": LEAST_FAULTS,
        "least_nuisances": LEAST_NUISANCES,
        "reason": reason,
        "may_be_lost_ratio": round(1 - 0.05 ** (1 / faults), 3) if faults else 1.0,
    }


def _usable(rule: Rule, table: dict[str, Any], catalogue: Catalogue) -> list[Candidate]:
    """The candidates that are rules of the language: a step may leave what a signal or a duration can be."""
    usable = []
    for one in candidates(rule, table, catalogue):
        try:
            variant(rule, table, one, rule.key, catalogue)
        except RuleError:
            continue
        usable.append(one)
    return usable


def _overrides(conn: Connection, ruleset: RuleSet, key: str) -> tuple[MachineOverride, ...]:
    """What machines have otherwise of the rule: as people entered it, else as the set has it."""
    entered = [machine_override(one, ruleset) for one in load_fact_rows(conn).overrides if one.rule == key]
    machines = {one.machine for one in entered}
    return (*entered, *(one for one in ruleset.overrides_of(key) if one.machine not in machines))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proved:
    """A candidate that keeps every confirmed fault: the nuisances that it saves, by how much it is later."""

    candidate: Candidate
    kept: int
    saved: Sequence[JudgedEpisode]
    later_s: float
    findings: int
    findings_before: int


def _proved(variants: _Variants, found: Sequence[Finding], judged: Sequence[JudgedEpisode]) -> list[_Proved]:
    """The best of those that lose no fault which the rule as it is finds again: most saved, then least late, then
    nearest to what it was."""
    by_key: dict[str, list[Finding]] = {key: [] for key in variants.variant_keys()}
    for finding in found:
        if finding.source_key in by_key:
            by_key[finding.source_key].append(replace(finding, source_key=variants.rule))
    now, *others = (Caught.of(judged, findings) for findings in by_key.values())
    counts = [len(findings) for findings in by_key.values()]
    good = []
    for candidate, then, count in zip(variants.tried, others, counts[1:], strict=True):
        rows = list(zip(judged, now.by, then.by, strict=True))
        if any(one.is_fault and a is not None and b is None for one, a, b in rows):
            continue
        saved = [one for one, a, b in rows if not one.is_fault and a is not None and b is None]
        late = [(b.held_us - a.held_us) / 1e6 for one, a, b in rows if one.is_fault and a and b]
        if saved and late:
            good.append(
                _Proved(
                    candidate=candidate,
                    kept=len(late),
                    saved=saved,
                    later_s=round(statistics.median(late), 1),
                    findings=count,
                    findings_before=counts[0],
                )
            )
    good.sort(key=lambda one: (-len(one.saved), one.later_s, one.candidate.effort))
    return good[:PROPOSALS]


def _proposal(
    one: _Proved, variants: _Variants, rule: Rule, table: dict[str, Any], catalogue: Catalogue
) -> dict[str, Any]:
    """What is proposed, why, and as a site's file to be entered."""
    stored = variants.stored
    (text,) = stored.files.values() if stored.base_files is not None else ("",)
    edits = read_tables(text, "site.toml")
    return {
        "members": dict(one.candidate.members),
        "faults_kept": one.kept,
        "nuisances_saved": [str(episode.finding_id) for episode in one.saved],
        "later_s": one.later_s,
        "findings": one.findings,
        "findings_before": one.findings_before,
        "edits": edits_with(edits, rule, table, one.candidate, catalogue),
    }
