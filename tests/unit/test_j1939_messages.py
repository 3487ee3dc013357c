"""DM1, multi-packet transfers and texts, from frames to events."""

import json
from itertools import permutations

import pytest

from gateway.decode import BatchBuilder, Decoder, dm1
from gateway.decode.identification import attributes
from tests.decoding import CAN, CATALOGUE, T_MS, decode, events, feed, rows

FOUR_CODES = bytes.fromhex("80FF D403097E 900C1402 61020901 61020C03")


def frame(after_ms: float, identifier: int, data: bytes | str) -> dict[str, object]:
    """One 29-bit frame."""
    text = data.hex() if isinstance(data, bytes) else data
    return {"t": T_MS + after_ms, "id": identifier, "ext": True, "hex": text}


def bam(after_ms: float, data: bytes, *, sa: int = 0, pgn: int = 65226, gap_ms: float = 50) -> list[dict[str, object]]:
    """All frames of one transfer."""
    packets = [data[i : i + 7].ljust(7, b"\xff") for i in range(0, len(data), 7)]
    header = bytes([0x20]) + len(data).to_bytes(2, "little") + bytes([len(packets), 0xFF]) + pgn.to_bytes(3, "little")
    announced = [frame(after_ms, 0x18ECFF00 | sa, header)]
    return announced + [
        frame(after_ms + gap_ms * seq, 0x18EBFF00 | sa, bytes([seq]) + packet) for seq, packet in enumerate(packets, 1)
    ]


def decoded(*messages: list[dict[str, object]], decoder: Decoder | None = None) -> list[dict[str, object]]:
    return events(decode(*({"frames": m} for m in messages), topic=CAN, decoder=decoder))


