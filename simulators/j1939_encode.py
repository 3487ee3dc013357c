"""SAE J1939 as the simulated CAN machines speak it: some parameter groups, DM1, and BAM for long messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.faults import FaultCode

_NOT_AVAILABLE = 0xFF
_ERROR = 0xFE
_DM1 = 65226
_TP_CM = 0xEC00
_TP_DT = 0xEB00
_BAM_GAP_MS = 60.0


@dataclass(frozen=True, slots=True)
class Spn:
    """Where a signal lies in its group: first byte (1 based), width in bytes, resolution, offset."""

    key: str
    byte: int
    width: int
    scale: float
    offset: float


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter group of 8 bytes and the signals it carries."""

    pgn: int
    priority: int
    spns: tuple[Spn, ...]


GROUPS = (
    Group(61444, 3, (Spn("engine_torque_pct", 3, 1, 1, -125), Spn("engine_speed_rpm", 4, 2, 0.125, 0))),
    Group(61443, 3, (Spn("accelerator_pedal_pct", 2, 1, 0.4, 0), Spn("engine_load_pct", 3, 1, 1, 0))),
    Group(65263, 6, (Spn("engine_oil_pressure_kpa", 4, 1, 4, 0),)),
    Group(65262, 6, (Spn("engine_coolant_temp_degc", 1, 1, 1, -40), Spn("fuel_temp_degc", 2, 1, 1, -40),
                     Spn("engine_oil_temp_degc", 3, 2, 1 / 32, -273))),
    Group(65276, 6, (Spn("fuel_level_pct", 2, 1, 0.4, 0),)),
    Group(65266, 6, (Spn("fuel_rate_lph", 1, 2, 0.05, 0),)),
    Group(65257, 6, (Spn("fuel_used_total_l", 5, 4, 0.5, 0),)),
    Group(65253, 6, (Spn("engine_hours_h", 1, 4, 0.05, 0),)),
    Group(65244, 6, (Spn("idle_hours_h", 5, 4, 0.05, 0),)),
    Group(65270, 6, (Spn("intake_manifold_pressure_kpa", 2, 1, 2, 0), Spn("intake_manifold_temp_degc", 3, 1, 1, -40),
                     Spn("air_filter_dp_kpa", 5, 1, 0.05, 0), Spn("exhaust_temp_degc", 6, 2, 1 / 32, -273))),
    Group(65269, 6, (Spn("barometric_pressure_kpa", 1, 1, 0.5, 0), Spn("ambient_temp_degc", 4, 2, 1 / 32, -273))),
    Group(65271, 6, (Spn("alternator_current_a", 2, 1, 1, 0), Spn("charging_voltage_v", 3, 2, 0.05, 0),
                     Spn("battery_voltage_v", 5, 2, 0.05, 0))),
    Group(65128, 6, (Spn("hydraulic_oil_temp_degc", 1, 1, 1, -40),)),
    Group(61448, 6, (Spn("hydraulic_pressure_kpa", 1, 2, 2, 0),)),
    Group(65110, 6, (Spn("def_level_pct", 1, 1, 0.4, 0),)),
    Group(65265, 6, (Spn("wheel_speed_kmh", 2, 2, 1 / 256, 0),)),
    Group(65248, 6, (Spn("distance_total_km", 5, 4, 0.125, 0),)),
    Group(65267, 6, (Spn("latitude_deg", 1, 4, 1e-7, -210), Spn("longitude_deg", 5, 4, 1e-7, -210))),
    Group(65256, 6, (Spn("heading_deg", 1, 2, 1 / 128, 0), Spn("ground_speed_kmh", 3, 2, 1 / 256, 0),
                     Spn("altitude_m", 7, 2, 0.125, -2500))),
)  # fmt: skip
_SOURCE_ADDRESS = {65267: 0x4A, 65256: 0x4A, 65128: 0x21, 61448: 0x21}  # terminal, hydraulic controller; else engine


