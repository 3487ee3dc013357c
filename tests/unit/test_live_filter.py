"""The index of filters finds exactly those who would say yes if each were asked."""

import random

import pytest

from storage.sight import Scope
from usecases.read_live_filter import FilterIndex, LiveFilter, Subject

KINDS = ("alarm.raised", "alarm.cleared", "test.note", None)


def some(chance: random.Random, values, share=0.35):
    return frozenset(chance.sample(values, chance.randint(1, 2))) if chance.random() < share else frozenset()


def a_filter(chance: random.Random) -> LiveFilter:
    return LiveFilter(
        kinds=some(chance, ["alarm.*", "alarm.raised", "test.*", "*"]),
        severities=some(chance, ["critical", "low"]),
        machines=some(chance, range(6)),
        sites=some(chance, range(3)),
        models=some(chance, range(3)),
        machine_kinds=some(chance, ["excavator", "crane"]),
        organisations=some(chance, range(5)),
    )


def a_subject(chance: random.Random) -> Subject:
    kind = chance.choice(KINDS)
    return Subject(
        kind=kind,
        severity=chance.choice(["critical", "low", None]) if kind else None,
        machine_id=chance.choice([*range(6), None]),
        site_id=chance.choice([*range(3), None]),
        model_id=chance.choice([*range(3), None]),
        machine_kind=chance.choice(["excavator", "crane", None]),
        organisations=frozenset(chance.sample(range(5), chance.randint(0, 3))),
    )


@pytest.mark.parametrize("seed", range(20))
def test_it_finds_whom_asking_every_one_would_find_and_each_once(seed):
    chance = random.Random(seed)
    index: FilterIndex[int] = FilterIndex()
    known = {}
    for number in range(150):
        organisation = chance.randrange(5)
        scope = Scope(organisation_id=organisation, sees_all=organisation == 0)
        known[number] = (scope, a_filter(chance))
        index.add(number, *known[number])
    for number in chance.sample(range(150), 50):
        index.discard(number, *known.pop(number))
    found_any = 0
    for _ in range(300):
        subject = a_subject(chance)
        asked = [
            number
            for number, (scope, wanted) in known.items()
            if (scope.sees_all or scope.organisation_id in subject.organisations) and wanted.takes(subject)
        ]
        found = index.concerned(subject)
        assert sorted(found) == asked
        found_any += len(found)
    assert found_any > 100
    for number in list(known):
        index.discard(number, *known.pop(number))
    assert index._places == {}, "nothing is left behind"


@pytest.mark.parametrize(
    ("kinds", "kind", "takes"),
    [
        ((), "alarm.raised", True),
        (("alarm.*",), "alarm.raised", True),
        (("alarm.*",), "alarms", False),
        (("alarm.raised",), "alarm.raised", True),
        (("alarm.raised",), "alarm.raised.again", False),
        (("*",), "anything", True),
    ],
)
def test_kinds(kinds, kind, takes):
    assert LiveFilter(kinds=frozenset(kinds)).takes_kind(kind) is takes
