"""Put together what findings stand on: evidence packs with first diagnoses, from what is stored of their machines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnosis.doubt import AFTER_US
from diagnosis.evidence_pack import BEFORE_US, Material, pack_of
from diagnosis.freeze_frame import FrozenValue, freeze_frame
from diagnosis.similar_cases import nearest
from diagnosis.source_faults import SENSOR_FAULTS, looked_at, reach_us
from diagnosis.syntax import LATITUDE, LONGITUDE
from diagnosis.trust import lied_us, longest_lie_us, packaged_checks
from fleet.batch import EventBatch, EventKind, Float64Array
from fleet.findings import SourceKind
from fleet.signals import Catalogue
from storage.evidence import (
    DueFinding,
    MachineCase,
    NewEvidence,
    OwnLimits,
    PastCase,
    count_refused,
    list_heard,
    list_machine_cases,
    list_own_limits,
    list_past_cases,
)
from storage.history import ReceivedRows, last_faults, list_new, read_events, read_received
from storage.machine_facts import HomeRows, load_home_rows
from storage.pool import Connection
from storage.read_readings import Span
from storage.trust import TrustSpan, list_trust_between
from usecases.diagnose_finding import Seen, diagnosed, own_limits
from usecases.evidence_plan import PLACE, Plan
from usecases.home_facts import Home
from usecases.read_spans import union

FRAME_US = 60_000_000
"""How far back a freeze frame looks in the readings; what is older comes from the machine's last values."""
PORTION_US = 8 * 3_600_000_000
"""So much of machines' time is read at once: 29,000 rows a second apart."""
MOST_PAST = 200
MOST_SIMILAR = 12
"""Of which a reader is shown the three nearest that are its to see."""


def portions(plans: Sequence[Plan]) -> list[list[Plan]]:
    """The plans in portions whose rows fit into memory, order as given."""
    found: list[list[Plan]] = []
    left_us = 0
    for plan in plans:
        length_us = plan.window[1] - plan.window[0]
        left_us -= length_us
        if left_us < 0 or not found:
            found.append([])
            left_us = PORTION_US - length_us
        found[-1].append(plan)
    return found


