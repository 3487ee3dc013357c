import dataclasses

import numpy as np
import pytest

from fleet.batch import Batch, EventBatch, EventKind, Quarantined, Reason
from ingest.marks import Marks
from ingest.quality import EVENTS_ONLY, OUT_OF_LIMITS, WHOLE_MESSAGE, Checked, Limits, resolve_and_check
from ingest.registry import Registry
from storage.registry import TerminalRow
from tests.batches import CATALOGUE, batch, us

LIMITS = Limits(oldest_us=us(-1000))
FUEL = {"fuel_level_pct": 50.0}


def registry(
    terminals: dict[str, tuple[int, int]], installations: list[tuple[int, int, int | None, int | None]]
) -> Registry:
    """terminals: name -> (id, clock offset us); installations: (terminal, machine, from s, to s), None for open."""
    return Registry(
        {name: TerminalRow(number, offset) for name, (number, offset) in terminals.items()},
        terminal_id=np.array([i[0] for i in installations], np.int32),
        machine_id=np.array([i[1] for i in installations], np.int32),
        from_us=np.array([-(2**62) if i[2] is None else us(i[2]) for i in installations], np.int64),
        to_us=np.array([2**62 if i[3] is None else us(i[3]) for i in installations], np.int64),
    )


SIMPLE = registry({"A": (1, 0), "B": (2, 0)}, [(1, 11, None, None), (2, 12, None, None)])


def check(given: Batch, known: Registry = SIMPLE, marks: Marks | None = None) -> Checked:
    return resolve_and_check(given, known, CATALOGUE, marks or Marks(), LIMITS)


def keys(rows) -> list[tuple[int, float]]:
    return [(m, (at - us(0)) / 1e6) for m, at in zip(rows.machine.tolist(), rows.measured_at_us.tolist(), strict=True)]


def with_event(given: Batch, message: int, at_s: float, kind: EventKind = EventKind.NOTE) -> Batch:
    event = {name: np.array([-1], np.int16) for name in EventBatch.__slots__ if name != "text"}
    event |= {"message": np.array([message], np.int32), "kind": np.array([kind], np.int16)}
    event |= {"measured_at_us": np.array([us(at_s)]), "received_at_us": np.array([us(at_s)])}
    event |= {"machine": np.array([-1], np.int32), "spn": np.array([-1], np.int32)}
    given.events = EventBatch(**event, text=[None])
    return given


def test_rows_above_the_mark_are_fresh_and_everything_else_is_for_the_store_to_say():
    marks = Marks(np.array([11], np.int32), np.array([us(10)]))
    checked = check(
        batch([("B", 5, FUEL), ("A", 12, FUEL), ("A", 10, FUEL), ("A", 11, FUEL), ("A", 9, FUEL), ("A", 12.5, FUEL)]),
        marks=marks,
    )
    assert keys(checked.fresh) == [(11, 11), (11, 12), (11, 12.5), (12, 5)]
    assert keys(checked.rest) == [(11, 9), (11, 10)]
    assert checked.quarantined == []


def test_rows_that_share_an_instant_go_to_the_store_in_arrival_order():
    checked = check(batch([("A", 3, FUEL), ("A", 1, FUEL), ("A", 3, {"fuel_level_pct": 51}), ("A", 2, FUEL)]))
    assert keys(checked.fresh) == [(11, 1), (11, 2)]
    assert checked.rest.message.tolist() == [0, 2]


def test_marks_move_only_when_adopted_and_never_back():
    marks = Marks()
    rows = check(batch([("A", 5, FUEL)])).fresh
    adopt = marks.advance(rows.machine, rows.measured_at_us)
    assert keys(check(batch([("A", 5, FUEL)]), marks=marks).fresh) == [(11, 5)]
    adopt()
    marks.advance(np.array([11, 5000], np.int32), np.array([us(1), us(1)]))()
    assert keys(check(batch([("A", 5, FUEL), ("A", 6, FUEL)]), marks=marks).fresh) == [(11, 6)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(("X", 0, FUEL), Reason.UNKNOWN_TERMINAL, id="nobody knows the terminal"),
        pytest.param(("A", -1001, FUEL), Reason.CLOCK_PAST, id="before retention"),
        pytest.param(("A", 311, FUEL), Reason.CLOCK_FUTURE, id="more than five minutes ahead"),
        pytest.param(("A", 0, {}), Reason.NO_SIGNALS, id="nothing in the sample"),
        pytest.param(("X", -1001, {}), Reason.UNKNOWN_TERMINAL, id="the terminal is asked for first"),
    ],
)
def test_a_row_that_cannot_be_kept_is_quarantined_and_its_neighbours_are_not(row, reason: Reason):
    checked = check(batch([("A", 1, FUEL), row, ("B", 2, FUEL)], received_s=10))
    assert [(q.message, q.row, q.reason) for q in checked.quarantined] == [(1, WHOLE_MESSAGE, reason)]
    assert keys(checked.fresh) == [(11, 1), (12, 2)]


