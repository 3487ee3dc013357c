"""Models that learned what is healthy, and what each machine is judged by."""

from typing import Any, Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

DetectorKind = Literal["detector", "rul"]
DetectorState = Literal["ok", "slow", "missing", "corrupt", "failing"]
Standing = Literal["learning", "family", "own", "frozen", "not_assessed"]
DetectorSort = Literal["-made_at", "made_at", "name", "-name"]
DETECTOR_UUID = "0198f3a2-7b1c-7d10-9a55-0c1d2e3f4a5b"

_CARD: dict[str, Any] = {
    "made_at": AT,
    "learned_from": "2026-11-01T00:00:00+00:00",
    "learned_to": "2026-11-15T00:00:00+00:00",
    "rows": 48211,
    "signals": ["engine_speed_rpm", "engine_load_pct", "ambient_temp_degc", "engine_oil_pressure_kpa"],
    "metrics": {"held_out_minutes": 9642.0, "assessed_pct": 99.1, "far_pct": 0.04, "state_bytes": 4712.0},
    "parameters": {"drivers": [0, 1, 2]},
    "format": 1,
}
_DETECTOR: dict[str, Any] = {
    "id": DETECTOR_UUID,
    "name": "baseline",
    "version": 3,
    "kind": "detector",
    "model": "XE215",
    "machine_id": None,
    "pin": None,
    "sha256": "9f2b" + 60 * "0",
    "card": _CARD,
    "machines": 12,
    "made_at": AT,
    "in_force": True,
    "state": "ok",
    "reason": None,
    "since": None,
    "standings": {"own": 11, "family": 1},
}
_OF_MACHINE = {
    "id": DETECTOR_UUID,
    "name": "baseline",
    "version": 3,
    "standing": "own",
    "marked_at": AT,
    "windows": 5120,
    "score": 0.31,
    "state": "ok",
}


class Detector(Shape):
    """A version of a model."""

    id: UuidText
    name: str
    """The kind of model: baseline, default ..."""
    version: int
    kind: DetectorKind
    model: str | None
    """It judges all machines of this model; null: one machine."""
    machine_id: UuidText | None
    pin: str | None
    sha256: str
    """Of its file."""
    card: dict[str, Any]
    """What it was learned from (time, minutes, signals) and what was measured then."""
    machines: int
    """How many machines it was learned from."""
    made_at: Instant
    in_force: bool
    state: DetectorState
    """Whether it judges: ok; slow (some machines wait); missing or corrupt (its file); failing (it breaks)."""
    reason: str | None
    since: Instant | None
    """Since when it has been so; null when it is ok."""
    standings: dict[str, int]
    """How many of the caller's machines are judged how, see `standing` of a machine's detectors."""

    model_config = example(_DETECTOR)


class DetectorPage(Shape):
    """A page of versions."""

    items: list[Detector]
    next_cursor: str | None


class MachineDetector(Shape):
    """What a machine is judged by."""

    id: UuidText
    """Of the version."""
    name: str
    version: int
    standing: Standing
    """learning: by nothing yet; family: mostly by its model's other machines; own: by its own past; frozen: an alarm
    is open and teaches nothing; not_assessed: it works in a regime never seen."""
    marked_at: Instant
    """Machine clock: the last minute that was judged."""
    windows: int
    """Minutes judged so far."""
    score: float | None
    """Of the last assessed minute; 1 is the border."""
    state: DetectorState

    model_config = example(_OF_MACHINE)


class MachineDetectors(Shape):
    """All that a machine is judged by."""

    machine_id: UuidText
    items: list[MachineDetector]
    next_cursor: None = None

    model_config = example({"machine_id": MACHINE_UUID, "items": [_OF_MACHINE], "next_cursor": None})
