"""What the first diagnosis of every shipped rule must keep, whoever wrote its evidence."""

from math import isclose

import pytest

from diagnosis.evidence_doc import TARGET, diagnoses_page
from diagnosis.evidence_file import evidence_of, evidence_tables, minutes_of
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.preliminary import GET_READY_MIN, CausePrior, Diagnostician, preliminary, tells, weigh
from diagnosis.ruleset import packaged_ruleset
from diagnosis.told import ONLY_THE_CHECK, told
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue
from usecases.evidence_plan import MOST_SIGNALS

RULESET = packaged_ruleset(packaged_catalogue())
RULES = [pytest.param(rule, id=rule.key) for rule in RULESET.thresholds]
WORDS = packaged_words("en")
DOCTOR = Diagnostician(packaged_catalogue(), RULESET)


def evidence(rule):
    return evidence_of(rule, evidence_tables()[rule.key])


@pytest.mark.parametrize("rule", RULES)
def test_every_cause_has_a_weight_with_a_reason_and_something_that_speaks_of_it(rule):
    priors, observations = evidence(rule)
    assert {prior.cause for prior in priors} == set(rule.causes)
    spoken_of = {seen.cause for seen in observations}
    for prior in priors:
        given = evidence_tables()[rule.key]["causes"][prior.cause]
        assert prior.weight > 0
        assert len(given["why"]) > 3
        assert prior.settle in WORDS.checks
        assert prior.untold != (prior.cause in spoken_of), f"{prior.cause}: an observation, or untold, and not both"
    assert (
        len({*rule.signals, *DOCTOR.signals_of(rule.key)}) <= MOST_SIGNALS
    )  # of more, evidence does not read the rest
    for seen in observations:
        assert seen.words.zh
        assert seen.words.en
        assert seen.words.zh != seen.words.en


@pytest.mark.parametrize("rule", RULES)
def test_taking_one_supporting_signal_away_takes_its_share_away(rule):
    priors, observations = evidence(rule)
    bare = {ranked.cause: ranked.share for ranked in weigh(priors, observations, {})}
    assert all(isclose(bare[prior.cause], prior.weight) for prior in priors)  # as documented of such findings
    if len(priors) == 1:
        return
    for seen in observations:
        found = {held: {r.cause: r for r in weigh(priors, observations, {seen.key: held})} for held in (True, False)}
        own = {held: found[held][seen.cause] for held in found}
        if seen.contradicts:
            assert own[True].share < 0.6 * bare[seen.cause]
            assert own[False].share == pytest.approx(bare[seen.cause])
            assert (own[True].speaks_against, own[True].speaks_for) == ((seen,), ())
            assert (own[False].speaks_against, own[False].speaks_for) == ((), ())
            continue
        assert own[True].share > bare[seen.cause] + 0.02
        assert own[False].share <= bare[seen.cause]
        assert own[True].speaks_for == (seen,)
        assert own[False].speaks_against == ((seen,) if seen.no > 0 else ())
        every = dict.fromkeys((other.key for other in observations), True)
        without = {key: held for key, held in every.items() if key != seen.key}
        shares = [{r.cause: r.share for r in weigh(priors, observations, known)} for known in (every, without)]
        assert shares[0][seen.cause] > shares[1][seen.cause]


@pytest.mark.parametrize("rule", RULES)
def test_some_evidence_changes_which_cause_comes_first(rule):
    """Else the evidence would be ornament: not of rules with one cause, or where only the check tells."""
    priors, observations = evidence(rule)
    if len(priors) == 1 or not observations:
        assert len(priors) == 1 or all(prior.untold for prior in priors)
        return
    firsts = {weigh(priors, observations, {})[0].cause}
    for held in (True, False):
        for cause in rule.causes:
            truths = {seen.key: held == (seen.cause == cause) for seen in observations}
            firsts.add(weigh(priors, observations, truths)[0].cause)
    assert len(firsts) > 1


