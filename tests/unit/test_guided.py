"""The causes of a finding after what people answered, beside a slow oracle that multiplies plain probabilities."""

import itertools
import math
import random

import pytest

from diagnosis.evidence_file import evidence_tables, minutes_of
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.guided import LEAST_SHARE, Question, guide, posterior, questions_of, sureness_of, tools_for
from diagnosis.told import named
from diagnosis.words import packaged_words

RULE = "low_oil_pressure"
LEVEL = "engine_oil_level_pct < 30 and engine_oil_level_pct > 0"


def diagnosis_of(rule: str, *, weighed: bool = True) -> dict:
    """A kept diagnosis of a machine that tells nothing: the shares of such findings, every observation unknown."""
    table = evidence_tables()[rule]
    unknown: dict[str, list[dict]] = {cause: [] for cause in table["causes"]}
    for seen in table.get("observations", ()):
        for cause in [seen["cause"]] if isinstance(seen["cause"], str) else seen["cause"]:
            unknown[cause].append({"when": seen["when"], "text": {"zh": seen["zh"], "en": seen["en"]}})
    causes = [
        named("causes", cause) | {"share": given["weight"] if weighed else None, "parts": [], "unknown": unknown[cause]}
        for cause, given in table["causes"].items()
    ]
    checks = dict.fromkeys(given["settle"] for given in table["causes"].values())
    return {"causes": causes, "checks": [named("checks", check) for check in checks]}


def naive(rule: str, answers: dict[Question, str]) -> dict[str, float]:
    """Share times likelihood, cause by cause, in plain numbers; observations by the factors that the file states."""
    table = evidence_tables()[rule]
    weight = {}
    for cause, given in table["causes"].items():
        found = max(given["weight"], LEAST_SHARE)
        for question, answer in answers.items():
            if answer == "unsure" or question.cause is None:
                continue
            if question.check is not None:
                sees, errs = sureness_of(question.check)
                seen = sees if question.cause == cause else errs
                found *= seen if answer == "yes" else 1 - seen
            elif question.cause == cause:
                one = next(s for s in table["observations"] if s["when"] == question.when and cause in s["cause"])
                found *= math.e ** (one["yes"] if answer == "yes" else -one["no"])
        weight[cause] = found
    return {cause: found / math.fsum(weight.values()) for cause, found in weight.items()}


@pytest.mark.parametrize("rule", sorted(evidence_tables()))
def test_the_shares_are_those_of_the_naive_oracle_in_any_order_of_answers(rule):
    diagnosis, dice = diagnosis_of(rule), random.Random(rule)
    questions = questions_of(diagnosis, rule)
    for _ in range(5):
        asked = dice.sample(questions, k=min(len(questions), dice.randint(0, 5)))
        answers = {question: dice.choice(["yes", "no", "unsure"]) for question in asked}
        found = dict(posterior(diagnosis, rule, answers))
        turned = dict(posterior(diagnosis, rule, dict(reversed(answers.items()))))
        wanted = naive(rule, answers)
        assert found == pytest.approx(wanted, rel=1e-9)
        assert turned == pytest.approx(wanted, rel=1e-9)
        assert math.fsum(found.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("rule", sorted(evidence_tables()))
def test_every_cause_of_a_shipped_rule_can_be_asked_about(rule):
    diagnosis = diagnosis_of(rule)
    asked = {question.cause for question in questions_of(diagnosis, rule) if question.check is not None}
    assert asked >= set(evidence_tables()[rule]["causes"])


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        pytest.param([], "oil_level_low", id="nothing answered: as it was"),
        pytest.param([("check_engine_oil_level", "no", "oil_level_low")], "oil_pump_worn", id="the level is right"),
        pytest.param([("compare_with_gauge", "yes", "pressure_sender_faulty")], "pressure_sender_faulty", id="gauge"),
        pytest.param([("check_engine_oil_level", "unsure", "oil_level_low")], "oil_level_low", id="unsure is nothing"),
    ],
)
def test_an_answer_reorders_the_causes(answers, first):
    told = {Question(cause, check=check): answer for check, answer, cause in answers}
    assert guide(diagnosis_of(RULE), RULE, told).shares[0][0] == first


