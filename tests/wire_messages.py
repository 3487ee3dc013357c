"""Hypothesis strategies for what may be on the wire: every form of the contract, bent, cut and forged."""

import gzip
import json
from typing import Any

from hypothesis import strategies as st

from gateway.decode.j1939 import packaged_spns
from tests.decoding import CAN, CATALOGUE, STATUS, T_MS, TELEMETRY

TOPICS = [TELEMETRY, CAN, STATUS]
KNOWN = list(CATALOGUE.keys)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
member_names = st.sampled_from(
    ["boot", "seq", "t", "signals", "samples", "faults", "events", "attributes", "sensor_errors", "frames", "online"]
)
misshapen = st.dictionaries(member_names, json_values, max_size=6) | json_values
keys = st.sampled_from(KNOWN[:12]) | st.sampled_from(["grease_level_pct", "x", "键"])
times = st.integers(T_MS - 10_000, T_MS) | st.sampled_from(["2026-11-21T10:00:00Z", "2026-11-21T18:00:00.5+08:00"])
strange_times = times | st.integers() | st.text(max_size=30)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30)
signals = st.dictionaries(keys, numbers, max_size=6)
faults = st.fixed_dictionaries(
    {
        "list": st.lists(
            st.fixed_dictionaries(
                {"spn": st.integers(0, 0x7FFFF), "fmi": st.integers(0, 31)},
                optional={"sa": st.integers(0, 255), "oc": st.integers(0, 127)},
            ),
            max_size=4,
        )
    },
    optional={"t": strange_times, "lamps": st.dictionaries(st.sampled_from(["mil", "amber"]), st.booleans())},
)
parts: dict[str, st.SearchStrategy[Any]] = {
    "faults": faults,
    "sensor_errors": st.lists(keys, max_size=3),
    "events": st.lists(st.fixed_dictionaries({"text": st.text(min_size=1, max_size=5)}, optional={"t": strange_times})),
    "attributes": st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=2),
}
place = {"boot": st.text(max_size=4), "seq": st.integers(0, 50)}
samples = st.fixed_dictionaries({"t": strange_times}, optional={"signals": signals, **parts})
columns = st.integers(0, 5).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "t": st.lists(strange_times, min_size=n, max_size=n),
            "signals": st.dictionaries(keys, st.lists(numbers, min_size=n, max_size=n), max_size=4),
        },
        optional=place | parts,
    )
)
telemetry = (
    st.fixed_dictionaries({"t": strange_times}, optional={"signals": signals, **place, **parts})
    | st.fixed_dictionaries({"samples": st.lists(samples, max_size=5)}, optional={"t": strange_times, **place, **parts})
    | st.lists(samples, max_size=4)
    | columns
)
identifiers = st.integers(0, 0x1FFFFFFF) | st.builds(
    lambda pgn, sa: 6 << 26 | pgn << 8 | sa,
    st.sampled_from(
        sorted({s.pgn for s in packaged_spns().values()} | {60416 | 255, 60160 | 255, 65226, 65260, 65242})
    ),
    st.sampled_from([0, 3, 49]),
)
hexes = st.binary(max_size=8).map(bytes.hex) | st.binary(min_size=8, max_size=8).map(bytes.hex) | st.text(max_size=17)
frames = st.fixed_dictionaries(
    {
        "t": st.integers(T_MS, T_MS + 2500) | st.floats(T_MS, T_MS + 2500) | st.floats(allow_nan=False),
        "id": identifiers,
        "ext": st.sampled_from([True, True, True, False]),
        "hex": hexes,
    }
)
can = st.fixed_dictionaries({"frames": st.lists(frames, max_size=12)}, optional=place)
status = st.fixed_dictionaries({"online": st.booleans()}, optional={"boot": st.text(max_size=4), "t": strange_times})


def raw(document: Any) -> bytes:
    """The document as bytes, lone surrogates escaped as JSON allows."""
    return json.dumps(document).encode()


def damaged(payload: bytes, at: int, byte: int, tail: bytes) -> bytes:
    """One byte changed, something behind."""
    at %= len(payload) + 1
    return payload[:at] + bytes([byte]) + payload[at + 1 :] + tail


documents = (telemetry | can | status | misshapen).map(raw)
payloads = (
    st.binary(max_size=60)
    | documents
    | documents.map(lambda text: gzip.compress(text, mtime=0))
    | st.builds(damaged, documents, st.integers(0, 200), st.integers(0, 255), st.sampled_from([b"", b"{}", b" ", b"]"]))
    | st.builds(lambda a, b: a + b, documents, documents)
)
topics = (
    st.sampled_from(TOPICS) | st.text(max_size=20) | st.sampled_from(["ecc/v1//can", "ecc/v2/A/can", "ecc/v1/A/can/"])
)

good_times = st.integers(0, T_MS)
good_samples = st.lists(
    st.tuples(good_times, st.dictionaries(keys, numbers, min_size=1, max_size=5)), min_size=1, max_size=6
)

good_frames = st.lists(
    st.fixed_dictionaries(
        {
            "t": st.integers(T_MS, T_MS + 3999),
            "id": identifiers,
            "ext": st.just(True),
            "hex": st.binary(max_size=8).map(bytes.hex) | st.binary(min_size=8, max_size=8).map(bytes.hex),
        }
    ),
    min_size=1,
    max_size=30,
)
