"""The band of a machine's peers: where the middle of the other machines of its model stood, bucket by bucket."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from diagnosis.regime import MIN_PEERS
from fleet.batch import Float64Array, Int64Array
from fleet.data_classes import DataClass
from fleet.signals import Aggregation, Catalogue, Signal
from storage import read_peers
from storage.read_peers import Band, BandQuery
from storage.read_pool import Connection
from storage.read_readings import Span
from storage.sight import Scope, get_machine_key
from usecases.read_readings_series import SECOND, base_of, bucket_width
from usecases.readings_columns import instant, us_of
from usecases.readings_sight import Question, clipped

NoPeers = Literal["no_model", "too_few", "no_signal", "no_readings"]
MOST_PEERS = 60
"""Of more the first: quantiles of so many move by less than a line is wide."""
LOW, HIGH = 0.1, 0.9
OFF_RPM = 300.0  # as usecases tell regimes: a machine at rest says nothing of how one at work should be
SPEED = "engine_speed_rpm"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBand:
    """One signal; parallel to the answer's instants, None where too few peers worked."""

    unit: str
    low: list[float | None]
    middle: list[float | None]
    high: list[float | None]
    machines: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The answer; see api.schemas.guided."""

    model: str | None
    machines: int
    least: int
    bucket_s: float
    at: list[datetime]
    signals: dict[str, PeerBand]
    none_because: NoPeers | None


async def get_peers(conn: Connection, scope: Scope, reference: str, asked: Question, *, catalogue: Catalogue) -> Peers:
    """The band of the machines of the same model that the scope sees, clipped to when it sees them. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    signals = [catalogue[key] for key in asked.signals if catalogue[key].aggregation is Aggregation.GAUGE]
    width_us = bucket_width(asked, least_s=60)
    model = await read_peers.find_model(conn, machine.machine_id)
    peers = await read_peers.list_peers(conn, scope, machine.machine_id, limit=MOST_PEERS)
    span = Span(us_of(asked.from_at) // width_us * width_us, us_of(asked.to_at))
    seen = [
        (peer.machine_id, instant(part.from_us), instant(part.to_us))
        for peer in peers
        for part in clipped(span, peer.sight.periods(DataClass.READINGS))
    ]
    machines = len({number for number, _, _ in seen})
    band, because = None, _why_none(model, machines, signals)
    if because is None:
        wanted = BandQuery(
            signals=[signal.id for signal in signals],
            rollup=base_of(width_us)[1],
            width_us=width_us,
            low=LOW,
            high=HIGH,
            least=MIN_PEERS,
            speed=catalogue[SPEED].id,
            off_rpm=OFF_RPM,
        )
        band = await read_peers.list_band(conn, seen, wanted)
        because = None if len(band.bucket_us) else "no_readings"
    at_us = np.unique(band.bucket_us) if band is not None else np.empty(0, np.int64)
    return Peers(
        model=model,
        machines=machines,
        least=MIN_PEERS,
        bucket_s=width_us / SECOND,
        at=[instant(us) for us in at_us.tolist()],
        signals={} if band is None else {str(signal.key): _band(band, signal, at_us) for signal in signals},
        none_because=because,
    )


def _why_none(model: str | None, machines: int, signals: list[Signal]) -> NoPeers | None:
    if model is None:
        return "no_model"
    if machines < MIN_PEERS:
        return "too_few"
    return None if signals else "no_signal"


def _band(band: Band, signal: Signal, at_us: Int64Array) -> PeerBand:
    own = band.signal == signal.id
    where = np.searchsorted(at_us, band.bucket_us[own])

    def spread(values: Float64Array) -> list[float | None]:
        found: list[float | None] = [None] * len(at_us)
        for place, value in zip(where.tolist(), values[own].tolist(), strict=True):
            found[place] = float(f"{value:.6g}")
        return found

    machines = np.zeros(len(at_us), np.int64)
    machines[where] = band.machines[own]
    return PeerBand(
        unit=signal.unit,
        low=spread(band.low),
        middle=spread(band.middle),
        high=spread(band.high),
        machines=machines.tolist(),
    )