def test_an_observation_that_somebody_looks_up_counts_as_if_the_machine_had_told_it():
    diagnosis = diagnosis_of(RULE)
    question = Question("oil_level_low", when=LEVEL)
    before, after = dict(posterior(diagnosis, RULE, {})), dict(posterior(diagnosis, RULE, {question: "yes"}))
    odds = [one["oil_level_low"] / (1 - one["oil_level_low"]) for one in (before, after)]
    assert math.log(odds[1] / odds[0]) == pytest.approx(2.0)  # `yes` of the file


def test_the_next_question_is_the_best_check_that_is_open_and_what_makes_it_safe_is_first():
    diagnosis = diagnosis_of(RULE)
    first = guide(diagnosis, RULE, {}).next
    assert first == Question("oil_level_low", check="check_engine_oil_level")
    both = {Question(cause, check="check_engine_oil_level"): "no" for cause in ("oil_level_low", "oil_dilution")}
    assert guide(diagnosis, RULE, both).next.check == "compare_with_gauge"
    safe = diagnosis | {"checks": [*diagnosis["checks"], named("checks", "reduce_load")]}
    assert guide(safe, RULE, {}).next == Question(None, check="reduce_load")
    assert minutes_of("reduce_load") == 0
    everything = dict.fromkeys(questions_of(diagnosis, RULE), "unsure")
    assert guide(diagnosis, RULE, everything).next is None


def test_causes_that_nobody_has_weighed_are_reordered_from_the_order_in_which_they_stand():
    diagnosis = diagnosis_of(RULE, weighed=False)
    assert [cause for cause, _ in guide(diagnosis, RULE, {}).shares] == list(evidence_tables()[RULE]["causes"])
    told = {Question("oil_filter_clogged", check="change_oil_and_filter"): "yes"}
    assert guide(diagnosis, RULE, told).shares[0][0] == "oil_filter_clogged"


def test_a_fault_code_is_asked_about_by_the_checks_that_settle_its_causes_elsewhere():
    """A code's knowledge does not say which check settles which of its causes; the evidence of rules does."""
    causes = [named("causes", key) | {"share": 0.5, "unknown": []} for key in ("coolant_low", "radiator_blocked")]
    checks = [named("checks", key) for key in ("check_coolant_level", "clean_radiator", "read_freeze_frame")]
    asked = questions_of({"causes": causes, "checks": checks}, "0/110/0")
    assert asked == [
        Question("coolant_low", check="check_coolant_level"),
        Question("radiator_blocked", check="clean_radiator"),
        Question(None, check="read_freeze_frame"),
    ]


def test_the_evidence_of_the_source_itself_says_which_check_settles_a_cause():
    """Whatever other evidence says of the same cause, and whatever checks the finding has besides."""
    every = dict.fromkeys(given["settle"] for table in evidence_tables().values() for given in table["causes"].values())
    for rule, table in evidence_tables().items():
        diagnosis = diagnosis_of(rule) | {"checks": [named("checks", check) for check in every]}
        asked = {one.cause: one.check for one in questions_of(diagnosis, rule) if one.cause and one.check}
        assert asked == {cause: given["settle"] for cause, given in table["causes"].items()}, rule


def test_what_is_no_question_any_more_counts_for_nothing():
    diagnosis = diagnosis_of(RULE)
    foreign = {
        Question("oil_level_low", when="fuel_level_pct < 1"): "yes",
        Question("theft", check="watch_trend"): "yes",
    }
    assert guide(diagnosis, RULE, foreign).shares == guide(diagnosis, RULE, {}).shares


def test_the_knowledge_of_answers_and_tools_names_checks_that_there_are():
    known = set(packaged_words("en").checks)
    answers, tools = read_knowledge_file("check_answers.toml"), read_knowledge_file("tools.toml")
    named_checks = itertools.chain.from_iterable(tool["checks"] for tool in tools.values())
    assert set(answers) - {"default"} <= known
    assert set(named_checks) <= known
    for sees, errs in map(sureness_of, known):
        assert 0 < errs < sees < 1
    assert [tool["key"] for tool in tools_for(["compare_with_gauge", "check_belt"])] == ["pressure_gauges"]
