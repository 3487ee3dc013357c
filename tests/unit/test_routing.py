"""Who is told of what, by which channel and when: each rule of alerts/routing.py by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from alerts.routing import UNCHOSEN, Happening, Person, Preference, next_digest, quiet_until, route

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
ALARM = UUID("0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44")
ALL = frozenset({"critical", "high", "medium", "low", "info"})
RAISED = Happening(
    source="alarm",
    source_id=1,
    kind="raised",
    severity="critical",
    machine_id=7,
    organisations=frozenset({10, 20}),
    alarm_id=ALARM,
)
OWNER = Person(
    user_id=1,
    public_id=uuid4(),
    organisation_id=10,
    organisation_kind="customer",
    role="owner",
    language="zh",
    zone=ZoneInfo("Asia/Shanghai"),
    reached_by=frozenset({"email"}),
)
CHOSEN = Preference(channels={"email": ALL, "wecom": frozenset({"critical"})})


def told(happening, person, now=NOW):
    return [(one.channel, one.reason) for one in route([happening], [person], now)]


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        pytest.param({}, True, id="the owner, who has chosen nothing, by e-mail"),
        pytest.param({"organisation_id": 20, "organisation_kind": "dealer", "role": "dealer"}, True, id="the dealer"),
        pytest.param({"organisation_id": 30}, False, id="not somebody else's owner"),
        pytest.param({"role": "auditor"}, False, id="no auditor"),
        pytest.param({"reached_by": frozenset()}, False, id="nobody without an address"),
        pytest.param({"muted": {7: NOW + timedelta(hours=1)}}, False, id="not who muted the machine"),
        pytest.param({"muted": {7: NOW}}, True, id="who muted it until now"),
        pytest.param({"muted": {8: NOW + timedelta(hours=1)}}, True, id="who muted another machine"),
        pytest.param({"on_duty": False}, False, id="not who is off duty"),
        pytest.param({"on_duty": True}, True, id="who is on duty"),
        pytest.param({"organisation_id": 1, "organisation_kind": "ecc", "on_duty": True}, True, id="the duty seat"),
        pytest.param({"organisation_id": 1, "organisation_kind": "ecc"}, False, id="no expert off the roster"),
        pytest.param(
            {"organisation_id": 1, "organisation_kind": "ecc", "preference": CHOSEN}, True, id="an expert who wants it"
        ),
        pytest.param({"organisation_kind": "maker"}, False, id="not the maker unasked"),
    ],
)
def test_who_is_told_of_a_critical_alarm(change, is_told):
    assert bool(told(RAISED, replace(OWNER, **change))) is is_told


def test_severities_are_told_by_the_channels_that_were_chosen_for_them():
    chosen = replace(OWNER, preference=CHOSEN, reached_by=frozenset({"email", "wecom"}))
    assert told(RAISED, chosen) == [("email", None), ("wecom", None)]
    assert told(replace(RAISED, severity="low"), chosen) == [("email", None)]
    assert told(replace(RAISED, severity="medium"), OWNER) == []


@pytest.mark.parametrize("kind", ["cleared", "withdrawn"])
def test_the_end_is_told_to_whom_the_beginning_was(kind):
    ended = replace(RAISED, kind=kind, source_id=2, active=False)
    assert told(ended, OWNER) == []
    informed = replace(OWNER, told=frozenset({(ALARM, "email")}))
    assert told(ended, informed) == [("email", None)]
    assert told(replace(ended, standing=False), informed) == [("email", None)]
    uninterested = replace(informed, preference=replace(CHOSEN, cleared=False))
    assert told(ended, uninterested) == ([("email", None)] if kind == "withdrawn" else [])


BEFORE = UUID("0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e45")  # an alarm of the same machine and source


@pytest.mark.parametrize(
    ("told_of", "change", "is_told"),
    [
        pytest.param({ALARM}, {}, True, id="it never was, and he was told that it was"),
        pytest.param({BEFORE}, {}, False, id="who was not told of it is told nothing"),
        pytest.param(
            {ALARM, BEFORE}, {"twins": frozenset({BEFORE}), "goes_on": True}, False, id="the other one stands"
        ),
        pytest.param(
            {ALARM, BEFORE}, {"twins": frozenset({BEFORE})}, True, id="the other one is over, as he is not told"
        ),
        pytest.param(
            {ALARM}, {"twins": frozenset({BEFORE}), "goes_on": True}, True, id="he does not know the other one"
        ),
    ],
)
def test_a_withdrawal_is_told_to_whom_it_changes_something(told_of, change, is_told):
    person = replace(OWNER, told=frozenset((alarm, "email") for alarm in told_of))
    assert bool(told(replace(RAISED, kind="withdrawn", active=False, **change), person)) is is_told


@pytest.mark.parametrize(
    ("told_of", "change", "is_told"),
    [
        pytest.param({ALARM}, {}, True, id="he was told that it is over"),
        pytest.param(set(), {}, False, id="he was told nothing"),
        pytest.param({ALARM}, {"active": False}, False, id="it has ended since"),
        pytest.param({ALARM}, {"standing": False}, False, id="it is shelved"),
        pytest.param({ALARM, BEFORE}, {"twins": frozenset({BEFORE})}, False, id="a later one said that it stands"),
    ],
)
def test_what_is_not_over_after_all_is_told_to_whom_its_end_was(told_of, change, is_told):
    person = replace(OWNER, told=frozenset((alarm, "email") for alarm in told_of))
    back = replace(RAISED, kind="revised", **change)
    assert bool(told(back, person)) is is_told
    assert told(back, replace(person, preference=replace(CHOSEN, cleared=False))) == []


def test_an_alarm_that_late_data_put_in_the_place_of_another_is_told_in_its_stead():
    person = replace(OWNER, told=frozenset({(BEFORE, "email")}))
    gone = replace(RAISED, kind="withdrawn", alarm_id=BEFORE, active=False, twins=frozenset({ALARM}), goes_on=True)
    late = replace(RAISED, source_id=2, standing=False, twins=frozenset({BEFORE}))
    assert [one.told for one in route([gone, late], [person], NOW)] == [[("alarm", 2)]]
    assert route([gone, late], [OWNER], NOW) == []


@pytest.mark.parametrize(
    ("told_of", "change", "is_told"),
    [
        pytest.param({ALARM}, {}, True, id="he was told another reason"),
        pytest.param(set(), {}, False, id="he was told nothing, and it is no graver"),
        pytest.param(set(), {"rises": True}, True, id="it is as grave now as he wants to be told of"),
        pytest.param({ALARM}, {"rises": True}, True, id="he was told, and it is graver: once"),
        pytest.param(set(), {"rises": True, "severity": "medium"}, False, id="graver, and not grave enough for him"),
        pytest.param({ALARM}, {"severity": "info", "of_outage": True}, True, id="many are silent, as he is told"),
        pytest.param({ALARM}, {"active": False}, False, id="it is over, as he is told"),
        pytest.param({ALARM}, {"standing": False}, False, id="it is shelved"),
    ],
)
def test_another_reason_is_told_to_whom_the_first_was_and_what_is_graver_to_who_wants_it(told_of, change, is_told):
    person = replace(OWNER, told=frozenset((alarm, "email") for alarm in told_of))
    assert told(replace(RAISED, kind="corrected", **change), person) == ([("email", None)] if is_told else [])


def test_what_is_known_before_the_first_message_is_sent_is_in_it():
    waits = replace(OWNER, told=frozenset({(ALARM, "email")}), waiting={("email", ALARM): 5})
    (one,) = route([replace(RAISED, kind="corrected", source_id=2)], [waits], NOW)
    assert (one.joins, one.told) == (5, [("alarm", 2)])


def test_of_an_outage_nobody_is_told_but_of_the_alarm_that_calls():
    everything = replace(OWNER, preference=replace(CHOSEN, channels={"email": ALL}))
    other = replace(RAISED, severity="info", of_outage=True)
    assert told(other, everything) == []
    assert told(replace(other, of_outage=False), everything) == [("email", None)]


@pytest.mark.parametrize("kind", ["unshelved", "returned_to_service", "unsuppressed", "uninhibited", "confirmed"])
def test_what_comes_back_is_told_once(kind):
    back = replace(RAISED, kind=kind)
    assert told(replace(RAISED, standing=False), OWNER) == []
    assert told(back, OWNER) == [("email", None)]
    assert told(replace(back, active=False), OWNER) == []
    assert told(back, replace(OWNER, told=frozenset({(ALARM, "email")}))) == []


def test_an_escalation_is_told_to_those_it_names_by_all_their_channels_at_once():
    quiet = Preference(channels={}, quiet=(0, 1439), most_per_hour=1)
    expert = replace(OWNER, user_id=2, organisation_kind="ecc", preference=quiet, public_id=uuid4(), made={"email": 9})
    escalated = replace(RAISED, kind="escalated", people=frozenset({expert.public_id}))
    assert [(one.user_id, one.reason) for one in route([escalated], [OWNER, expert], NOW)] == [(2, None)]
    assert route([replace(escalated, active=False)], [expert], NOW) == []
    assert len(route([replace(escalated, active=False, calls=True)], [expert], NOW)) == 1


def test_what_came_together_of_one_alarm_is_one_notice_and_every_transition_is_in_exactly_one():
    cleared = replace(RAISED, kind="cleared", source_id=2, active=False)
    other = replace(RAISED, source_id=3, alarm_id=uuid4(), severity="high")
    notices = route([other, cleared, RAISED], [OWNER], NOW)
    assert [one.told for one in notices] == [[("alarm", 1), ("alarm", 2)], [("alarm", 3)]]
    assert [one.severity for one in notices] == ["critical", "high"]


def test_a_reminder_is_told_to_the_sides_it_is_for():
    dealer = replace(OWNER, user_id=2, organisation_id=20, organisation_kind="dealer", role="dealer")
    due = replace(RAISED, source="reminder", kind="reminder", severity="medium", alarm_id=None)
    for sides, users in ((("customer",), [1]), (("dealer",), [2]), (("customer", "dealer"), [1, 2])):
        made = route([replace(due, sides=frozenset(sides))], [OWNER, dealer], NOW)
        assert [one.user_id for one in made] == users


def test_services_are_a_choice_apart_from_the_severities_of_alarms():
    due = replace(
        RAISED, source="reminder", kind="reminder", severity="medium", alarm_id=None, sides=frozenset({"customer"})
    )
    only_quiet = replace(UNCHOSEN["customer"], quiet=(22 * 60, 6 * 60))
    assert told(due, replace(OWNER, preference=only_quiet), NOW) != []
    assert told(due, replace(OWNER, preference=replace(only_quiet, services=False)), NOW) == []
    assert told(RAISED, replace(OWNER, preference=replace(only_quiet, services=False)), NOW) != []


def test_several_reminders_are_one_message_and_one_is_told_by_itself():
    due = [
        replace(RAISED, source="reminder", source_id=i, kind="reminder", severity="high", alarm_id=None) for i in (1, 2)
    ]
    (gathered,) = route(due, [OWNER], NOW)
    assert (gathered.kind, gathered.reason, len(gathered.told)) == ("collected", "service", 2)
    assert gathered.due_at == NOW + timedelta(minutes=1)
    (single,) = route(due[:1], [replace(OWNER, made={"email": 30})], NOW)
    assert (single.kind, single.reason, single.due_at) == ("reminder", None, NOW)


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        pytest.param((22 * 60, 6 * 60), "2026-11-22T13:59Z", None, id="21:59 in Shanghai"),
        pytest.param((22 * 60, 6 * 60), "2026-11-22T14:00Z", "2026-11-22T22:00Z", id="22:00, over midnight"),
        pytest.param((22 * 60, 6 * 60), "2026-11-22T21:59Z", "2026-11-22T22:00Z", id="05:59"),
        pytest.param((22 * 60, 6 * 60), "2026-11-22T22:00Z", None, id="06:00"),
        pytest.param((12 * 60, 14 * 60), "2026-11-22T05:00Z", "2026-11-22T06:00Z", id="a nap"),
    ],
)
def test_quiet_hours_are_those_of_the_persons_own_clocks(quiet, at, until):
    found = quiet_until(quiet, ZoneInfo("Asia/Shanghai"), datetime.fromisoformat(at))
    assert found == (None if until is None else datetime.fromisoformat(until))


def test_quiet_hours_hold_back_all_but_what_rings_through_and_tell_it_in_one():
    person = replace(OWNER, preference=replace(CHOSEN, quiet=(21 * 60, 6 * 60)))
    low = [replace(RAISED, source_id=i, alarm_id=uuid4(), severity="low") for i in range(2, 5)]
    single, gathered = route([*low, RAISED], [person], NOW)
    assert (single.reason, gathered.reason, len(gathered.told)) == (None, "quiet_hours", 3)
    assert gathered.due_at == datetime(2026, 11, 22, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("digest", "at", "due"),
    [
        ("hourly", "2026-11-22T13:30:05Z", "2026-11-22T14:00Z"),
        ("daily", "2026-11-22T13:30Z", "2026-11-23T00:00Z"),
        ("daily", "2026-11-22T23:59Z", "2026-11-23T00:00Z"),
        ("daily", "2026-11-23T00:00Z", "2026-11-24T00:00Z"),
    ],
)
def test_digests_come_at_the_full_hour_or_at_the_persons_time(digest, at, due):
    wish = replace(CHOSEN, digest=digest, digest_at=8 * 60)
    assert next_digest(wish, ZoneInfo("Asia/Shanghai"), datetime.fromisoformat(at)) == datetime.fromisoformat(due)


def test_beyond_the_hours_limit_one_summary_and_a_sooner_one_of_what_is_critical():
    person = replace(OWNER, preference=replace(CHOSEN, most_per_hour=3), made={"email": 2})
    alarms = [replace(RAISED, source_id=i, alarm_id=uuid4(), severity="low") for i in range(5)]
    critical = [replace(RAISED, source_id=10 + i, alarm_id=uuid4()) for i in range(2)]
    made = {one.reason: one for one in route([*alarms, *critical], [person], NOW)}
    assert {reason: len(one.told) for reason, one in made.items()} == {
        None: 1,
        "rate_limit_critical": 1,
        "rate_limit": 5,
    }
    assert made["rate_limit_critical"].due_at == NOW + timedelta(minutes=1)
    assert made["rate_limit"].due_at == NOW + timedelta(minutes=15)


def test_every_kind_of_organisation_is_told_something_before_anybody_chooses():
    assert set(UNCHOSEN) == {"customer", "dealer", "ecc", "maker"}


LAST = UUID("0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e46")  # an alarm of the same machine and source that chattered already


@pytest.mark.parametrize(
    ("told_of", "change", "reason"),
    [
        pytest.param(set(), {}, None, id="that it chatters is told at once"),
        pytest.param({LAST}, {}, "chattering", id="and not again"),
        pytest.param({LAST}, {"kind": "escalated"}, None, id="but that nobody acknowledged it"),
        pytest.param({LAST}, {"chattering": False, "before": frozenset()}, None, id="and what does not chatter"),
        pytest.param({ALARM}, {"kind": "cleared", "active": False}, "chattering", id="its end when it has been quiet"),
        pytest.param(
            {ALARM}, {"kind": "cleared", "active": False, "chattering": False}, None, id="another's end at once"
        ),
    ],
)
def test_what_keeps_coming_back_is_told_once_and_then_gathered(told_of, change, reason):
    person = replace(OWNER, told=frozenset((alarm, "email") for alarm in told_of))
    again = replace(RAISED, **({"chattering": True, "before": frozenset({LAST})} | change))
    (made,) = route([replace(again, people=frozenset({person.public_id}))], [person], NOW)
    assert made.reason == reason
    assert made.due_at == NOW + (timedelta(minutes=10) if reason else timedelta())


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        pytest.param({}, 20, id="it may be fleeting"),
        pytest.param({"severity": "critical"}, 0, id="what is critical is told at once"),
        pytest.param({"kind": "unshelved"}, 0, id="what comes back stood all the time"),
        pytest.param({"settles_at": NOW - timedelta(seconds=1)}, 0, id="it stands for long enough"),
    ],
)
def test_what_may_be_fleeting_waits_for_its_end(change, seconds):
    settles_at = NOW + timedelta(seconds=20)
    (made,) = route([replace(RAISED, **({"severity": "high", "settles_at": settles_at} | change))], [OWNER], NOW)
    assert (made.reason, made.due_at) == (None, NOW + timedelta(seconds=seconds))


def test_the_end_joins_the_beginning_that_was_not_sent_yet():
    ended = replace(RAISED, kind="cleared", source_id=2, active=False)
    person = replace(OWNER, told=frozenset({(ALARM, "email")}), waiting={("email", ALARM): 77})
    assert [(one.joins, one.told) for one in route([ended], [person], NOW)] == [(77, [("alarm", 2)])]
    assert [one.joins for one in route([replace(ended, kind="revised", active=True)], [person], NOW)] == [None]
