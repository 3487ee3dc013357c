"""Why a machine is silent, judged from what is known of it: the reason, how likely it is, and what spoke for it.

Pure: what was heard last, what the broker said and what other machines did goes in (`Evidence`), a `Judged` comes out.
Signs that are not known do not speak. The shares are those of naive Bayes over the weights of silence_reasons.toml;
when none is likely enough, or nothing in particular speaks for it, the reason is `unknown`.
"""

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import numpy as np

from fleet.batch import Float64Array, Int64Array
from fleet.findings import Finding, Reason, Severity

MINUTE_US = 60_000_000
TAIL_US = 30 * MINUTE_US  # of readings are looked at
LIKELY = 0.8  # share from which on a reason is told
SPEAKS = 1.0  # log-odds that signs must have given the reason at least
TOGETHER = 3  # machines that must have gone silent at once, and half of those that were heard
BUS = ("engine_speed_rpm", "engine_load_pct", "battery_voltage_v")
SIGNALS = (
    *BUS,
    "ground_speed_kmh",
    "signal_strength_dbm",
    "gnss_satellites_count",
    "terminal_supply_voltage_v",
    "terminal_backup_battery_v",
)  # of the tail

Parting = Literal["goodbye", "will", "none"]


class SilenceReason(StrEnum):
    """Why nothing comes; unknown: what is known does not tell."""

    ENGINE_OFF = "engine_off"
    NO_COVERAGE = "no_coverage"
    POWER_CUT = "power_cut"
    TERMINAL_REMOVED = "terminal_removed"
    CLOCK_WRONG = "clock_wrong"
    BROKER_OR_US = "broker_or_us"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one silent machine; None: not known.

    at_us (rows,) and series (rows,) a signal: the last readings before it went silent, sorted, NaN for not reported.
    parting: how its connection ended ("none": the broker still has it). heard_before, silent_with: machines heard
    in the minutes before, and how many of them went silent with it (itself not counted); near_*: those of its place.
    """

    at_us: Int64Array
    series: Mapping[str, Float64Array]
    nominal_v: float | None = None
    parting: Parting | None = None
    refused_by_clock: int = 0  # messages put aside for their time since it was heard
    clock_off: bool | None = None  # by usecases/clock_doubts.py, of the tail
    heard_before: int = 0
    silent_with: int = 0
    near_heard: int = 0
    near_silent: int = 0
    we_were_away: bool = False  # the platform could not hear within two minutes of the last reading
    outages_here: int | None = None  # silences that began within some hundred metres; None: no position


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A reason; share: how likely it is (of `unknown`: the likeliest one).

    spoke_for: keys of signs, the strongest first; shares: of each of the six, in the order of SilenceReason.
    """

    reason: SilenceReason
    share: float
    spoke_for: tuple[str, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Sign:
    """What a sign adds to the log-odds of reasons when it holds and when it does not."""

    yes: Mapping[SilenceReason, float]
    no: Mapping[SilenceReason, float]
    says: Text


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What a reason is called, and what its owner is told."""

    title: Text
    owner: Text


@dataclass(frozen=True, slots=True)
class Knowledge:
    """silence_reasons.toml."""

    priors: Mapping[SilenceReason, float]  # shares, together 1
    signs: Mapping[str, Sign]
    words: Mapping[SilenceReason, ReasonWords]
    severities: Mapping[SilenceReason, Severity]


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """The weights and words that ship with this program."""
    told = tomllib.loads(files("alerts").joinpath("silence_reasons.toml").read_text("utf-8"))
    priors = {SilenceReason(key): float(entry["prior"]) for key, entry in told["reasons"].items() if entry["prior"]}
    total = sum(priors.values())
    return Knowledge(
        priors={reason: prior / total for reason, prior in priors.items()},
        signs={
            key: Sign(_weights(sign.get("yes", {})), _weights(sign.get("no", {})), Text(**sign["says"]))
            for key, sign in told["signs"].items()
        },
        words={
            SilenceReason(key): ReasonWords(Text(zh=entry["zh"], en=entry["en"]), Text(**entry["owner"]))
            for key, entry in told["reasons"].items()
        },
        severities={SilenceReason(key): Severity(entry["severity"]) for key, entry in told["reasons"].items()},
    )


def _weights(told: Mapping[str, float]) -> Mapping[SilenceReason, float]:
    return {SilenceReason(reason): float(weight) for reason, weight in told.items()}


def judge_silence(evidence: Evidence) -> Judged:
    """Weigh what is known; abstains where no reason reaches LIKELY, or only its prior speaks for it."""
    known = knowledge()
    odds = {reason: math.log(prior) for reason, prior in known.priors.items()}
    spoke: dict[SilenceReason, list[tuple[float, str]]] = {reason: [] for reason in odds}
    for key, asks in SIGNS.items():
        holds = asks(evidence)
        if holds is None:
            continue
        for reason, weight in (known.signs[key].yes if holds else known.signs[key].no).items():
            odds[reason] += weight
            if weight > 0 and holds:
                spoke[reason].append((weight, key))
    highest = max(odds.values())
    share = {reason: math.exp(value - highest) for reason, value in odds.items()}
    total = sum(share.values())
    shares = {reason: value / total for reason, value in share.items()}
    best = max(shares, key=lambda reason: shares[reason])
    is_told = shares[best] >= LIKELY and sum(weight for weight, _ in spoke[best]) >= SPEAKS
    return Judged(
        reason=best if is_told else SilenceReason.UNKNOWN,
        share=shares[best],
        spoke_for=tuple(key for _, key in sorted(spoke[best], reverse=True)),
        shares=tuple(shares[reason] for reason in SilenceReason if reason in shares),
    )


def with_reason(silence: Finding, reason: Reason | None) -> Finding:
    """The silence with its reason, as grave as that is; without one as grave as it was."""
    if reason is None:
        return silence
    return replace(silence, reason=reason, severity=knowledge().severities[SilenceReason(reason.key)])


def corrected(silence: Finding, reason: Reason | None) -> Finding | None:
    """The silence with another reason, when more is known than when it was told; None: it stays.

    That many went silent at once is known best while they are; it is not forgotten when the others are back.
    """
    told = SilenceReason.UNKNOWN if silence.reason is None else silence.reason.key
    if reason is None or reason.key in (told, SilenceReason.UNKNOWN) or told == SilenceReason.BROKER_OR_US:
        return None
    return with_reason(silence, reason)


def one_calls(new: Sequence[Finding], told: Iterable[Finding]) -> list[Finding]:
    """Of silences on our side one calls people; the others, of the same outage, are kept and shown as `info`."""
    calls = any(_is_ours(one) and one.to_us is None and one.severity != Severity.INFO for one in told)
    kept = []
    for silence in new:
        is_ours = _is_ours(silence)
        kept.append(replace(silence, severity=Severity.INFO) if is_ours and calls else silence)
        calls |= is_ours
    return kept


def _is_ours(silence: Finding) -> bool:
    return silence.reason is not None and silence.reason.key == SilenceReason.BROKER_OR_US


# --- the signs ---


def _last(e: Evidence, signal: str, within_us: int = MINUTE_US * 2) -> float | None:
    """The newest value of the last minutes."""
    values = _recent(e, signal, within_us)
    return float(values[-1]) if len(values) else None


def _recent(e: Evidence, signal: str, within_us: int) -> Float64Array:
    values = e.series.get(signal)
    if values is None or not len(e.at_us):
        return np.empty(0)
    chosen = (e.at_us >= e.at_us[-1] - within_us) & ~np.isnan(values)
    return np.asarray(values[chosen], np.float64)


def _about_to_stop(e: Evidence) -> bool | None:
    speed, rpm = _last(e, "ground_speed_kmh"), _last(e, "engine_speed_rpm")
    if rpm is None:
        return None
    load = _last(e, "engine_load_pct")
    return rpm < 1100 and (load is None or load < 35) and (speed is None or speed < 2)


def _charging_ended(e: Evidence) -> bool | None:
    volts = _recent(e, "battery_voltage_v", 10 * MINUTE_US)
    if len(volts) < 4 or e.nominal_v is None:
        return None
    return bool(np.median(volts) / e.nominal_v > 1.1 and volts[-1] / e.nominal_v < 1.07)


def _reception_poor(e: Evidence) -> bool | None:
    level = _recent(e, "signal_strength_dbm", 2 * MINUTE_US)
    return bool(np.median(level) < -103) if len(level) else None


def _reception_faded(e: Evidence) -> bool | None:
    level = _recent(e, "signal_strength_dbm", 10 * MINUTE_US)
    if len(level) < 4:
        return None
    third = max(1, len(level) // 3)
    return bool(np.median(level[-third:]) - np.median(level[:third]) < -9)


def _satellites_lost(e: Evidence) -> bool | None:
    seen = _recent(e, "gnss_satellites_count", 10 * MINUTE_US)
    return bool(np.median(seen) >= 6 and seen[-1] < 4) if len(seen) >= 4 else None


def _supply_lost(e: Evidence) -> bool | None:
    supply = _last(e, "terminal_supply_voltage_v")
    return None if supply is None or _usual_supply(e) is None else supply < 5


def _usual_supply(e: Evidence) -> float | None:
    """The supply as it was; None for terminals that do not measure it (they send 0 for ever)."""
    supply = _recent(e, "terminal_supply_voltage_v", TAIL_US)
    return float(supply.max()) if len(supply) and supply.max() > 9 else None


def _supply_sagged(e: Evidence) -> bool | None:
    usual, supply = _usual_supply(e), _recent(e, "terminal_supply_voltage_v", 5 * MINUTE_US)
    return None if usual is None or not len(supply) else bool(5 <= supply.min() < 0.75 * usual)


def _on_battery(e: Evidence) -> bool | None:
    """The backup battery runs down, as nothing charges it; of terminals that do not measure their supply."""
    backup = _recent(e, "terminal_backup_battery_v", TAIL_US)
    if _usual_supply(e) is not None or len(backup) < 12:
        return None
    return bool(np.median(backup[: len(backup) // 4]) - np.median(backup[-3:]) > 0.04)


def _backup_weak(e: Evidence) -> bool | None:
    """Of terminals that do not measure their supply; of the others `would_have_told` says it."""
    backup = _last(e, "terminal_backup_battery_v")
    return None if backup is None or _usual_supply(e) is not None or _on_battery(e) else backup < 3.6


def _would_have_told(e: Evidence) -> bool | None:
    usual, backup = _usual_supply(e), _last(e, "terminal_backup_battery_v")
    if usual is None or backup is None or _supply_lost(e):
        return None
    return backup > 3.6 and not _supply_sagged(e)


def _bus_lost(e: Evidence) -> bool | None:
    """Nothing of the machine's for the last minute in which the terminal spoke of itself."""
    own = [_recent(e, signal, MINUTE_US) for signal in ("terminal_supply_voltage_v", "signal_strength_dbm")]
    bus = [_recent(e, signal, TAIL_US) for signal in BUS]
    if max(map(len, own)) < 2 or not any(map(len, bus)):
        return None
    return not any(len(_recent(e, signal, MINUTE_US)) for signal in BUS)


def _carried_off(e: Evidence) -> bool | None:
    is_cut = _supply_lost(e)
    if not (_on_battery(e) or _bus_lost(e) if is_cut is None else is_cut):
        return None
    speed = _recent(e, "ground_speed_kmh", 2 * MINUTE_US)
    return bool(np.median(speed) > 4) if len(speed) else None


def _others_too(e: Evidence) -> bool | None:
    if e.heard_before < TOGETHER:
        return None
    return e.silent_with >= TOGETHER and e.silent_with * 2 >= e.heard_before


def _some_too(e: Evidence) -> bool | None:
    """A carrier has a part of the machines; the end of a shift takes some along as well."""
    if e.heard_before < TOGETHER or _others_too(e):
        return None
    return e.silent_with >= TOGETHER and e.silent_with * 5 >= e.heard_before


def _neighbours_too(e: Evidence) -> bool | None:
    if not e.near_heard or _others_too(e) or _some_too(e):
        return None
    return e.near_silent * 2 >= e.near_heard


SIGNS: Mapping[str, Callable[[Evidence], bool | None]] = {
    "refused_by_clock": lambda e: e.refused_by_clock > 0,
    "clock_was_off": lambda e: e.clock_off,
    "others_too": _others_too,
    "some_too": _some_too,
    "we_were_away": lambda e: e.we_were_away,
    "neighbours_too": _neighbours_too,
    "said_goodbye": lambda e: None if e.parting is None else e.parting == "goodbye",
    "last_will": lambda e: None if e.parting in (None, "goodbye") else e.parting == "will",
    "about_to_stop": _about_to_stop,
    "charging_ended": _charging_ended,
    "reception_poor": _reception_poor,
    "reception_faded": _reception_faded,
    "satellites_lost": _satellites_lost,
    "dead_zone": lambda e: None if e.outages_here is None else e.outages_here >= 2,
    "supply_lost": _supply_lost,
    "supply_sagged": _supply_sagged,
    "on_battery": _on_battery,
    "backup_weak": _backup_weak,
    "would_have_told": _would_have_told,
    "bus_lost": _bus_lost,
    "carried_off": _carried_off,
}