def test_the_borders_of_the_clock_belong_to_what_is_kept():
    checked = check(batch([("A", -1000, FUEL), ("A", 310, FUEL)], received_s=10))
    assert keys(checked.fresh) == [(11, -1000), (11, 310)]


def test_some_bad_rows_of_a_message_are_named_and_all_bad_rows_are_the_message():
    given = batch([("A", -2000, FUEL), ("A", 1, FUEL), ("A", -2001, FUEL), ("A", -2002, FUEL), ("A", 4, {})])
    given.readings.message[:] = [0, 0, 0, 1, 1]
    given.readings.row[:] = [0, 1, 2, 0, 1]
    checked = check(given)
    assert [(q.message, q.row, q.reason) for q in checked.quarantined] == [
        (0, 0, Reason.CLOCK_PAST),
        (0, 2, Reason.CLOCK_PAST),
        (1, 0, Reason.CLOCK_PAST),
        (1, 1, Reason.NO_SIGNALS),
    ]
    given.readings.values[4] = 1.0
    given.readings.measured_at_us[4] = us(-3000)
    assert (1, WHOLE_MESSAGE, Reason.CLOCK_PAST) in [(q.message, q.row, q.reason) for q in check(given).quarantined]


def test_what_the_decoder_refused_stays_refused():
    given = batch([("A", 1, FUEL)])
    given.quarantined = [Quarantined(message=0, row=-1, reason=Reason.BAD_FRAME, detail="x")]
    assert check(given).quarantined == given.quarantined


def test_a_terminal_is_on_the_machine_it_was_on_when_it_measured():
    moved = registry({"A": (1, 0)}, [(1, 11, None, 100), (1, 12, 100, 200), (1, 13, 300, None)])
    checked = check(batch([("A", at, FUEL) for at in (-500, 99.999999, 100, 199, 200, 299, 300, 5000)]), moved)
    assert keys(checked.fresh) == [(11, -500), (11, 99.999999), (12, 100), (12, 199), (13, 300), (13, 5000)]
    assert [(q.message, q.reason) for q in checked.quarantined] == [
        (4, Reason.NOT_INSTALLED),
        (5, Reason.NOT_INSTALLED),
    ]


def test_a_declared_clock_offset_is_added_before_anything_is_judged():
    slow = registry({"A": (1, 3_600_000_000), "B": (2, 0)}, [(1, 11, 0, None), (2, 12, None, None)])
    given = with_event(batch([("A", -3600, FUEL), ("B", 0, FUEL)], received_s=1), 0, -3600)
    given.events.received_at_us[:] = us(1)
    checked = check(given, slow)
    assert keys(checked.fresh) == [(11, 0), (12, 0)]
    assert keys(checked.events) == [(11, 0)]
    assert given.readings.measured_at_us[0] == us(-3600), "the batch given is left as it was"


def test_values_are_what_their_column_will_hold():
    sent = {"fuel_level_pct": 13.2, "latitude_deg": 31.2304567890123}
    row = check(batch([("A", 0, sent)])).fresh.values[0]
    assert row[CATALOGUE.index["fuel_level_pct"]] == float(np.float32(13.2)) != 13.2
    assert row[CATALOGUE.index["latitude_deg"]] == 31.2304567890123
    assert np.isnan(row).sum() == len(CATALOGUE) - 2