def can_id(pgn: int, source_address: int, priority: int = 6) -> int:
    """The 29-bit identifier of a broadcast group."""
    return priority << 26 | pgn << 8 | source_address


def _raw(spn: Spn, value: float) -> int:
    """The raw integer nearest to a value, kept inside J1939's valid range for its width."""
    highest = (0xFB << 8 * (spn.width - 1)) - 1
    return min(max(round((value - spn.offset) / spn.scale), 0), highest)


def encode_group(group: Group, signals: Mapping[str, float | None], dead: frozenset[str]) -> bytes | None:
    """The group's 8 bytes; None when the machine has none of its signals. Dead sensors report J1939's 'error'."""
    body = bytearray([_NOT_AVAILABLE] * 8)
    present = False
    for spn in group.spns:
        place = slice(spn.byte - 1, spn.byte - 1 + spn.width)
        value = signals.get(spn.key)
        if spn.key in dead:
            body[place] = bytes([_NOT_AVAILABLE] * (spn.width - 1) + [_ERROR])
            present = True
        elif value is not None:
            body[place] = _raw(spn, value).to_bytes(spn.width, "little")
            present = True
    return bytes(body) if present else None


def encode_dm1(codes: Sequence[FaultCode]) -> bytes:
    """DM1: lamps, then four bytes a code; six zero bytes and two of FF when no code is active."""
    severe = any(code.fmi in (0, 1) for code in codes)
    lamps = (0b01 << 4 if severe else 0) | (0b01 << 2 if codes else 0)
    body = bytearray([lamps, 0xFF])
    for code in codes:
        spn = code.spn
        body += bytes([spn & 0xFF, spn >> 8 & 0xFF, (spn >> 16 & 0x07) << 5 | code.fmi, code.count & 0x7F])
    if not codes:
        body += bytes(4)
    return bytes(body.ljust(8, b"\xff"))


def _bam(pgn: int, body: bytes, source_address: int, at_ms: float) -> list[dict[str, Any]]:
    packets = -(-len(body) // 7)
    announce = bytes([0x20, *len(body).to_bytes(2, "little"), packets, 0xFF, *pgn.to_bytes(3, "little")])
    frames = [frame(can_id(_TP_CM | 0xFF, source_address, 7), announce, at_ms)]
    for n in range(packets):
        part = body[7 * n : 7 * n + 7].ljust(7, b"\xff")
        at = at_ms + _BAM_GAP_MS * (n + 1)
        frames.append(frame(can_id(_TP_DT | 0xFF, source_address, 7), bytes([n + 1]) + part, at))
    return frames


def frame(identifier: int, body: bytes, at_ms: float) -> dict[str, Any]:
    """One extended frame in the contract's form."""
    return {"t": round(at_ms, 3), "id": identifier, "ext": True, "hex": body.hex().upper()}


def encode_slot(
    at_ms: int, signals: Mapping[str, float | None], codes: Sequence[FaultCode], dead: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """The frames of one whole second from `at_ms` (a whole second): each group once, then each controller's DM1.

    Stamps are fractions of milliseconds inside the second; a DM1 of several codes goes out by BAM (at most 12 codes
    a controller, so that its packets stay inside the second).
    """
    frames: list[dict[str, Any]] = []
    at = at_ms + 3.25
    for group in GROUPS:
        body = encode_group(group, signals, dead)
        if body is not None:
            address = _SOURCE_ADDRESS.get(group.pgn, 0)
            frames.append(frame(can_id(group.pgn, address, group.priority), body, at))
            at += 1.15
    for address in sorted({0, *(code.source_address for code in codes)}):
        own = [code for code in codes if code.source_address == address][:12]
        body = encode_dm1(own)
        if len(own) <= 1:
            frames.append(frame(can_id(_DM1, address), body, at_ms + 40.0 + address / 10.0))
        else:
            frames += _bam(_DM1, body[: 2 + 4 * len(own)], address, at_ms + 100.0 + address / 10.0)
    return sorted(frames, key=lambda f: float(f["t"]))
