"""What the simulators write, read back by the gateway's decoder, which shares no code with them."""

import json

import numpy as np
import pytest

from fleet.batch import EventKind, FaultSource
from fleet.signals import packaged_catalogue
from gateway.decode import BatchBuilder, Decoder
from simulators.config import SimulationConfig
from simulators.encode import LAST_WILL, Envelope, Form, Sample, encode_can, encode_native, encode_status, iso_time
from simulators.faults import FaultCode, PlannedFault
from simulators.j1939_encode import GROUPS, encode_dm1, encode_slot
from simulators.machines import make_machines
from simulators.outbox import UNSEQUENCED
from simulators.plan import DEMO_PLAN, Plan, Preparation, TransportFaults, load_plan
from simulators.planned import planned_messages, planned_rows
from simulators.replay_candump import ReplayConfig, pieces_of, whole_second_shift
from tests.decoding import CAN, STATUS, decode, events, refused, rows, values

T_US = 1_795_255_200_000_000
START_US = 1_795_255_000_000_000
SAMPLES = [
    Sample(
        T_US + n * 1_000_000, {"engine_speed_rpm": 1_800.5 + n, "engine_oil_pressure_kpa": None, "latitude_deg": 34.1}
    )
    for n in range(3)
]


def config(**changes):
    settings = {"machines": 10, "messages_per_machine": 20, "start_at_us": START_US, "boot_prefix": "b", "warm": False}
    return SimulationConfig(**{**settings, **changes})


def decode_run(settings):
    """One batch of everything that a run sends."""
    builder, decoder = BatchBuilder(packaged_catalogue()), Decoder(packaged_catalogue())
    outs = list(planned_messages(settings))
    for number, out in enumerate(outs):
        decoder.decode(builder, out.message.topic, out.message.payload, START_US + 10**9, False, number)
    return outs, builder.finish()


@pytest.mark.parametrize("form", [Form.LIST, Form.COLUMNAR, Form.GZIP])
def test_three_samples_come_back_in_every_form(form):
    batch = decode(encode_native(Envelope("boot-1", 7), SAMPLES, form))
    assert refused(batch) == []
    assert [(row["measured_at_us"], row["row"]) for row in rows(batch)] == [(T_US + n * 10**6, n) for n in range(3)]
    assert [row["signals"] for row in rows(batch)] == [
        {"engine_speed_rpm": 1_800.5 + n, "latitude_deg": 34.1} for n in range(3)
    ]
    assert (batch.messages.boot, batch.messages.seq, batch.messages.rows) == (["boot-1"], [7], [3])


@pytest.mark.parametrize("form", [Form.SAMPLE, Form.ISO])
def test_one_sample_comes_back_with_its_time(form):
    (row,) = rows(decode(encode_native(Envelope("b", 0), SAMPLES[:1], form)))
    assert row["measured_at_us"] == T_US


def test_iso_times_are_utc_with_milliseconds():
    assert iso_time(T_US + 5_000) == "2026-11-21T10:00:00.005Z"


def test_values_that_are_not_numbers_are_never_written():
    with pytest.raises(ValueError, match="JSON"):
        encode_native(Envelope("b", 0), [Sample(T_US, {"engine_speed_rpm": float("nan")})], Form.SAMPLE)