@pytest.mark.parametrize("rule", RULES)
def test_the_next_check_is_the_one_that_tells_most_for_its_time(rule):
    priors, observations = evidence(rule)
    for known in ({}, {seen.key: True for seen in observations[:1]}):
        ranked = weigh(priors, observations, known)
        found = preliminary(ranked, priors, rule, "weighed")
        settle = {prior.cause: prior.settle for prior in priors}
        settled = {check: [r.share for r in ranked if settle[r.cause] == check] for check in settle.values()}
        at_once = [check for check in rule.checks if minutes_of(check) == 0]
        worth = {check: tells(check, shares) for check, shares in settled.items() if check not in at_once}
        assert list(found.checks[: len(at_once)]) == at_once  # what makes it safe comes before what tells
        told_of = [worth[check] for check in found.checks if check in worth]
        assert told_of == pytest.approx(sorted(worth.values(), reverse=True))
        assert found.next_check == found.checks[0]
        assert set(found.checks) == {*settled, *rule.checks}


def test_what_a_check_tells_is_the_bits_of_its_answer_for_its_time():
    minutes = {check: minutes_of(check) + GET_READY_MIN for check in ("check_belt", "clean_radiator")}
    assert tells("check_belt", [0.5]) == pytest.approx(1.0 / minutes["check_belt"])
    assert tells("clean_radiator", [0.5]) == pytest.approx(1.0 / minutes["clean_radiator"])
    assert tells("check_belt", [0.25, 0.25]) == pytest.approx(1.5 / minutes["check_belt"])  # it tells which of the two
    assert tells("check_belt", [1.0]) == 0.0


def test_what_makes_it_safe_comes_before_what_tells():
    firsts = {key: _bare(key).next_check for key in ("dpf_uncontrolled_burn", "crane_overload", "exhaust_overheat")}
    assert list(firsts.values()) == ["keep_idling", "lower_the_load", "reduce_load"]


def _bare(key):
    priors, observations = evidence(RULESET.by_key[key])
    return preliminary(weigh(priors, observations, {}), priors, RULESET.by_key[key], "typical")


def test_the_order_in_which_checks_are_written_does_not_count():
    rule = RULESET.by_key["coolant_overheat"]
    priors, observations = evidence(rule)
    ranked = weigh(priors, observations, {})
    backwards: tuple[CausePrior, ...] = priors[::-1]
    assert preliminary(ranked, priors, rule, "typical").next_check == "check_coolant_level"
    assert preliminary(ranked, backwards, rule, "typical").next_check == "check_coolant_level"


def test_every_cause_names_its_part_or_says_that_it_needs_none():
    parts = read_knowledge_file("causes.toml")
    assert set(parts) == set(WORDS.causes)
    assert {part for named in parts.values() for part in named} <= set(WORDS.parts)
    assert set(read_knowledge_file("checks.toml")) == set(WORDS.checks)
    assert parts["oil_filter_clogged"] == ["oil_filter"]
    assert parts["operator_unaware"] == []


def test_a_cause_that_no_signal_tells_says_so_in_the_pack():
    rule = RULESET.by_key["oil_filter_restricted"]
    priors, observations = evidence(rule)
    pack = told(preliminary(weigh(priors, observations, {}), priors, rule, "typical"))
    notes = {cause["key"]: cause["note"] for cause in pack["causes"]}
    assert notes["oil_change_overdue"] == {"zh": ONLY_THE_CHECK.zh, "en": ONLY_THE_CHECK.en}
    assert notes["oil_filter_clogged"] is None
    parts = {cause["key"]: [part["key"] for part in cause["parts"]] for cause in pack["causes"]}
    assert parts["oil_filter_clogged"] == ["oil_filter"]


def test_the_page_of_diagnoses_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == diagnoses_page(RULESET), "run python -m diagnosis.evidence_doc"
