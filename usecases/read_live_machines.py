"""What the live stream tells of machines: those whose state has changed, as each viewer may see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.data_classes import DataClass
from fleet.signals import Catalogue
from storage.read_live_machines import LiveRow, Wanted
from storage.sight import Scope, Sight
from usecases.positions import LATITUDE, LONGITUDE, LastValue, seen_value
from usecases.read_live_audience import Audience
from usecases.read_live_filter import Subject
from usecases.read_live_stream import Wish
from usecases.read_machine_state import instant

_SEVERITIES = ("critical", "high", "medium", "low", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMachine:
    """One machine of a `machines` frame; see api.schemas.live."""

    id: str
    name: str
    kind: str
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    latitude_deg: float | None
    longitude_deg: float | None
    is_coarse: bool
    severity: str | None
    open_alarms: int
    signals: dict[str, LastValue]


def wanted_by(wishes: Iterable[Wish]) -> Wanted:
    """The machines that these wishes are about, taken together."""
    found: dict[str, set[int]] = {"machine": set(), "site": set(), "model": set(), "organisation": set()}
    kinds: set[str] = set()
    everything = False
    for wish in wishes:
        name, values = wish.filter.narrowest()
        if name == "machine_kind":
            kinds.update(str(value) for value in values)
        elif name != "all":
            found[name].update(value for value in values if isinstance(value, int))
        elif wish.scope.sees_all:
            everything = True
        else:
            found["organisation"].add(wish.scope.organisation_id)
    return Wanted(
        everything=everything,
        machines=sorted(found["machine"]),
        sites=sorted(found["site"]),
        models=sorted(found["model"]),
        kinds=sorted(kinds),
        organisations=sorted(found["organisation"]),
    )


def subject_of(row: LiveRow, audience: Audience, now: datetime) -> Subject:
    """What filters look at of a machine whose state has changed."""
    return Subject(
        kind=None,
        severity=None,
        machine_id=row.machine_id,
        site_id=row.site_id,
        model_id=row.model_id,
        machine_kind=row.kind,
        organisations=audience.organisations(row.machine_id, now),
    )


def machine_for(
    row: LiveRow, viewer: Scope, signals: Sequence[str], *, audience: Audience, catalogue: Catalogue
) -> LiveMachine:
    """A machine that the viewer sees now, without what is not the viewer's to see of it."""
    sight = (
        Sight.of_all(exact_positions=viewer.exact_positions)
        if viewer.sees_all
        else audience.sight(row.machine_id, viewer.organisation_id, exact_positions=viewer.exact_positions)
    )
    return _machine(row, signals, catalogue, sight)


def _machine(row: LiveRow, signals: Sequence[str], catalogue: Catalogue, sight: Sight) -> LiveMachine:
    last_at = row.measured_at or row.received_at
    known = last_at is not None and any(period.covers(last_at) for period in sight.any_periods)
    place = {signal_id: i for i, signal_id in enumerate(row.signal_ids)} if known else {}

    def last(key: str) -> LastValue | None:
        signal = catalogue[key]
        i = place.get(signal.id)
        if i is None:
            return None
        at = instant(row.signal_at_us[i])
        value = seen_value(signal, row.signal_values[i], at=at, sight=sight)
        return None if value is None else LastValue(value=value, unit=signal.unit, measured_at=at)

    latitude, longitude = last(LATITUDE), last(LONGITUDE)
    raised = zip(row.alarm_ranks, row.alarm_raised_at, strict=True)
    ranks = [rank for rank, at in raised if sight.sees(DataClass.ALARMS, at)]
    works = last_at is not None and sight.sees(DataClass.READINGS, last_at)
    return LiveMachine(
        id=str(row.public_id),
        name=row.name,
        kind=row.kind,
        online=row.online if known else None,
        work_state=row.work_state if works else None,
        measured_at=row.measured_at if known else None,
        latitude_deg=latitude.value if latitude else None,
        longitude_deg=longitude.value if longitude else None,
        is_coarse=latitude is not None and not sight.is_exact(latitude.measured_at),
        severity=_SEVERITIES[min(ranks) - 1] if ranks else None,
        open_alarms=len(ranks),
        signals={key: value for key in signals if (value := last(key)) is not None},
    )


class Changes:
    """Which machines have changed since they were last told, whatever the database repeats."""

    def __init__(self) -> None:
        self._told: dict[int, int] = {}

    def of(self, rows: Sequence[LiveRow]) -> list[LiveRow]:
        """Those of the rows that differ from the last time; they count as told from now on."""
        changed = [row for row in rows if self._told.get(row.machine_id) != _fingerprint(row)]
        self._told.update((row.machine_id, _fingerprint(row)) for row in changed)
        return changed

    def forget(self, machines: Iterable[int]) -> None:
        """Count these as untold: somebody has come to see them."""
        for machine in machines:
            self._told.pop(machine, None)


def _fingerprint(row: LiveRow) -> int:
    alarms = tuple(sorted(row.alarm_ranks))
    values = (tuple(row.signal_ids), tuple(row.signal_values), tuple(row.signal_at_us))
    return hash((row.name, row.online, row.work_state, row.measured_at, alarms, values))
