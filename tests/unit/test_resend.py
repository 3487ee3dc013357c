"""What of a refused message is sent again, and how its times are moved."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from fleet.errors import InvalidInput
from gateway.resend import Resend, resent
from usecases.replay_quarantine import offset_ms_of

HOUR = 3_600_000
NOW, AHEAD = 1_795_255_200_000, 1_795_255_200_000 + 8 * HOUR


def refused(at_ms: float) -> bool:
    return at_ms > NOW + 300_000


def sent(message: object, **order: Any) -> Any:
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    return json.loads(resent(text, Resend(was_refused=refused, **order)))


LIST = {
    "boot": "b",
    "seq": 7,
    "samples": [
        {"t": NOW, "signals": {"x": 1}},
        {"t": AHEAD, "signals": {"x": 2, "t": 5}, "faults": {"list": [], "t": AHEAD}},
        {"t": AHEAD, "events": [{"text": "beside"}]},
        {"t": NOW, "events": [{"text": "kept before"}]},
    ],
    "events": [{"text": "old", "t": NOW}, {"text": "new", "t": AHEAD + 1}, {"text": "newest sample's"}],
    "attributes": {"software_id": "4.1"},
}
COLUMNS = {"t": [NOW, AHEAD], "signals": {"x": [1, None], "y": [3, 4]}, "sensor_errors": ["x"], "faults": {"list": []}}
FRAMES = {
    "boot": "b",
    "seq": 1,
    "frames": [
        {"t": NOW + 0.85, "id": 1, "ext": True, "hex": ""},
        {"t": AHEAD + 999.125, "id": 2, "ext": True, "hex": "FF"},
        {"t": AHEAD + 5, "id": 3, "ext": False, "hex": ""},
    ],
}


@pytest.mark.parametrize("payload", [b"{", b'{"t": 1,  "signals": {}}', gzip.compress(b"[]", mtime=0), b"\x00\xff"])
def test_a_whole_message_goes_byte_for_byte(payload: bytes) -> None:
    assert resent(payload, Resend()) == payload


def test_of_a_list_the_refused_samples_go_and_what_was_refused_beside_them() -> None:
    back = -8 * HOUR
    assert sent(LIST, rows=(1,), offset_ms=back, position=("replay-1", 0)) == {
        "boot": "replay-1",
        "seq": 0,
        "t": AHEAD + back,
        "samples": [
            {"t": AHEAD + back, "signals": {"x": 2, "t": 5}, "faults": {"list": [], "t": AHEAD + back}},
            {"t": AHEAD + back, "events": [{"text": "beside"}]},
        ],
        "events": [{"text": "new", "t": AHEAD + 1 + back}, {"text": "newest sample's", "t": AHEAD + back}],
        "attributes": {"software_id": "4.1"},
    }


def test_without_an_offset_everything_beside_the_rows_goes_too_because_it_is_the_same_again() -> None:
    again = sent(LIST, rows=(1,), position=("replay-1", 0))
    assert again["samples"] == LIST["samples"][1:]  # type: ignore[index]
    assert len(again["events"]) == 3


def test_refused_columns_go_as_a_list() -> None:
    assert sent(COLUMNS, rows=(1,), offset_ms=1, position=("r", 3)) == {
        "boot": "r",
        "seq": 3,
        "t": AHEAD + 1,
        "samples": [{"t": AHEAD + 1, "signals": {"x": None, "y": 4}}],
        "sensor_errors": ["x"],
        "faults": {"list": [], "t": AHEAD + 1},
    }


def test_events_go_without_the_rows_that_were_kept() -> None:
    message = {"t": NOW, "signals": {"x": 1}, "events": [{"text": "late", "t": AHEAD}, {"text": "kept"}]}
    assert sent(message, rows=(-2,), offset_ms=-8 * HOUR, position=("r", 0)) == {
        "boot": "r", "seq": 0, "t": NOW - 8 * HOUR, "events": [{"text": "late", "t": NOW}]
    }  # fmt: skip


def test_of_can_the_frames_of_refused_slots_go() -> None:
    again = sent(FRAMES, rows=(1,), offset_ms=-1_000, position=("r", 0))
    assert [(frame["id"], frame["t"]) for frame in again["frames"]] == [(2, AHEAD - 0.875), (3, AHEAD - 995)]
    assert len(sent(FRAMES, rows=(1,), position=("r", 0))["frames"]) == 3


@pytest.mark.parametrize(
    ("t", "moved"),
    [
        (NOW, NOW - 1_500),
        ([NOW, "2026-11-21T10:00:00Z"], [NOW - 1_500, 1795255198500]),
        ("2026-11-21T18:00:00.123456+08:00", "2026-11-21T09:59:58.623456+00:00"),
    ],
)
def test_every_form_of_time_is_moved(t: object, moved: object) -> None:
    assert sent({"boot": "b", "seq": 1, "t": t, "signals": {}}, offset_ms=-1_500) == {
        "boot": "b", "seq": 1, "t": moved, "signals": {}
    }  # fmt: skip


def test_a_bare_list_gets_a_place_and_a_status_its_time() -> None:
    assert sent([{"t": NOW, "signals": {}}], position=("r", 0)) == {
        "boot": "r", "seq": 0, "samples": [{"t": NOW, "signals": {}}]
    }  # fmt: skip
    assert sent({"online": True}, arrived_ms=NOW) == {"online": True, "t": NOW}
    assert sent({"online": True, "t": 5}, arrived_ms=NOW) == {"online": True, "t": 5}
    assert sent(gzip.compress(b'{"t": 1}'), offset_ms=1) == {"t": 2}


@pytest.mark.parametrize(
    ("payload", "order"),
    [
        pytest.param(b"{", {"offset_ms": 1}, id="no JSON"),
        pytest.param(b"[" * 100_000, {"offset_ms": 1}, id="nested too deeply"),
        pytest.param(b"3", {"position": ("r", 0)}, id="no object"),
        pytest.param(b'{"t": "yesterday"}', {"offset_ms": 1}, id="a time that is none"),
        pytest.param(b'{"t": "9999-12-31T23:59:59.000001Z"}', {"offset_ms": 86_400_000}, id="after the end of time"),
        pytest.param(b'{"samples": [1], "t": 1}', {"rows": (0,), "offset_ms": 1}, id="no samples"),
        pytest.param(b'{"t": 1, "signals": {"x": 1}}', {"rows": (4,), "offset_ms": 1}, id="a row that is not there"),
    ],
)
def test_what_cannot_be_changed_is_refused_in_words(payload: bytes, order: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        sent(payload, **order)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("8h", 8 * HOUR), ("-8h", -8 * HOUR), ("+250ms", 250), ("1.5h", 5_400_000), ("-90min", -5_400_000), ("0s", 0)],
)
def test_an_offset_is_read_to_the_millisecond(text: str, ms: int) -> None:
    assert offset_ms_of(text) == ms


@pytest.mark.parametrize("text", ["", "8", "8 hours", "--8h", "0.5ms", "h", "1e3s"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        offset_ms_of(text)
