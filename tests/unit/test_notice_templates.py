"""The texts of notices: those that ship, and what is refused of those that people write."""

import pytest

from alerts.notice_templates import PLACEHOLDERS, Template, check_template, filled, shipped
from fleet.errors import InvalidInput
from usecases.edit_notice_templates import _example


def test_there_is_a_text_of_every_kind_in_both_languages_that_passes_its_own_check():
    assert set(shipped()) == {(key, language) for key in PLACEHOLDERS for language in ("zh", "en")}
    for (key, language), text in shipped().items():
        check_template(key, text)
        values = {name: _example(name, language) for name in PLACEHOLDERS[key]}
        assert "{" not in filled(text.subject + text.body, values)


def test_the_text_of_an_alarm_answers_the_four_questions_and_brings_its_links():
    for language in ("zh", "en"):
        body = shipped()["alarm", language].body
        for name in ("what_happened", "advice", "next_step", "link", "fixed_link", "wrong_link"):
            assert f"{{{name}}}" in body


@pytest.mark.parametrize(
    ("subject", "body", "reason", "where", "place"),
    [
        ("{code}", "{person}\n  {cod}", "placeholder_near", "body", (2, 3)),
        ("{code}", "{nonsense_of_mine}", "placeholder_unknown", "body", (1, 1)),
        ("{code.__class__}", "x", "placeholder_unknown", "subject", (1, 1)),
        ("{code!r}", "x", "placeholder_near", "subject", (1, 1)),
        ("x", "{code} {", "placeholder_brace", "body", (1, 8)),
        ("x", "}{code}", "placeholder_brace", "body", (1, 1)),
        ("x", "no code at all {{code}}", "placeholder_missing", "body", None),
        ("a\nb {code}", "x", "template_subject_lines", "subject", None),
    ],
)
def test_what_is_wrong_is_named_with_its_place(subject, body, reason, where, place):
    with pytest.raises(InvalidInput) as refused:
        check_template("code", Template(subject=subject, body=body))
    first = refused.value.faults[0]
    assert (first.reason.key, first.where) == (reason, where)
    if place:
        assert (first.reason.values["line"], first.reason.values["column"]) == place


def test_all_that_is_wrong_is_named_at_once_and_a_misspelt_placeholder_is_not_missing_as_well():
    text = Template(subject="{machin}", body="{person}: {alarn}\n{nonsense} {\n{nonsense}")
    with pytest.raises(InvalidInput) as refused:
        check_template("alarm", text)
    told = [(f.where, f.reason.key, f.reason.values.get("line")) for f in refused.value.faults]
    assert told == [
        ("subject", "placeholder_near", 1),
        ("body", "placeholder_near", 1),
        ("body", "placeholder_unknown", 2),
        ("body", "placeholder_brace", 2),
        ("body", "placeholder_unknown", 3),
        ("body", "placeholder_missing", None),
    ]
    assert refused.value.faults[-1].reason.values["missing"] == ["link"]
    assert refused.value.detail == "The text is wrong in 6 places."


def test_braces_are_written_twice_and_values_are_never_filled_again():
    assert filled("{{x}} {person}", {"person": "{code}"}) == "{x} {code}"