def codes(found: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    """(SPN, FMI, count) of FAULT events."""
    return [(e["spn"], e["fmi"], e.get("count")) for e in found if e["kind"] == "FAULT"]


FOUR = [(980, 9, 126), (3216, 20, 2), (609, 9, 1), (609, 12, 3)]


@pytest.mark.parametrize(
    ("data", "lamps", "expected"),
    [
        pytest.param("00FF00000000FFFF", 0, [(0, 0, None)], id="all zero: no code is active"),
        pytest.param("00FFFFFFFFFFFFFF", 0, [(0, 0, None)], id="not available: no code is known"),
        pytest.param("55FF64000103FFFF", 15, [(100, 1, 3)], id="all four lamps"),
        pytest.param("40FF64000103FFFF", 8, [(100, 1, 3)], id="MIL is bits 8 and 7"),
        pytest.param("10FF64000103FFFF", 4, [(100, 1, 3)], id="red stop is bits 6 and 5"),
        pytest.param("04FF64000103FFFF", 2, [(100, 1, 3)], id="amber is bits 4 and 3"),
        pytest.param("01FF64000103FFFF", 1, [(100, 1, 3)], id="protect is bits 2 and 1"),
        pytest.param("FFFF64000103FFFF", None, [(100, 1, 3)], id="no lamp available"),
        pytest.param("AAFF64000103FFFF", 0, [(100, 1, 3)], id="lamp errors are not lit"),
        pytest.param("00FF6400017FFFFF", 0, [(100, 1, None)], id="a count of 127 is not available"),
        pytest.param("00FF6400017EFFFF", 0, [(100, 1, 126)], id="126 is a count"),
        pytest.param("00FFF0FFFF01FFFF", 0, [(0x7FFF0, 31, 1)], id="nineteen bits of SPN, five of FMI"),
        pytest.param("00FF000003010000", 0, [(0, 3, 1)], id="SPN 0 with an FMI is a code"),
    ],
)
def test_a_dm1_in_one_frame(data: str, lamps: int | None, expected: list[object]) -> None:
    found = decoded([frame(120, 0x18FECA00, data)])
    assert codes(found) == expected
    assert {e.get("lamps") for e in found} == {lamps}
    assert {e["measured_at_us"] for e in found} == {T_MS * 1000}


def test_a_code_in_an_old_conversion_method_is_kept_raw_beside_the_others() -> None:
    snapshot = dm1.parse(bytes.fromhex("04FF 640001E3 6E000002"))
    assert snapshot is not None
    found = [(e.kind.name, e.spn, e.text) for e in dm1.events(snapshot, 3, 0)]
    assert found == [
        ("FAULT", 110, "codes in an old SPN conversion method, kept raw: 1"),
        ("NOTE", -1, "DM1 code in an old SPN conversion method (CM=1), raw 640001e3"),
    ]


def test_the_last_snapshot_of_a_slot_and_source_counts() -> None:
    first, last = "00FF64000103FFFF", "00FF6E000002FFFF"
    found = decoded([frame(100, 0x18FECA00, first), frame(200, 0x18FECA03, first), frame(900, 0x18FECA00, last)])
    assert [(e["source_address"], e["spn"]) for e in found] == [(0, 110), (3, 100)]


def test_several_codes_come_over_a_broadcast_transfer() -> None:
    assert codes(decoded(bam(100, FOUR_CODES))) == FOUR


def test_transfers_of_several_sources_interleave() -> None:
    frames = sorted(bam(100, FOUR_CODES, sa=0) + bam(120, FOUR_CODES[:10], sa=3), key=lambda f: float(str(f["t"])))
    found = decoded(frames)
    assert [(e["source_address"], e["spn"]) for e in found] == [
        (3, 980),
        (3, 3216),
        (0, 980),
        (0, 3216),
        (0, 609),
        (0, 609),
    ]


def test_the_longest_transfer_has_1785_bytes() -> None:
    data = b"\x00\xff" + b"".join(bytes([n & 255, n >> 8, 1, 1]) for n in range(1, 446)) + b"\xff\xff\xff"
    assert len(data) == 1785
    assert len(codes(decoded(bam(0, data, gap_ms=3)))) == 445


def test_frames_count_by_their_stamps_not_by_their_place_in_the_message() -> None:
    assert codes(decoded(list(reversed(bam(100, FOUR_CODES))))) == FOUR
    level = [
        frame(after, 0x18FEFC00, f"FF{raw:02X}FFFFFFFFFFFF") for after, raw in [(1100, 50), (900, 100), (200, 150)]
    ]
    batch = decode({"frames": level}, topic=CAN)
    assert [(r["measured_at_us"] - T_MS * 1000, r["signals"]) for r in rows(batch)] == [
        (0, {"fuel_level_pct": 40.0}),
        (1_000_000, {"fuel_level_pct": 20.0}),
    ]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda f: f[:2] + f[3:], "a packet is missing", id="missing packet"),
        pytest.param(lambda f: [f[0], f[2], f[1], f[3]], "packets swapped", id="wrong order"),
        pytest.param(lambda f: f[1:], "no announcement", id="headless"),
        pytest.param(lambda f: [f[0], f[1], *bam(310, FOUR_CODES[:4])[:1], *f[2:]], "aborted", id="a new BAM aborts"),
        pytest.param(
            lambda f: [f[0] | {"hex": "2012000400CAFE00"}, *f[1:]], "4 packets for 18 bytes", id="wrong count"
        ),
        pytest.param(lambda f: [f[0] | {"id": 0x18EC0000}, *f[1:]], "BAM to one address", id="not to all"),
        pytest.param(
            lambda f: [f[0], *(p | {"id": 0x18EB0300} for p in f[1:])], "packets of RTS/CTS", id="others' data"
        ),
        pytest.param(lambda f: [f[0] | {"hex": "10120003FFCAFE00"}, *f[1:]], "an RTS", id="request to send"),
    ],
)
def test_a_spoiled_transfer_says_nothing(spoil: object, why: str) -> None:
    frames = bam(100, FOUR_CODES, gap_ms=100)
    spoiled = [dict(f, t=T_MS + 100 * i) for i, f in enumerate(spoil(frames))]  # type: ignore[operator]
    assert decoded(spoiled) == [], why


def test_a_new_announcement_aborts_the_old_and_its_own_transfer_counts() -> None:
    frames = bam(0, FOUR_CODES)[:2] + bam(200, FOUR_CODES[:10])
    assert codes(decoded(frames)) == FOUR[:2]


@pytest.mark.parametrize(("gap_ms", "arrives"), [(750, True), (751, False)])
def test_the_time_out_runs_on_the_frames_own_stamps(gap_ms: float, arrives: bool) -> None:
    assert bool(decoded(bam(0, FOUR_CODES, gap_ms=gap_ms))) is arrives
    frames = bam(0, FOUR_CODES, gap_ms=gap_ms)
    assert bool(decoded(frames[:2], frames[2:])) is arrives


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_transfer_may_begin_in_one_message_and_end_in_the_next(cut: int) -> None:
    frames = bam(900, FOUR_CODES)
    found = decoded(frames[:cut], frames[cut:])
    assert codes(found) == FOUR
    assert {e["measured_at_us"] for e in found} == {T_MS * 1000 + 1_000_000}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_its_pieces_may_arrive_in_any_order_and_twice(order: tuple[int, ...]) -> None:
    frames = bam(900, FOUR_CODES)
    pieces = [[f] for f in frames]
    assert codes(decoded(*(pieces[i] for i in order))) == FOUR
    assert codes(decoded(*(pieces[i] for i in order for _ in range(2)))) == FOUR


