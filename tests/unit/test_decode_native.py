"""Native telemetry: which instant and which row everything belongs to."""

import pytest

from gateway.decode.envelope import Format, route
from gateway.decode.times import MAX_MS, instant_us, instants_us
from tests.decoding import CATALOGUE, STATUS, T_MS, decode, events, refused, rows

US = T_MS * 1000
NOTE = {"events": [{"text": "here"}]}


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        pytest.param(T_MS, US, id="milliseconds"),
        pytest.param(0, 0, id="the epoch"),
        pytest.param(-1, -1000, id="before the epoch: ingest says what is plausible"),
        pytest.param(MAX_MS + 1, None, id="beyond 64 bits"),
        pytest.param("2026-11-21T10:00:00Z", US, id="UTC"),
        pytest.param("2026-11-21T18:00:00.000001+08:00", US + 1, id="another zone, microseconds"),
        pytest.param("2026-11-21T10:00:00", None, id="no zone"),
        pytest.param("2026-11-21", None, id="a day"),
        pytest.param("2026-02-30T10:00:00Z", None, id="no such day"),
        pytest.param("1795255200000", None, id="digits in quotes"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_an_instant_is_milliseconds_or_text_with_a_zone(t: int | str, expected: int | None) -> None:
    assert instant_us(t) == expected
    assert instants_us([t, T_MS, "2026-11-21T10:00:00Z"]) == [expected, US, US]
    assert instants_us([t, T_MS]) == [expected, US]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("ecc/v1/EX-1/telemetry", ("EX-1", Format.TELEMETRY)),
        ("ecc/v1/1FUJA6CK:75.LM_1-2/can", ("1FUJA6CK:75.LM_1-2", Format.CAN)),
        ("ecc/v1/EX-1/status", ("EX-1", Format.STATUS)),
        ("ecc/v1/EX-1/status/", ("EX-1", None)),
        ("ecc/v1/EX-1/status\n", ("EX-1", None)),
        ("ecc/v1/EX 1/status", ("", None)),
        ("ecc/v1/" + "x" * 65 + "/can", ("", None)),
        ("ecc/v1//can", ("", None)),
        ("ecc/v2/EX-1/can", ("", None)),
        ("", ("", None)),
    ],
)
def test_a_topic_names_terminal_and_format(topic: str, expected: tuple[str, Format | None]) -> None:
    assert route(topic) == expected


@pytest.mark.parametrize(
    ("document", "at_us"),
    [
        pytest.param({"t": T_MS, "signals": {"x": 1}, **NOTE}, US, id="the sample's"),
        pytest.param({"t": T_MS, **NOTE}, US, id="the message's, without signals"),
        pytest.param({"t": T_MS, "events": [{"t": T_MS + 5, "text": "here"}]}, US + 5000, id="its own"),
        pytest.param({"events": [{"t": T_MS + 5, "text": "here"}]}, US + 5000, id="its own alone"),
        pytest.param(
            {"samples": [{"t": T_MS + 9, "signals": {"x": 1}}, {"t": T_MS}], **NOTE}, US + 9000, id="the newest"
        ),
        pytest.param(
            {"t": T_MS + 1, "samples": [{"t": T_MS, "signals": {"x": 1}}], **NOTE}, US + 1000, id="beside a list"
        ),
        pytest.param({"samples": [{"t": T_MS, **NOTE}]}, US, id="in a sample"),
        pytest.param({"t": [T_MS, T_MS + 7], "signals": {"x": [1, 2]}, **NOTE}, US + 7000, id="newest of columns"),
    ],
)
def test_what_stands_beside_readings_belongs_to_an_instant(document: object, at_us: int) -> None:
    found = events(decode(document))
    assert [(e["kind"], e["measured_at_us"], e["text"]) for e in found] == [("NOTE", at_us, "here")]


@pytest.mark.parametrize(
    "document",
    [
        NOTE,
        {"samples": [], **NOTE},
        {"faults": {"list": []}},
        {"faults": {"list": [], "t": "noon"}},
        {"attributes": {"a": "b"}},
        {"t": "noon", **NOTE},
        {"samples": [{"t": "noon", "signals": {"x": 1}, **NOTE}]},
    ],
)
def test_without_an_instant_the_message_is_refused(document: object) -> None:
    batch = decode(document)
    assert refused(batch) == [(0, -1, "bad_time")]
    assert (len(batch.readings), len(batch.events)) == (0, 0)