def test_a_can_slot_comes_back_within_the_resolution_of_each_signal():
    signals = {
        "engine_speed_rpm": 1_803.25, "engine_torque_pct": 61.0, "engine_load_pct": 72.0, "accelerator_pedal_pct": 92.0,
        "engine_oil_pressure_kpa": 412.0, "engine_coolant_temp_degc": 88.0, "fuel_temp_degc": 41.0,
        "engine_oil_temp_degc": 101.5, "fuel_level_pct": 63.2, "fuel_rate_lph": 21.35, "fuel_used_total_l": 51_234.5,
        "engine_hours_h": 4_321.05, "idle_hours_h": 1_234.55, "intake_manifold_pressure_kpa": 120.0,
        "intake_manifold_temp_degc": 52.0, "air_filter_dp_kpa": 2.35, "exhaust_temp_degc": 380.5,
        "barometric_pressure_kpa": 99.5, "ambient_temp_degc": 27.5, "alternator_current_a": 46.0,
        "charging_voltage_v": 27.8, "battery_voltage_v": 27.7, "hydraulic_oil_temp_degc": 74.0,
        "hydraulic_pressure_kpa": 21_006.0, "def_level_pct": 55.2, "wheel_speed_kmh": 12.5,
        "distance_total_km": 8_123.125,
        "latitude_deg": 34.1672001, "longitude_deg": 117.2381002, "heading_deg": 271.5, "ground_speed_kmh": 12.25,
        "altitude_m": 42.5,
    }  # fmt: skip
    assert set(signals) == {spn.key for group in GROUPS for spn in group.spns}
    batch = decode(encode_can(Envelope("b", 3), encode_slot(T_US // 1_000, signals, [])), topic=CAN)
    assert refused(batch) == []
    (row,) = rows(batch)
    assert row["measured_at_us"] == T_US
    assert set(row["signals"]) == set(signals)
    scale = {spn.key: spn.scale for group in GROUPS for spn in group.spns}
    for key, value in signals.items():
        assert row["signals"][key] == pytest.approx(value, abs=scale[key] / 2 + 1e-9), key


def test_can_values_beyond_the_scale_stop_at_its_end_and_never_mean_error():
    slot = encode_slot(T_US // 1_000, {"engine_oil_pressure_kpa": 5_000.0, "engine_coolant_temp_degc": -90.0}, [])
    batch = decode(encode_can(Envelope("b", 0), slot), topic=CAN)
    assert values(batch, "engine_oil_pressure_kpa") == [1_000.0]
    assert values(batch, "engine_coolant_temp_degc") == [-40.0]
    assert [e["kind"] for e in events(batch)] == ["FAULT"]  # only 'no code is active'


def test_a_dead_sensor_is_a_j1939_error_and_a_sensor_error_event():
    slot = encode_slot(
        T_US // 1_000, {"engine_speed_rpm": 800.0, "fuel_level_pct": None}, [], frozenset({"fuel_level_pct"})
    )
    batch = decode(encode_can(Envelope("b", 0), slot), topic=CAN)
    assert [e["signal"] for e in events(batch) if e["kind"] == "SENSOR_ERROR"] == ["fuel_level_pct"]
    assert values(batch, "fuel_level_pct") == []


@pytest.mark.parametrize("count", [0, 1, 2, 5, 12])
def test_fault_codes_come_back_from_one_frame_and_over_bam(count):
    codes = [FaultCode(spn=100 + 70_000 * n % 520_000, fmi=n % 32, count=n + 1) for n in range(count)]
    frames = encode_slot(T_US // 1_000, {"engine_speed_rpm": 800.0}, codes)
    assert all(T_US / 1_000 <= frame["t"] < T_US / 1_000 + 1_000 for frame in frames)
    batch = decode(encode_can(Envelope("b", 0), frames), topic=CAN)
    assert refused(batch) == []
    found = [(e["source_address"], e["spn"], e["fmi"]) for e in events(batch) if e["kind"] == "FAULT"]
    assert found == ([(0, c.spn, c.fmi) for c in codes] or [(0, 0, 0)])
    assert {e["value"] for e in events(batch)} == {int(FaultSource.CAN)}


def test_status_comes_back_and_so_does_the_last_will():
    batch = decode(encode_status(online=True, at_us=T_US, boot="b"), LAST_WILL, topic=STATUS)
    assert refused(batch) == []
    assert [(e["kind"], e["value"]) for e in events(batch)] == [("STATUS", 1), ("STATUS", 0)]
    assert events(batch)[0]["measured_at_us"] == T_US


def test_a_dm1_without_codes_is_padded_as_the_standard_says():
    assert encode_dm1([]) == bytes.fromhex("00FF00000000FFFF")


def test_fault_lists_attributes_and_notes_come_back_from_native_messages():
    code = FaultCode(source_address=3, spn=157, fmi=0, count=4)
    plan = Plan(
        faults=(PlannedFault(machine="XE215-0001", fault="ecu_fault_code", code=code, at_s=4.0),),
        prepare=(Preparation(machine="XE215-0001", form=Form.LIST),),
    )
    _, batch = decode_run(config(machines=1, plan=plan))
    found = events(batch)
    assert [e["text"] for e in found if e["kind"] == "ATTRIBUTE"] == ["software_id=ECU-XE215-2.0"]
    assert [e["text"] for e in found if e["kind"] == "NOTE"] == ["key on"]
    codes = [(e["source_address"], e["spn"], e["fmi"], e["count"]) for e in found if e.get("spn")]
    assert codes == [(3, 157, 0, 4)]


ROUGH = TransportFaults(duplicate=0.1, delay=0.1, split=0.1, conflict=0.05, malformed=0.1, reboot_share=0.2)


def test_a_whole_run_decodes_to_exactly_the_rows_that_the_simulator_counts():
    settings = config(machines=40, plan=Plan(transport=ROUGH))
    outs, batch = decode_run(settings)
    malformed = [number for number, out in enumerate(outs) if out.message.seq == UNSEQUENCED]
    assert sorted({q.message for q in batch.quarantined}) == malformed
    assert batch.messages.rows == [out.message.weight for out in outs]
    sent = [(n, row, at) for n, out in enumerate(outs) for row, at in enumerate(out.message.rows)]
    readings = batch.readings
    got = zip(readings.message.tolist(), readings.row.tolist(), readings.measured_at_us.tolist(), strict=True)
    assert sorted(got) == sent
    assert len(planned_rows(settings).seq) == len(sent)
    assert [out.message.seq for out in outs] == batch.messages.seq
    assert batch.extra == []


def test_the_demo_sends_nothing_out_of_a_signals_valid_range():
    settings = config(machines=40, messages_per_machine=30, warm=True, plan=load_plan(DEMO_PLAN))
    _, batch = decode_run(settings)
    catalogue, values, used = packaged_catalogue(), batch.readings.values, batch.readings.signals
    with np.errstate(invalid="ignore"):
        stored = np.where(catalogue.is_float4[used], values.astype(np.float32), values)
        outside = (stored < catalogue.valid_min[used]) | (stored > catalogue.valid_max[used])
    assert not outside.any()
    assert not (batch.events.kind == EventKind.SENSOR_ERROR).any()


def test_every_wire_form_occurs_in_the_demo():
    settings = config(machines=40, plan=load_plan(DEMO_PLAN))
    outs, _ = decode_run(settings)
    kinds = set()
    for out in outs:
        payload = out.message.payload
        if payload[:2] == b"\x1f\x8b":
            kinds.add("gzip")
        elif out.message.seq != UNSEQUENCED:
            message = json.loads(payload)
            shape = "can" if "frames" in message else "list" if "samples" in message else type(message["t"]).__name__
            kinds.add(shape)
    assert kinds == {"gzip", "can", "list", "int", "str"} | ({"list"} & kinds)
    assert len(make_machines(40)) == 40


@pytest.mark.parametrize(
    ("log", "slots", "with_values", "speeds"),
    [
        ("css_heavy_duty_engine_idle_127s.log", 128, 128, (647.5, 653.0)),
        ("css_johndeere_tractor_186s.log", 187, 186, (0.0, 0.0)),
    ],
)
def test_a_replayed_log_keeps_its_slots_and_values(shared_data, log, slots, with_values, speeds):
    from simulators.candump import read_candump

    path = shared_data / "candump" / log
    frames = read_candump(path)
    end_s = START_US / 1e6 + 0.4
    shift_s = whole_second_shift(frames, end_s)
    pieces = list(pieces_of(frames, ReplayConfig(path=path, terminal="EX-1"), "b", end_s, shift_s))
    batch = decode(*(piece.message.payload for piece in pieces), topic=CAN)
    assert refused(batch) == []
    at = [row["measured_at_us"] for row in rows(batch)]
    assert set(at) <= {p.message.rows[0] for p in pieces}  # a slot of nothing but errors makes no row
    assert len(at) == len(set(at)) == with_values
    assert len(pieces) == slots
    engine = values(batch, "engine_speed_rpm")
    assert (min(engine), max(engine)) == speeds
    assert all(piece.at_s <= end_s for piece in pieces)
    assert all(at <= piece.at_s * 1e6 for piece in pieces for at in piece.message.rows)
