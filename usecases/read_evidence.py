"""What a finding stands on, as a caller may see it: readings clipped to the periods in which they are its to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from fleet.data_classes import COARSE_STEP, DataClass, class_of
from fleet.errors import NotFound
from fleet.signals import Catalogue, Signal
from storage import read_findings
from storage.coordinates import Shifted, list_shifted
from storage.read_findings import FindingRow, VerdictRow
from storage.read_pool import Connection
from storage.read_readings import Span
from storage.sight import Scope, Sight, get_machine_key
from usecases.give_verdict import named_part
from usecases.positions import LATITUDE
from usecases.read_alarm_words import RuleBooks, Words, fault_words
from usecases.read_findings import Finding, diagnosis_of, finding_of, get_row, withdrawn_words
from usecases.read_spans import length_us
from usecases.readings_columns import instant
from usecases.readings_sight import clipped, is_exact
from usecases.stated_places import LastPlaces

SIMILAR = 3
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where a machine was; is_coarse: on the grid for those without the right to positions."""

    at: list[datetime]
    latitude_deg: list[float]
    longitude_deg: list[float]
    is_coarse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The answer; see api.schemas.evidence."""

    withdrawn: Words | None
    finding: Finding
    revision: int
    made_at: datetime
    from_at: datetime
    to_at: datetime
    is_cut: bool
    signals: list[dict[str, Any]]
    track: Track | None
    withheld: list[str]
    thresholds: dict[str, Any] | None
    quality: dict[str, Any] | None
    regime: dict[str, Any] | None
    freeze_frame: list[dict[str, Any]]
    diagnosis: dict[str, Any]
    contributions: list[dict[str, Any]]
    codes: list[dict[str, Any]]
    trust: list[dict[str, Any]]
    silenced_rules: list[dict[str, Any]]
    expected: list[dict[str, Any]]
    similar: list[dict[str, Any]]


async def get_evidence(conn: Connection, scope: Scope, finding_id: UUID, *, catalogue: Catalogue) -> Evidence:
    """The evidence of one finding. Raises NotFound, with a reason where it is the evidence that is missing."""
    row = await get_row(conn, scope, finding_id)
    pack = await read_findings.find_pack(conn, finding_id)
    if pack is None or row.revision is None or row.made_at is None:
        raise NotFound("evidence_not_made" if row.failure is None else "evidence_failed")
    books = await RuleBooks.load(conn, [row.version], catalogue)
    machine = await get_machine_key(conn, scope, str(row.machine_public_id))
    view = _View(pack, machine.sight, catalogue)
    return Evidence(
        withdrawn=withdrawn_words(row),
        finding=finding_of(row, books),
        revision=row.revision,
        made_at=row.made_at,
        from_at=instant(view.window.from_us),
        to_at=instant(view.window.to_us),
        is_cut=pack["window"]["is_cut"],
        signals=view.signals(),
        track=view.track((await list_shifted(conn, [row.machine_id])).get(row.machine_id, [])),
        withheld=view.withheld(),
        thresholds=view.thresholds(),
        quality=view.quality(),
        regime=pack["regime"] if view.sees_readings else None,
        freeze_frame=view.freeze_frame(row),
        diagnosis=diagnosis_of(row, pack["diagnosis"]) or {},
        contributions=pack["contributions"],
        codes=view.codes(),
        trust=view.trust(),
        silenced_rules=pack.get("silenced", []),
        expected=view.expected(),
        similar=await _similar(conn, scope, pack["similar"], books),
    )


class _View:
    """A pack as somebody with this sight of its machine may see it."""

    def __init__(self, pack: Mapping[str, Any], sight: Sight, catalogue: Catalogue) -> None:
        self._pack, self._sight, self._catalogue = pack, sight, catalogue
        self.window = Span(pack["window"]["from_us"], pack["window"]["to_us"])
        whole = clipped(self.window, sight.periods(DataClass.READINGS))
        self.sees_readings = length_us(whole) == self.window.to_us - self.window.from_us
        """What sums the window up is shown to those who see all of it."""

    def _signal(self, key: str) -> Signal | None:
        """None for signals that the site has no more."""
        place = self._catalogue.index.get(key)
        return None if place is None else self._catalogue.signals[place]

    def _seen(self, signal: Signal) -> list[Span]:
        return clipped(self.window, self._sight.periods(class_of(signal)))

    def withheld(self) -> list[str]:
        """Signals of which the caller sees nothing here."""
        return [key for key in self._keys() if not self._seen(self._catalogue[key])]

    def _keys(self) -> list[str]:
        return [one["key"] for one in self._pack["signals"] if one["key"] in self._catalogue]

    def signals(self) -> list[dict[str, Any]]:
        """The curves."""
        shown = []
        for one in self._pack["signals"]:
            signal = self._signal(one["key"])
            spans = [] if signal is None else self._seen(signal)
            if signal is not None and spans:
                shown.append(
                    _named(signal) | {"role": one["role"], "samples": one["samples"]} | self._curve(one, spans)
                )
        return shown

    def _curve(self, one: Mapping[str, Any], spans: Sequence[Span]) -> dict[str, Any]:
        told = zip((self.window.from_us + at for at in one["at_us"]), one["values"], strict=True)
        seen = [(at, value) for at, value in told if any(s.from_us <= at < s.to_us for s in spans)]
        return {"at": [instant(at) for at, _ in seen], "values": [value for _, value in seen]}

    def track(self, shifts: Sequence[Shifted]) -> Track | None:
        """Where it was, in WGS 84; None where its rule does not ask for places or the caller sees none of them."""
        told = self._pack["track"]
        spans = clipped(self.window, self._sight.coarse_periods)
        if told is None or not spans:
            return None
        at_us = np.array(told["at_us"], np.int64) + self.window.from_us
        places = LastPlaces(np.array(told["latitude_deg"]), np.array(told["longitude_deg"]), at_us, at_us)
        seen = np.array([any(s.from_us <= at < s.to_us for s in spans) for at in at_us.tolist()], np.bool_)
        coarse = not is_exact(self._sight, spans)
        latitude, longitude = (
            [_coarse(value) if coarse else value for value in values[seen].tolist()]
            for values in places.in_wgs84(shifts)
        )
        at = [instant(us) for us in at_us[seen].tolist()]
        return Track(at=at, latitude_deg=latitude, longitude_deg=longitude, is_coarse=coarse)

    def thresholds(self) -> dict[str, Any] | None:
        """The condition with its limits, borders with their units."""
        found = self._pack["thresholds"]
        if found is None:
            return None
        return {
            "when": found["when"],
            "clear": found["clear"],
            "for_s": found["for_us"] / SECOND_US,
            "limits": [
                {**limit, "own": None if limit["own"] is None else _own(limit["own"])} for limit in found["limits"]
            ],
            "borders": [border | {"unit": self._unit(border["key"])} for border in found["borders"]],
            "nominal_voltage_v": found["nominal_voltage_v"],
        }

    def _unit(self, key: str) -> str:
        return self._catalogue[key].unit if key in self._catalogue else ""

    def quality(self) -> dict[str, Any] | None:
        """How good the data is."""
        found = self._pack["quality"]
        if not self.sees_readings or found is None:
            return None
        gaps = [
            {"from_at": instant(gap["from_us"]), "to_at": instant(gap["to_us"]), "reason": gap["reason"]}
            for gap in found["gaps"]
        ]
        return {**found, "gaps": gaps}

    def freeze_frame(self, row: FindingRow) -> list[dict[str, Any]]:
        """The values that the caller sees."""
        shown = []
        for one in self._pack["freeze_frame"]:
            signal = self._signal(one["key"])
            at = instant(round(row.held_at.timestamp() * 1e6) - one["age_us"])
            if signal is not None and self._sight.sees(class_of(signal), at):
                told = {"value": one["value"], "age_s": one["age_us"] / SECOND_US, "is_held": one["is_held"]}
                shown.append(_named(signal) | told)
        return shown

    def trust(self) -> list[dict[str, Any]]:
        """The signals that were not trusted, of those that the caller sees."""
        told = [(one, self._signal(one["key"])) for one in self._pack["trust"]]
        return [
            {
                **{name: one[name] for name in ("key", "score", "reasons")},
                "from_at": instant(one["from_us"]),
                "to_at": None if one["to_us"] is None else instant(one["to_us"]),
            }
            for one, signal in told
            if signal is not None and self._seen(signal)
        ]

    def expected(self) -> list[dict[str, Any]]:
        """What a model expected of the signals that the caller sees."""
        told = [(one, self._signal(one["key"])) for one in self._pack.get("expected", [])]
        return [one | {"unit": signal.unit} for one, signal in told if signal is not None and self._seen(signal)]

    def codes(self) -> list[dict[str, Any]]:
        """The fault codes of a finding that several have."""
        return [
            {
                "source_address": None if code["address"] < 0 else code["address"],
                "spn": code["spn"],
                "fmi": code["fmi"],
                "text": fault_words(code["spn"], code["fmi"], self._catalogue),
                "from_at": instant(code["from_us"]),
                "to_at": None if code["to_us"] is None else instant(code["to_us"]),
            }
            for code in self._pack["codes"]
        ]


def _coarse(value: float) -> float:
    step = COARSE_STEP[LATITUDE]
    return round(round(value / step) * step, 1)


def _own(own: Mapping[str, Any]) -> dict[str, Any]:
    return {"shipped": own["shipped"], "reason": own["reason"], "until": instant(own["until_us"])}


def _named(signal: Signal) -> dict[str, Any]:
    return {"key": str(signal.key), "unit": signal.unit, "text": Words(zh=signal.zh, en=signal.en)}


async def _similar(
    conn: Connection, scope: Scope, near: Sequence[Mapping[str, Any]], books: RuleBooks
) -> list[dict[str, Any]]:
    """The nearest past cases that the scope sees, with what their verdicts say now."""
    ids = [UUID(one["finding_id"]) for one in near]
    rows = {row.finding_id: row for row in await read_findings.find_findings(conn, scope, ids)} if ids else {}
    seen = [
        (one, row) for one, finding_id in zip(near, ids, strict=True)
        if (row := rows.get(finding_id)) is not None and row.withdrawn_at is None
    ][:SIMILAR]  # fmt: skip
    verdicts = await read_findings.find_verdicts(conn, [row.finding_id for _, row in seen]) if seen else {}
    return [_case(one, row, verdicts.get(row.finding_id), books) for one, row in seen]


def _case(near: Mapping[str, Any], row: FindingRow, verdict: VerdictRow | None, books: RuleBooks) -> dict[str, Any]:
    return {
        "finding_id": str(row.finding_id),
        "alarm_id": None if row.alarm_id is None else str(row.alarm_id),
        "machine": finding_of(row, books).machine,
        "held_at": row.held_at,
        "same_machine": near["same_machine"],
        "same_model": near["same_model"],
        "distance": near["distance"],
        "verdict": None if verdict is None else verdict.verdict,
        "part": None if verdict is None else verdict.part,
        "part_named": None if verdict is None else named_part(verdict.part),
        "note": None if verdict is None else verdict.note,
    }
