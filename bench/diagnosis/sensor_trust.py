"""Which sensors of a machine are not believed over its month, and what is shown of that."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from bench.diagnosis.judge import Said
from diagnosis.doubt import SENSOR, doubts
from diagnosis.engine import Rows
from diagnosis.machine_facts import MachineFacts
from diagnosis.trust import Distrust, TrustJudge, packaged_checks
from fleet.batch import EventBatch
from fleet.signals import Catalogue
from simulators.month.instruments import Stream

MINUTE_US = 60_000_000
SETTLED_US = 3 * MINUTE_US  # from a minute's beginning until it is judged and the rules know
SLICE_MINUTES = 2_000


def distrusted(stream: Stream, facts: MachineFacts, catalogue: Catalogue) -> list[Distrust]:
    """The spans in which sensors of one machine are not trusted, as machine 0."""
    judge = TrustJudge(catalogue, packaged_checks(catalogue))
    judge.set_facts(facts)
    found: dict[tuple[str, int], Distrust] = {}
    minute = stream.at_us // MINUTE_US
    cuts = np.searchsorted(minute, np.arange(minute[0], minute[-1] + 1 + SLICE_MINUTES, SLICE_MINUTES)).tolist()
    for begin, end in pairwise(cuts):
        part = slice(begin, end)
        machine = np.zeros(end - begin, np.int32)
        judge.judge(Rows(machine, stream.at_us[part], stream.values[part], stream.signals), EventBatch.empty())
        for one in judge.changes(int(minute[end - 1] + 1) * MINUTE_US):
            found[one.signal, one.from_us] = one
    return sorted(found.values(), key=lambda one: one.from_us)


def sensors_said(machine: int, spans: Sequence[Distrust]) -> Iterator[Said]:
    """The findings about them."""
    for one in spans:
        yield Said(
            machine=machine,
            source="sensor",
            key=f"sensor:{one.signal}",
            system="sensors",
            from_us=one.from_us,
            held_us=one.from_us,
            shown_us=one.from_us + SETTLED_US,
            to_us=one.to_us,
            causes=("sensor_faulty",),
            signals=(one.signal,),
            checks=one.checks,
        )


def revised(said: Sequence[Said], catalogue: Catalogue) -> Iterator[Said]:
    """The findings as an operator reads them in the end: what stands on a sensor that was found out names it first."""
    spans: dict[int, list[Distrust]] = defaultdict(list)
    for one in said:
        if one.source == "sensor":
            spans[one.machine].append(
                Distrust(
                    machine=one.machine,
                    signal=one.signals[0],
                    from_us=one.from_us,
                    to_us=one.to_us,
                    score=0,
                    checks=one.checks,
                )
            )
    for one in said:
        is_doubted = one.source != "sensor" and doubts(spans[one.machine], one.signals, catalogue, held_us=one.held_us)
        yield replace(one, causes=(SENSOR, *one.causes[:2])) if is_doubted else one


def believed(stream: Stream, spans: Sequence[Distrust], catalogue: Catalogue) -> Stream:
    """The rows as the rules take them: a value of a sensor that is not trusted does not count as reported."""
    values = stream.values.copy()
    for one in spans:
        column = np.flatnonzero(stream.signals == catalogue.index[one.signal])
        until = stream.at_us[-1] + 1 if one.to_us is None else one.to_us + SETTLED_US
        begin, end = np.searchsorted(stream.at_us, [one.from_us + SETTLED_US, until])
        values[begin:end, column] = np.nan
    return replace(stream, values=values)
