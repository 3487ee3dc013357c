"""What a finding stands on, put together as JSON: the curve, the thresholds, the data's quality, the freeze frame.

Pure: rows and facts of one machine in, a pack out. Instants are microseconds UTC, those of samples from the window's
start. What the members mean is said in docs/diagnosis.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from diagnosis.borders import borders_of
from diagnosis.freeze_frame import FrozenValue, shown
from diagnosis.regime import LOADS_PCT, OFF_BELOW_RPM, REGIMES, held, regimes, shares
from diagnosis.rule import Rule
from diagnosis.thinning import thinned
from diagnosis.window_quality import Spans, judge_window
from fleet.batch import Float64Array, Int64Array
from fleet.findings import Finding
from fleet.signals import Signal

FORMAT = 1
MOST_SAMPLES = 500
BEFORE_US = 10 * 60_000_000
AFTER_US = 30 * 60_000_000
SPEED, LOAD = "engine_speed_rpm", "engine_load_pct"
CONTEXT = (SPEED, LOAD)
"""Signals that every pack has, to tell the regime by."""


def window_of(finding: Finding, reach_us: int, now_us: int) -> tuple[int, int]:
    """From the start of what the rule looked back on (10 min at least) until the finding ended, or now; half-open.

    What lasts is cut 30 min after it had held.
    """
    end = now_us if finding.to_us is None else finding.to_us
    last = max(finding.held_us, min(end, finding.held_us + AFTER_US))
    return finding.from_us - max(BEFORE_US, reach_us), last + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLimit:
    """A machine's own value of a rule's limit, in the limit's unit, why, and until when."""

    value: float
    reason: str
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a pack is made of. rows: (rows,) of the window; values: (rows, signals); places: latitude and longitude,
    (rows,) each, where the rule asks for them. rule None: its version is gone, or the source is none. refused: rows
    and messages in quarantine by reason; errors: sensor errors by signal; is_new: it told nothing before the window.
    """

    finding: Finding
    window: tuple[int, int]
    signals: Sequence[Signal]
    roles: Mapping[str, str]  # rule, observation or context, by signal
    at_us: Int64Array
    received_us: Int64Array
    values: Float64Array
    places: tuple[Float64Array, Float64Array] | None
    frame: Sequence[FrozenValue]
    rule: Rule | None
    own_limits: Mapping[str, OwnLimit]
    nominal_voltage_v: float
    heard: Spans
    is_new: bool = False
    refused: Mapping[str, int]
    errors: Mapping[str, int]
    diagnosis: Mapping[str, Any]
    similar: Sequence[Mapping[str, Any]]
    trust: Sequence[Mapping[str, Any]]
    silenced: Sequence[Rule] = ()  # the rules that a sensor which is not trusted keeps silent


def pack_of(case: Material) -> dict[str, Any]:
    """The pack."""
    finding = case.finding
    return {
        "format": FORMAT,
        "version": finding.version,
        "window": {"from_us": case.window[0], "to_us": case.window[1], "is_cut": _is_cut(case)},
        "signals": [_series(case, column) for column in range(len(case.signals))],
        "track": _track(case),
        "thresholds": _thresholds(case),
        "quality": _quality(case),
        "regime": _regime(case),
        "freeze_frame": [
            {"key": frozen.signal.key, "value": frozen.value, "age_us": frozen.age_us, "is_held": frozen.is_held}
            for frozen in case.frame
        ],
        "diagnosis": dict(case.diagnosis),
        "contributions": _contributions(finding),
        "expected": _expected(finding),
        "codes": [
            {"address": code.address, "spn": code.spn, "fmi": code.fmi, "from_us": code.from_us, "to_us": code.to_us}
            for code in finding.members
        ],
        "similar": [dict(one) for one in case.similar],
        "trust": [dict(one) for one in case.trust],
        "silenced": [
            {"key": rule.key, "severity": rule.severity, "text": {"zh": rule.title.zh, "en": rule.title.en}}
            for rule in case.silenced
        ],
    }


def _is_cut(case: Material) -> bool:
    to_us = case.finding.to_us
    return to_us is not None and to_us >= case.window[1]


def _series(case: Material, column: int) -> dict[str, Any]:
    """One signal's curve; `samples` says how many there were before it was thinned."""
    signal, finding = case.signals[column], case.finding
    known = np.flatnonzero(~np.isnan(case.values[:, column]))
    at_us, values = case.at_us[known], case.values[known, column]
    marks = [at for at in (finding.from_us, finding.held_us, finding.to_us) if at is not None]
    kept = thinned(at_us, values, most=MOST_SAMPLES, keep_us=marks)
    return {
        "key": signal.key,
        "role": case.roles[signal.key],
        "samples": len(known),
        "at_us": (at_us[kept] - case.window[0]).tolist(),
        "values": [shown(signal, value) for value in values[kept].tolist()],
    }


