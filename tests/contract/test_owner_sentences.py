"""Sentences to owners say whether work may go on and what waiting costs; those of low severity one of the two."""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.notice_templates import PLACEHOLDERS, filled, shipped, word
from diagnosis.cascades import packaged_cascades
from diagnosis.fault_knowledge import read_knowledge_file
from diagnosis.rule import Rule, Words
from diagnosis.ruleset import packaged_ruleset
from diagnosis.source_faults import SENSOR_FAULTS, SILENCE
from fleet.findings import Severity
from fleet.signals import packaged_catalogue
from storage.notice_sending import ToldRow
from usecases.read_alarm_words import RuleBooks
from usecases.write_notice import advice_of, alarm_values

CATALOGUE = packaged_catalogue()
CLAIMS = {
    "zh": {
        "may": r"可以[^，。；]{0,6}(作业|继续|行驶)",
        "must": r"停机|停车|停止|请(立即|马上|先)?(松开|卸载|怠速|降|换|减|放水|放下|驶出|让)|请勿|请不要|卸载|请停|"
        r"(降低|减小|减少|减)(转速|负荷|油门|装载)|熄火|怠速|避开|预热|加注|加油",
        "costs": r"否则|拖延|继续.{0,8}会|无法|不会报警|以免|可能|会(使|损|烧|磨|过热|引)|防止|跑空|"
        r"才能再启动|以保护|可省|会(拉|打|爆|断|耗|被)|用完",
    },
    "en": {
        "may": r"\b(may|it may) (go on|work|finish|drive)",
        "must": r"\b[Ss]top\b|Do not|do not|\b[Ii]dle it|\bidle\b|[Tt]ake the load off|[Rr]educe the load|[Ss]low down|"
        r"Ease off|[Ww]ork lightly|[Ll]oad less|Lower the|Keep out|Warm it|warm up|Shift down|Drain|Leave the machine|"
        r"[Rr]efill|refuel|[Tt]op it up|Wait \d",
        "costs": r", or\b|\bor (the|it|they|nothing|power)|[Ww]aiting|going on|or one|if it|to spare|saves|kept up|"
        r"cannot|neither|nothing would|may (not|be|fail|stop|damage)|without DEF|run dry|driving on|"
        r"running short|will burn|damage|[Oo]verspeed wrecks|endanger|wears the",
    },
}
PROMISES = {"zh": "等待我们|我们会联系", "en": "our call|we (will )?call"}


def sentences() -> Iterator[tuple[str, Severity, Words]]:
    """Of rules (a code's severity is by its code), of several codes with one cause, of sensors and of silence."""
    for rule in packaged_ruleset(CATALOGUE).rules:
        yield rule.key, Severity.HIGH if rule.severity is None else rule.severity, rule.owner
    for cascade in packaged_cascades():
        yield f"cascade:{cascade.key}", Severity.HIGH, cascade.owner
    for name in (SENSOR_FAULTS, SILENCE):
        for key, table in read_knowledge_file(name).items():
            yield key, Severity.MEDIUM, Words(**table["owner"])


TOLD = [pytest.param(*told, id=told[0]) for told in sentences() if told[1] is not Severity.INFO]


@pytest.mark.parametrize("language", CLAIMS)
@pytest.mark.parametrize(("key", "severity", "words"), TOLD)
def test_a_sentence_says_whether_work_may_go_on(key: str, severity: Severity, words: Words, language: str) -> None:
    text = getattr(words, language)
    said = {claim for claim, pattern in CLAIMS[language].items() if re.search(pattern, text)}
    assert said, f"{key} says neither whether one may go on nor what waiting costs: {text}"
    if severity in (Severity.CRITICAL, Severity.HIGH):
        assert said & {"may", "must"}, f"{key} does not say whether one may go on: {text}"
    if severity is not Severity.LOW:
        assert "costs" in said, f"{key} does not say what waiting costs: {text}"
    assert not re.search(PROMISES[language], text), f"{key} promises a call that a rule cannot make: {text}"


def told_of(source_kind: str, source_key: str, severity: str, **changed: object) -> ToldRow:
    """A transition as `ecc sender` reads it."""
    known = {"source_kind": source_kind, "source_key": source_key, "severity": severity, "version": "shipped"}
    at = datetime(2026, 11, 22, tzinfo=UTC)
    rest = {"kind": "raised", "machine": "Digger", "evidence": {}, "raised_at": at, "code_case": None, "reason": None}
    values = known | rest | changed
    return ToldRow(**{field.name: values.get(field.name) for field in fields(ToldRow)})


BOOKS = RuleBooks({}, CATALOGUE)


@pytest.mark.parametrize("language", CLAIMS)
@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.key) for rule in packaged_ruleset(CATALOGUE).rules])
def test_a_notice_gives_the_rules_own_order_and_no_other(rule: Rule, language: str):
    row = told_of("rule", rule.key, str(rule.severity or "high"))
    values = alarm_values([row], books=BOOKS, language=language, zone=ZoneInfo("UTC"))
    assert values["advice"] == getattr(rule.owner, language)
    body = filled(shipped()["alarm", language].body, dict.fromkeys(PLACEHOLDERS["alarm"], "") | values)
    for group in ("may_go_on", "waiting_costs"):
        assert not any(word(group, str(severity), language) in body for severity in Severity)


def test_a_notice_of_a_sensor_lets_nobody_go_on_against_another_alarm():
    row = told_of("sensor", "engine_coolant_temp_degc", "medium")
    assert "unless another alarm stands" in advice_of(row, BOOKS, "en")
    assert "若另有报警尚未解除" in advice_of(row, BOOKS, "zh")
    assert advice_of(told_of("dtc", "0/100/1", "critical"), BOOKS, "en").startswith("No.")
    over = told_of(
        "rule", "low_oil_pressure", "critical", kind="cleared", cleared_at=datetime(2026, 11, 22, tzinfo=UTC)
    )
    values = alarm_values([over], books=BOOKS, language="en", zone=ZoneInfo("UTC"))
    assert values["advice"].startswith("It is not seen any more. If you have not yet done what the alarm asked")


@pytest.mark.parametrize(
    "words",
    [
        Words(
            zh="设备已离开工地围栏，请确认是否您安排的。",
            en="The machine has left its site. Please make sure that it is you.",
        ),
        Words(
            zh="设备控制器报出故障码，我们的专家正在查看。",
            en="A controller reports a fault. Our experts are looking at it.",
        ),
        Words(
            zh="下次保养时请更换终端备用电池。",
            en="The terminal's backup battery is worn. Replace it at the next service.",
        ),
    ],
)
def test_a_sentence_that_leaves_the_owner_alone_is_seen(words: Words) -> None:
    for language, claims in CLAIMS.items():
        assert not any(re.search(pattern, getattr(words, language)) for pattern in claims.values())