@pytest.mark.parametrize(
    ("document", "count", "lost"),
    [
        pytest.param({"t": T_MS, "signals": {"fuel_level_pct": 1}}, 1, [], id="a reading"),
        pytest.param({"t": T_MS, "signals": {"fuel_level_pct": None}, **NOTE}, 0, [], id="a note; null is no row"),
        pytest.param({"t": T_MS, "signals": {}, **NOTE}, 0, [], id="a note; no signals are no row"),
        pytest.param({"t": T_MS, "signals": {}}, 1, [(0, 0, "no_signals")], id="nothing at all"),
        pytest.param({"t": T_MS}, 1, [(0, -1, "no_signals")], id="only a time"),
        pytest.param({}, 1, [(0, -1, "no_signals")], id="an empty object"),
        pytest.param([], 1, [(0, -1, "no_signals")], id="an empty list"),
        pytest.param({"t": [], "signals": {}}, 1, [(0, -1, "no_signals")], id="empty columns"),
        pytest.param(
            {"t": [T_MS, T_MS], "signals": {}}, 2, [(0, 0, "no_signals"), (0, 1, "no_signals")], id="bare times"
        ),
        pytest.param([{"t": T_MS}, {"t": T_MS, **NOTE}], 1, [(0, 0, "no_signals")], id="a sample that is only a note"),
        pytest.param([{"t": T_MS, "signals": {"k" * 65: 1}}], 1, [(0, 0, "schema")], id="a key of 65 characters"),
        pytest.param({"t": [T_MS], "signals": {"": [1]}}, 1, [(0, -1, "schema")], id="an empty key"),
        pytest.param({"signals": {"x": 1}}, 1, [(0, -1, "schema")], id="signals without a time"),
        pytest.param(
            {"t": ["noon", T_MS], "signals": {"x": [1, 2]}}, 2, [(0, 0, "bad_time")], id="one bad time in columns"
        ),
    ],
)
def test_every_sample_is_a_row_or_says_why_not(document: object, count: int, lost: list[tuple[int, int, str]]) -> None:
    batch = decode(document)
    assert batch.messages.rows == [count]
    assert refused(batch) == lost
    whole = [row for _, row, _ in lost] == [-1]
    assert len(batch.readings) == (0 if whole else count - len(lost))


def unknown(first: int, count: int) -> dict[str, float]:
    return {f"site_key_{number}": 1.0 for number in range(first, first + count)}


@pytest.mark.parametrize(
    ("document", "kept", "lost"),
    [
        pytest.param({"t": T_MS, "signals": unknown(0, 64)}, 64, [], id="64 in a sample"),
        pytest.param({"t": T_MS, "signals": unknown(0, 65)}, 0, [(0, -1, "schema")], id="65 in a sample"),
        pytest.param(
            {"t": "2026-11-21T10:00:00Z", "signals": unknown(0, 65)}, 0, [(0, 0, "schema")], id="its time a text"
        ),
        pytest.param(
            {"t": [T_MS, T_MS + 1], "signals": {key: [1, 2] for key in unknown(0, 65)}},
            0,
            [(0, -1, "schema")],
            id="65 columns",
        ),
        pytest.param(
            [{"t": T_MS + i, "signals": unknown(0, 64)} for i in range(3)], 192, [], id="the same 64 in each sample"
        ),
        pytest.param(
            [{"t": T_MS + i, "signals": {"fuel_level_pct": i} | unknown(40 * i, 40)} for i in range(3)]
            + [{"t": T_MS + 3, "signals": {"fuel_level_pct": 3} | unknown(0, 40)}],
            80,
            [(0, 1, "schema"), (0, 2, "schema")],
            id="the samples of a list that bring the 65th",
        ),
    ],
)
def test_a_message_brings_at_most_64_keys_that_are_no_signals(
    document: object, kept: int, lost: list[tuple[int, int, str]]
) -> None:
    batch = decode(document, {"t": T_MS, "signals": unknown(500, 10)})
    assert refused(batch) == lost
    assert len([entry for entry in batch.extra if entry[0] == 0]) == kept
    assert len([entry for entry in batch.extra if entry[0] == 1]) == 10
    assert all("at most 64; add them with `ecc signals add`" in entry.detail for entry in batch.quarantined)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"t": [1] * 10_001, "signals": {"def_level_pct": [1] * 10_001}}, id="columns"),
        pytest.param({"samples": [{"t": 1}] * 10_001}, id="a list"),
        pytest.param([{"t": 1}] * 10_001, id="a bare list"),
    ],
)
def test_a_message_of_more_than_10000_samples_is_refused_whole(document: object) -> None:
    assert refused(decode(document)) == [(0, -1, "schema")]


def test_a_message_of_10000_samples_is_kept() -> None:
    assert len(decode({"t": [1] * 10_000, "signals": {"def_level_pct": [1] * 10_000}}).readings) == 10_000


def test_rows_keep_the_order_of_arrival_whatever_their_signals() -> None:
    batch = decode(
        {"t": 1, "signals": {"fuel_level_pct": 1}},
        [{"t": 2, "signals": {"def_level_pct": 2}}, {"t": 3, "signals": {"fuel_level_pct": 3}}],
        {"t": 4, "signals": {"def_level_pct": 4}},
    )
    assert [(r["message"], r["row"], r["measured_at_us"], list(r["signals"].values())) for r in rows(batch)] == [
        (0, 0, 1000, [1]),
        (1, 0, 2000, [2]),
        (1, 1, 3000, [3]),
        (2, 0, 4000, [4]),
    ]


def test_a_sensor_error_is_named_once_and_carries_its_spn() -> None:
    key = "engine_oil_pressure_kpa"
    found = events(decode({"t": T_MS, "sensor_errors": [key, key, "boom_angle_deg"]}))
    assert [(e["signal"], e.get("spn")) for e in found] == [(key, 100), ("boom_angle_deg", None)]
    assert CATALOGUE[key].spn == 100


def test_a_status_without_a_time_counts_from_its_arrival() -> None:
    batch = decode({"online": False}, {"online": True, "t": "2026-11-21T10:00:00Z"}, topic=STATUS)
    assert batch.events.value.tolist() == [0, 1]
    assert batch.events.measured_at_us.tolist() == [batch.messages.received_at_us[0], US]
    assert refused(decode({"online": True, "t": "noon"}, topic=STATUS)) == [(0, -1, "bad_time")]