def _track(case: Material) -> dict[str, Any] | None:
    """Where the machine was, as it was stated: at most 500 places, evenly chosen among the rows that tell one."""
    if case.places is None:
        return None
    latitude, longitude = case.places
    known = np.flatnonzero(~(np.isnan(latitude) | np.isnan(longitude)))
    chosen = np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_SAMPLES)).round().astype(np.intp))
    kept = known[chosen]
    return {
        "at_us": (case.at_us[kept] - case.window[0]).tolist(),
        "latitude_deg": latitude[kept].tolist(),
        "longitude_deg": longitude[kept].tolist(),
    }


def _thresholds(case: Material) -> dict[str, Any] | None:
    rule = case.rule
    if rule is None or rule.when is None:
        return None
    values = {limit.name: limit.value for limit in rule.limits}
    values |= {name: own.value for name, own in case.own_limits.items() if name in values}
    return {
        "when": rule.when_text,
        "clear": rule.clear_text,
        "for_us": rule.for_us,
        "limits": [
            {
                "name": limit.name,
                "value": values[limit.name],
                "unit": limit.unit,
                "own": _own(case.own_limits.get(limit.name), limit.value),
            }
            for limit in rule.limits
        ],
        "borders": [
            {"key": border.key, "comparison": border.comparison, "value": border.value}
            for border in borders_of(rule.when, values, case.nominal_voltage_v)
        ],
        "nominal_voltage_v": None if isnan(case.nominal_voltage_v) else case.nominal_voltage_v,
    }


def _own(own: OwnLimit | None, shipped: float) -> dict[str, Any] | None:
    """Why a machine has another limit than the rule's, which is `shipped`."""
    return None if own is None else {"shipped": shipped, "reason": own.reason, "until_us": own.until_us}


def _column(case: Material, key: str) -> Float64Array:
    for column, signal in enumerate(case.signals):
        if signal.key == key:
            return held(case.at_us, case.values[:, column], round(signal.hold_s * 1_000_000))
    return np.full(len(case.at_us), np.nan)


def _quality(case: Material) -> dict[str, Any]:
    judged = judge_window(
        case.at_us,
        case.received_us,
        _column(case, SPEED),
        window=case.window,
        heard=case.heard,
        is_new=case.is_new,
    )
    return {
        "rows": judged.rows,
        "interval_s": judged.interval_s,
        "received_ratio": None if judged.received_ratio is None else round(judged.received_ratio, 4),
        "gaps": [{"from_us": gap.from_us, "to_us": gap.to_us, "reason": gap.reason} for gap in judged.gaps],
        "out_of_order": judged.out_of_order,
        "late": judged.late,
        "quarantined": dict(case.refused),
        "sensor_errors": dict(case.errors),
    }


def _regime(case: Material) -> dict[str, Any]:
    """What the machine was at when it held, and the shares of the window; by which borders, so that it can be read."""
    found = regimes(_column(case, SPEED), _column(case, LOAD))
    last = int(np.searchsorted(case.at_us, case.finding.held_us, "right")) - 1
    return {
        "at_held": REGIMES[int(found[last])] if last >= 0 else REGIMES[0],
        "shares": shares(case.at_us, found),
        "off_below_rpm": OFF_BELOW_RPM,
        "loads_pct": list(LOADS_PCT),
    }


def _contributions(finding: Finding) -> list[dict[str, Any]]:
    """How much each signal drove a model's finding, 1 its border; the greatest first."""
    prefix = "contribution."
    own = [(key.removeprefix(prefix), value) for key, value in finding.values if key.startswith(prefix)]
    return [{"key": key, "value": value} for key, value in sorted(own, key=lambda one: -one[1])]


def _expected(finding: Finding) -> list[dict[str, Any]]:
    """What a model expected of the signals that drove its finding when it held, and the ends of its band.

    A share of c says that the signal lay c half-widths of the band away (diagnosis/detectors: 1 is the border).
    """
    values, told = dict(finding.values), []
    for one in _contributions(finding):
        key, expected = one["key"], values.get(f"expected.{one['key']}")
        if expected is None or key not in values:
            continue
        half = abs(values[key] - expected) / one["value"] if one["value"] >= 1 else None
        low, high = (None, None) if half is None else (round(expected - half, 4), round(expected + half, 4))
        told.append({"key": key, "value": expected, "low": low, "high": high})
    return told
