"""A finding that stands on a sensor which is not believed: its first diagnosis names the sensor first.

The finding stays what it is, with its severity: nobody is told that an engine has oil pressure because a sensor is
doubted. The finding about the sensor speaks with the same voice: while an alarm stands on what the sensor said it tells
the owner to do as that alarm says. A sensor that is found out lied before: findings that held up to an hour before, or
as long as its check says (what drifts is seen at rest, a night or two later), are diagnosed again, and those that hold
until AFTER_US after its end. Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import exp, prod

from diagnosis.evidence_file import Observation
from diagnosis.preliminary import Preliminary
from diagnosis.rule import Words
from diagnosis.trust import Distrust, lied_us, packaged_checks
from fleet.signals import Catalogue, Signal

AFTER_US = 60 * 60_000_000
"""So long after a sensor is believed again models still look at what it said before: they judge the mean of an hour."""
SENSOR = "sensor_faulty"
SENSORS = ("_sender_faulty", SENSOR)


def doubts(
    distrust: Sequence[Distrust], signals: Collection[str], catalogue: Catalogue, *, held_us: int
) -> list[Distrust]:
    """What of the distrust speaks against a finding on these signals that held at an instant."""
    return [
        one
        for one in distrust
        if one.signal in signals
        and one.from_us - lied_us(one.checks, catalogue) <= held_us
        and (one.to_us is None or one.to_us + AFTER_US > held_us)
    ]


def doubted(found: Preliminary, against: Sequence[Distrust], sensor: Preliminary, catalogue: Catalogue) -> Preliminary:
    """The diagnosis with what is wrong with the sensor first, as likely as it is not trusted; others share the rest.

    What a neighbour of the sensor says against its fault (see Observation.contradicts) is weighed with the doubt. Where
    it outweighs the doubt the machine's own causes, checks and order lead. sensor: the diagnosis of the first of these
    sensors, so that both findings name the same causes, checks and parts.
    """
    own = {one.cause for one in sensor.causes}
    same = [one for one in found.causes if one.cause.endswith(SENSORS) or one.cause in own]
    rest = [one for one in found.causes if one not in same]
    says = tuple(dict.fromkeys(saw for one in same for saw in one.speaks_against if saw.contradicts))
    lies = _weighed(1.0 - prod(one.score for one in against), sum(saw.yes for saw in says))
    whole = sum(one.share for one in rest) or 1.0
    first = [replace(one, share=one.share * lies, speaks_against=(*one.speaks_against, *says)) for one in sensor.causes]
    seen = tuple(saw for one in same for saw in one.speaks_for)
    first[0] = replace(first[0], speaks_for=tuple(dict.fromkeys((*first[0].speaks_for, *seen))))
    told = Preliminary(
        causes=(*first, *(replace(one, share=one.share * (1.0 - lies) / whole) for one in rest)),
        next_check=sensor.next_check,
        checks=tuple(dict.fromkeys((*sensor.checks, *found.checks))),
        parts=tuple(dict.fromkeys((*sensor.parts, *found.parts))),
        owner=_owner(found.owner, catalogue[against[0].signal]),
        basis="order" if found.basis == "order" else "weighed",
    )
    return told if lies > 0.5 or not rest else _led_by(found, told)


def _weighed(doubt: float, says: float) -> float:
    """How likely a sensor lies after what is added to the logarithm of its odds; 0 and 1 stay."""
    odds = doubt * exp(says)
    return odds / (odds + 1.0 - doubt)


def _led_by(found: Preliminary, told: Preliminary) -> Preliminary:
    """The same causes by their shares, with the order, the checks and the parts of the finding before the sensor's."""
    return replace(
        told,
        causes=tuple(sorted(told.causes, key=lambda one: -one.share)),
        next_check=found.next_check,
        checks=tuple(dict.fromkeys((*found.checks, *told.checks))),
        parts=tuple(dict.fromkeys((*found.parts, *told.parts))),
        owner=found.owner,
    )


def until_checked(sensor: Preliminary, signal: Signal, title: Words, order: Words) -> Preliminary:
    """The diagnosis of a sensor while an alarm stands on what it said: the alarm's order counts until it is checked."""
    zh = f"{signal.zh}：读数不可信，但报警“{title.zh}”尚未解除。传感器核实之前，请照该报警处理：{order.zh}"
    en = f"{signal.en}: its reading is not believed, but an alarm stands on it ({title.en}). Until the sensor has been "
    return replace(sensor, owner=Words(zh=zh, en=f"{en}checked, do as the alarm says: {order.en}"))


def observed(one: Distrust, cause: str, catalogue: Catalogue) -> Observation:
    """That a sensor is not trusted, with the conditions of the checks that say so."""
    rules = {check.key: check.rule for check in packaged_checks(catalogue)}
    when = [key if (rule := rules.get(key)) is None else rule.when_text for key in one.checks]
    signal = catalogue[one.signal]
    words = Words(zh=f"{signal.zh}的读数不可信", en=f"The readings of this sensor are not believed: {signal.en}")
    return Observation(key=one.signal, cause=cause, when=" | ".join(when), yes=1.0, no=0.0, words=words)


def _owner(owner: Words, signal: Signal) -> Words:
    return Words(
        zh=f"{signal.zh}的传感器可能有误，请先核实；核实之前：{owner.zh}",
        en=f"The sensor may be wrong ({signal.en}); have it checked first. Until then: {owner.en}",
    )