def test_a_value_out_of_its_limits_is_dropped_and_becomes_a_sensor_error():
    sent = {"fuel_level_pct": 400.0, "engine_load_pct": 30.0}
    checked = check(batch([("B", 0, FUEL), ("A", 7, sent)]))
    assert keys(checked.fresh) == [(11, 7), (12, 0)]
    assert np.isnan(checked.fresh.values[0, CATALOGUE.index["fuel_level_pct"]])
    assert keys(checked.events) == [(11, 7)]
    event = checked.events
    assert (event.kind[0], event.value[0], event.message[0]) == (EventKind.SENSOR_ERROR, OUT_OF_LIMITS, 1)
    assert event.signal[0] == CATALOGUE.index["fuel_level_pct"]


def test_the_limits_themselves_are_values_and_survive_being_sent_again():
    for signal in CATALOGUE:
        for limit in signal.valid:
            first = check(batch([("A", 0, {signal.key: limit})]))
            again = check(batch([("A", 0, {signal.key: float(first.fresh.values[0, signal.id])})]))
            assert first.events.kind.size == again.events.kind.size == 0, signal.key
            assert first.fresh.values[0, signal.id] == again.fresh.values[0, signal.id]


@pytest.mark.parametrize("value", [1e39, -1e300, np.inf, -np.inf])
def test_a_number_too_large_for_its_column_is_a_sensor_error_and_no_crash(value: float):
    checked = check(batch([("A", 0, {"fuel_level_pct": value, "engine_load_pct": 1.0})]))
    assert checked.events.value.tolist() == [OUT_OF_LIMITS]
    assert len(checked.fresh) == 1


def test_a_row_with_nothing_but_sensor_errors_is_no_row_and_no_quarantine():
    checked = check(batch([("A", 0, {"fuel_level_pct": 400.0})]))
    assert (len(checked.fresh), len(checked.rest), len(checked.events), checked.quarantined) == (0, 0, 1, [])
    reported = with_event(batch([("A", 0, {}), ("A", 1, {})]), 0, 0, EventKind.SENSOR_ERROR)
    assert [(q.message, q.reason) for q in check(reported).quarantined] == [(1, Reason.NO_SIGNALS)]


def test_a_refused_row_makes_no_sensor_error():
    assert len(check(batch([("X", 0, {"fuel_level_pct": 400.0})])).events) == 0


def test_unknown_keys_are_kept_beside_the_rows_of_their_machine():
    given = batch([("A", 0, {}), ("X", 0, FUEL), ("B", 3, FUEL)])
    given.extra = [(2, 0, "wiper", 1.0), (0, 0, "horn", 2.0), (1, 0, "lost", 3.0)]
    checked = check(given)
    assert [
        (m, at, key, value)
        for (m, at), key, value in zip(keys(checked.extra), checked.extra.key, checked.extra.value, strict=True)
    ] == [
        (12, 3, "wiper", 1.0),
        (11, 0, "horn", 2.0),
    ]
    assert [q.message for q in checked.quarantined] == [1]
    assert keys(checked.fresh) == [(12, 3)]


@pytest.mark.parametrize(
    ("terminal", "at", "row", "refused"),
    [
        pytest.param("A", 0, FUEL, [], id="a good event is kept"),
        pytest.param("A", -5000, FUEL, [(0, EVENTS_ONLY, Reason.CLOCK_PAST)], id="only the event is bad"),
        pytest.param("X", 0, FUEL, [(0, WHOLE_MESSAGE, Reason.UNKNOWN_TERMINAL)], id="both are: said once"),
    ],
)
def test_events_meet_the_same_clock_and_registry(terminal: str, at: float, row, refused):
    checked = check(with_event(batch([(terminal, 0, row)]), 0, at))
    assert [(q.message, q.row, q.reason) for q in checked.quarantined] == refused
    assert len(checked.events) == (not refused)


def test_a_message_of_events_alone_is_quarantined_whole():
    given = with_event(batch([]), 0, -5000)
    given.messages = batch([("A", 0, FUEL)]).messages
    assert [(q.message, q.row) for q in check(given).quarantined] == [(0, WHOLE_MESSAGE)]


def test_an_empty_batch_is_no_trouble():
    checked = check(batch([]))
    assert all(not len(part) for part in (checked.fresh, checked.rest, checked.events, checked.quarantined))
    assert dataclasses.asdict(LIMITS)["future_us"] == 300_000_000