def make_evidence(conn: Connection, plans: Sequence[Plan], catalogue: Catalogue) -> list[NewEvidence]:
    """The packs of these findings, of which none is withdrawn. Reads as many times as there are kinds of data, and
    once more for each distinct source."""
    read = _read(conn, plans, catalogue)
    return [_evidence(plan, read, place) for place, plan in enumerate(plans)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read for some plans."""

    catalogue: Catalogue
    columns: Mapping[str, int]  # of the windows' values, by signal
    windows: ReceivedRows
    frames: ReceivedRows
    events: EventBatch
    machines: Mapping[int, MachineCase]
    limits: Sequence[OwnLimits]
    heard: Sequence[tuple[int, int]]
    new: Collection[tuple[int, int]]  # (machine, start of the window) of those that told nothing before it
    refused: Mapping[int, Mapping[str, int]]
    past: Mapping[tuple[str, str], Sequence[PastCase]]
    distrust: Sequence[TrustSpan]
    homes: HomeRows


def _read(conn: Connection, plans: Sequence[Plan], catalogue: Catalogue) -> _Read:
    machines = sorted({plan.due.machine_id for plan in plans})
    wanted = {key for plan in plans for key in (*plan.roles, *(PLACE if plan.asks_place else ()))}
    windows = [(plan.due.machine_id, *plan.window) for plan in plans]
    first_us = min(w[1] for w in windows) - AFTER_US
    distrust = list_trust_between(conn, machines, first_us, _revised_us(plans, catalogue))
    lied = _lied(plans, distrust, catalogue)
    wanted |= set(looked_at(SENSOR_FAULTS, catalogue)) if lied else set()
    signals = [signal for signal in catalogue if signal.key in wanted]
    looked = [*windows, *lied]
    faults = last_faults(conn, [w[0] for w in looked], [w[1] for w in looked])
    told = [(machine, at, at + 1) for (machine, _), at in faults.items()]
    frames = [(plan.due.machine_id, plan.due.held_us - FRAME_US, plan.due.held_us + 1) for plan in plans]
    heard = union(
        Span(start, end) for start, end in list_heard(conn, min(w[1] for w in windows), max(w[2] for w in windows))
    )
    last_us = {(plan.due.source_kind, plan.due.source_key): plan.due.held_us for plan in plans}
    for plan in plans:
        source = plan.due.source_kind, plan.due.source_key
        last_us[source] = max(last_us[source], plan.due.held_us)
    return _Read(
        catalogue=catalogue,
        columns={signal.key: column for column, signal in enumerate(signals)},
        windows=read_received(conn, *_ranges(looked), signals=signals),
        frames=read_received(conn, *_ranges(frames), signals=catalogue.signals),
        events=read_events(conn, *_ranges([*told, *looked])),
        machines=list_machine_cases(conn, machines),
        limits=list_own_limits(conn, machines),
        heard=[(span.from_us, span.to_us) for span in heard],
        new=list_new(conn, [w[0] for w in windows], [w[1] for w in windows]),
        homes=load_home_rows(conn, machines),
        refused=count_refused(conn, *([w[n] for w in windows] for n in range(3))),
        past={
            source: list_past_cases(conn, *source, before_us=before_us, most=MOST_PAST)
            for source, before_us in last_us.items()
        },
        distrust=distrust,
    )


def _lied(plans: Sequence[Plan], distrust: Sequence[TrustSpan], catalogue: Catalogue) -> list[tuple[int, int, int]]:
    """What the findings about sensors that are not trusted look at, where another finding stands on such a sensor."""
    found = {
        (span.machine_id, *_sensor_window(span, catalogue))
        for span in distrust
        for plan in plans
        if span.machine_id == plan.due.machine_id
        and span.signal_id < len(catalogue)
        and plan.due.source_kind in (SourceKind.RULE, SourceKind.MODEL)
        and catalogue.signals[span.signal_id].key in plan.roles
    }
    return sorted(found)


def _sensor_window(span: TrustSpan, catalogue: Catalogue) -> tuple[int, int]:
    return span.from_us - max(BEFORE_US, reach_us(SENSOR_FAULTS, catalogue)), span.from_us + 1


def _ranges(wanted: Sequence[tuple[int, int, int]]) -> tuple[Any, Any, Any]:
    """(machine, from, to) as arrays, ranges of one machine that touch made one."""
    spans: dict[int, list[Span]] = {}
    for machine, from_us, to_us in wanted:
        spans.setdefault(machine, []).append(Span(from_us, to_us))
    flat = [(machine, span.from_us, span.to_us) for machine, own in spans.items() for span in union(own)]
    machine, start, end = np.array(flat, np.int64).T
    return machine.astype(np.int32), start, end


def _evidence(plan: Plan, read: _Read, place: int) -> NewEvidence:
    due, window = plan.due, plan.window
    rows = read.windows.of(due.machine_id, *window)
    signals = [read.catalogue[key] for key in plan.roles]
    values = rows.values[:, [read.columns[key] for key in plan.roles]]
    machine = read.machines[due.machine_id]
    events = _events_of(read.events, due.machine_id, window[1])
    frame = _frame(due, machine, read)
    distrust = _distrust(plan, read)
    lied = {(span.signal_id, span.from_us): _told_until(span, read) for span in distrust}
    seen = Seen(rows, read.columns, events, distrust, Home(due.machine_id, read.homes), lied)
    case = Material(
        finding=plan.finding,
        window=window,
        signals=signals,
        roles=plan.roles,
        at_us=rows.at_us,
        received_us=rows.received_us,
        values=values,
        places=_places(plan, rows, read),
        frame=frame,
        rule=plan.rule,
        own_limits=own_limits(plan, read.limits),
        nominal_voltage_v=np.nan if machine.nominal_voltage_v is None else machine.nominal_voltage_v,
        heard=read.heard,
        is_new=(due.machine_id, window[0]) in read.new,
        refused=read.refused.get(place, {}),
        errors=_errors(events, window, read.catalogue),
        diagnosis=diagnosed(plan, machine, seen, catalogue=read.catalogue),
        trust=_trust(distrust, read.catalogue),
        similar=_similar(plan, frame, machine, read),
        silenced=plan.silenced,
    )
    return NewEvidence(due, {one.signal.key: one.value for one in frame if one.is_held}, pack_of(case))


def _told_until(span: TrustSpan, read: _Read) -> tuple[ReceivedRows, EventBatch]:
    """What the finding about a sensor is judged by."""
    start, end = _sensor_window(span, read.catalogue)
    return read.windows.of(span.machine_id, start, end), _events_of(read.events, span.machine_id, end)


def _revised_us(plans: Sequence[Plan], catalogue: Catalogue) -> int:
    """Until when what is found out of their sensors may count for findings."""
    return max(max(plan.window[1], plan.due.held_us + longest_lie_us(catalogue) + 1) for plan in plans)


def _distrust(plan: Plan, read: _Read) -> list[TrustSpan]:
    """What was not trusted of the machine's signals at some time of the window, or was found out later to have lied."""
    return [
        span
        for span in read.distrust
        if span.machine_id == plan.due.machine_id
        and (span.from_us < plan.window[1] or span.from_us - lied_us(span.checks, read.catalogue) <= plan.due.held_us)
        and (span.to_us is None or span.to_us > min(plan.window[0], plan.due.held_us - AFTER_US))
    ]


def _trust(distrust: Sequence[TrustSpan], catalogue: Catalogue) -> list[dict[str, Any]]:
    """The same as a pack keeps it, with the reasons of the checks."""
    reasons = {check.key: check.reason for check in packaged_checks(catalogue)}
    return [
        {
            "key": catalogue.signals[span.signal_id].key,
            "score": round(span.score, 3),
            "reasons": sorted({str(reasons.get(check, check)) for check in span.checks}),
            "from_us": span.from_us,
            "to_us": span.to_us,
        }
        for span in distrust
        if span.signal_id < len(catalogue)
    ]


def _places(plan: Plan, rows: ReceivedRows, read: _Read) -> tuple[Float64Array, Float64Array] | None:
    """Latitude and longitude of each row, where the finding's rule asks for them."""
    if not plan.has_track:
        return None
    latitude, longitude = (rows.values[:, read.columns[key]] for key in (LATITUDE, LONGITUDE))
    return latitude, longitude


def _frame(due: DueFinding, machine: MachineCase, read: _Read) -> tuple[FrozenValue, ...]:
    last = read.frames.of(due.machine_id, due.held_us - FRAME_US, due.held_us + 1)
    latest = zip(machine.signal_ids, machine.signal_values, machine.signal_at_us, strict=True)
    return freeze_frame(last.at_us, last.values, latest, held_us=due.held_us, catalogue=read.catalogue)


def _events_of(events: EventBatch, machine: int, before_us: int) -> EventBatch:
    return events.take((events.machine == machine) & (events.measured_at_us < before_us))


def _errors(events: EventBatch, window: tuple[int, int], catalogue: Catalogue) -> dict[str, int]:
    here = (events.kind == EventKind.SENSOR_ERROR) & (events.measured_at_us >= window[0])
    known = events.signal[here & (events.signal >= 0) & (events.signal < len(catalogue))]
    ids, counts = np.unique(known, return_counts=True)
    return {catalogue.signals[int(n)].key: int(count) for n, count in zip(ids, counts, strict=True)}


def _similar(plan: Plan, frame: Sequence[FrozenValue], machine: MachineCase, read: _Read) -> list[dict[str, Any]]:
    """Past cases of the same source, the nearest first: who reads the pack is shown those that are theirs to see."""
    due = plan.due
    past = [
        case
        for case in read.past[due.source_kind, due.source_key]
        if case.held_us < due.held_us and case.finding_id != due.finding_id
    ]
    found = nearest(
        {one.signal.key: one.value for one in frame if one.is_held},
        [case.frame for case in past],
        [bool(machine.model) and case.model == machine.model for case in past],
        catalogue=read.catalogue,
        most=MOST_SIMILAR,
    )
    return [
        {
            "finding_id": str(past[one.place].finding_id),
            "same_model": one.same_model,
            "same_machine": past[one.place].machine_id == due.machine_id,
            "distance": None if one.distance is None else round(one.distance, 3),
        }
        for one in found
    ]