def test_a_batch_that_failed_leaves_no_trace_in_the_parts() -> None:
    decoder, frames = Decoder(CATALOGUE), bam(900, FOUR_CODES)
    first, second = BatchBuilder(CATALOGUE), BatchBuilder(CATALOGUE)
    feed(first, decoder, [{"frames": frames[:2]}], CAN)
    decoder.adopt(first.parts)
    feed(second, decoder, [{"frames": frames[2:]}], CAN)
    assert codes(events(second.finish())) == FOUR
    decoder.roll_back()
    assert codes(decoded(frames[2:], decoder=decoder)) == FOUR


def test_without_roll_back_the_parts_are_used_up() -> None:
    decoder, frames = Decoder(CATALOGUE), bam(900, FOUR_CODES)
    assert decoded(frames[:2], decoder=decoder) == []
    assert codes(decoded(frames[2:], decoder=decoder)) == FOUR
    assert decoded(frames[2:], decoder=decoder) == []


def test_a_new_process_goes_on_with_the_adopted_parts() -> None:
    decoder, frames, builder = Decoder(CATALOGUE), bam(900, FOUR_CODES), BatchBuilder(CATALOGUE)
    feed(builder, decoder, [{"frames": frames[:2]}], CAN)
    assert decoder.parts() == {}
    decoder.adopt(builder.parts)
    stored = json.loads(json.dumps(decoder.parts()))
    assert stored == json.loads(json.dumps(builder.parts))
    successor = Decoder(CATALOGUE)
    successor.restore(stored)
    finishing = BatchBuilder(CATALOGUE)
    feed(finishing, successor, [{"frames": frames[2:]}], CAN)
    assert codes(events(finishing.finish())) == FOUR
    assert finishing.parts == {"EX-1": []}
    successor.adopt(finishing.parts)
    assert successor.parts() == {}


def test_parts_that_never_fit_do_not_pile_up() -> None:
    decoder, builder = Decoder(CATALOGUE), BatchBuilder(CATALOGUE)
    heads = [{"frames": bam(5000 * n, FOUR_CODES)[:2]} for n in range(500)]
    feed(builder, decoder, heads, CAN)
    assert len(builder.parts["EX-1"]) == 32


@pytest.mark.parametrize(
    ("pgn", "sa", "data", "expected"),
    [
        pytest.param(65260, 0, b"1FUJA6CK75LM12345*", [("vin", "1FUJA6CK75LM12345")], id="VIN"),
        pytest.param(65260, 3, b"1L06130RELP969468>,\x05)]\x07*", [("vin", "1L06130RELP969468")], id="rubbish behind"),
        pytest.param(65260, 0, b"\xff" * 18, [], id="VIN not available"),
        pytest.param(65260, 0, b"", [], id="nothing"),
        pytest.param(
            65259,
            0,
            b"CMMNS*6C u91D13*79123456*\x00*",
            [("component_make", "CMMNS"), ("component_model", "6C u91D13"), ("component_serial", "79123456")],
            id="make, model, serial of the engine",
        ),
        pytest.param(65259, 3, b"ALLSN**", [("component_make.sa3", "ALLSN")], id="another controller, fields empty"),
        pytest.param(65242, 0, b"\x02CAL 7.1*BOOT 3*\xff", [("software_id", "CAL 7.1*BOOT 3")], id="two programs"),
    ],
)
def test_texts(pgn: int, sa: int, data: bytes, expected: list[tuple[str, str]]) -> None:
    assert list(attributes(pgn, sa, data)) == expected


def test_a_short_text_fits_one_frame_and_a_dm1_needs_six_bytes() -> None:
    found = decoded([frame(0, 0x18FEDA00, b"\x01V1.2*"), frame(0, 0x18FECA00, "00FF640001")])
    assert [e["text"] for e in found] == ["software_id=V1.2"]
