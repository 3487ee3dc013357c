"""Why machines are silent: what the gateway and the database know of them, put before alerts/silence_reason.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from alerts.silence import NEVER_HEARD, SilenceWatch
from alerts.silence_reason import MINUTE_US, SIGNALS, TAIL_US, Evidence, Parting, judge_silence
from fleet.batch import Float64Array, Int32Array, Int64Array
from fleet.findings import Reason
from fleet.signals import Catalogue
from ingest.latest import LatestValues
from storage.history import ReceivedRows, read_received
from storage.pool import Connection
from storage.silences import count_refused_by_clock, list_partings, list_silent_places
from usecases.clock_doubts import judge_clock

TOGETHER_US = 2 * MINUTE_US  # within so long others went silent with it
NEAR_M = 2000.0
HERE_M = 500.0
WRONG_CLOCKS = ("zone", "behind", "ahead", "drifts")


@dataclass(frozen=True, slots=True)
class Running:
    """The machines whose engine ran when they were last heard, (machines,) each; places (machines, 2) in degrees, NaN
    where unknown. Who was switched off in order is not among them."""

    machine: Int32Array
    heard_us: Int64Array
    places: Float64Array

    def place(self, machine: int) -> Float64Array:
        """Latitude and longitude of one of them, (2,)."""
        found = self.places[self.machine == machine]
        return found[0] if len(found) else np.full(2, np.nan)


@dataclass(frozen=True, slots=True)
class Told:
    """What the database says of the silent machines, by machine; spots (outages, 2): where machines went silent."""

    tail: ReceivedRows
    partings: Mapping[int, str]
    refused: Mapping[int, int]
    spots: Float64Array


def judge_silences(
    conn: Connection,
    machines: Sequence[int],
    *,
    watch: SilenceWatch,
    latest: LatestValues,
    catalogue: Catalogue,
    now_us: int,
) -> dict[int, Reason]:
    """The reason of each machine's silence, four statements in the caller's transaction; of those ever heard only."""
    ids = np.array(machines, np.int32)
    heard_us, measured_us = watch.heard_us(ids), watch.measured_us(ids)
    is_known = (heard_us != NEVER_HEARD) & (measured_us != NEVER_HEARD)
    ids, heard_us, measured_us = ids[is_known], heard_us[is_known], measured_us[is_known]
    if not len(ids):
        return {}
    heard = dict(zip(ids.tolist(), heard_us.tolist(), strict=True))
    signals = [catalogue[signal] for signal in SIGNALS]
    told = Told(
        tail=read_received(conn, ids, measured_us - TAIL_US, measured_us + 1, signals=signals),
        partings=list_partings(conn, heard),
        refused=count_refused_by_clock(conn, heard, now_us=now_us),
        spots=list_silent_places(conn, min(heard.values())),
    )
    running = _running(watch, latest, catalogue)
    found = {}
    for machine, last_us in zip(ids.tolist(), measured_us.tolist(), strict=True):
        rows = told.tail.of(machine, last_us - TAIL_US, last_us + 1)
        place = running.place(machine)
        judged = judge_silence(_evidence(machine, rows, told, watch=watch, running=running))
        found[machine] = Reason(
            key=judged.reason.value,
            share=round(judged.share, 3),
            spoke_for=judged.spoke_for,
            place=None if np.isnan(place).any() else (float(place[0]), float(place[1])),
        )
    return found


def _evidence(machine: int, rows: ReceivedRows, told: Told, *, watch: SilenceWatch, running: Running) -> Evidence:
    heard_us = int(watch.heard_us(np.array([machine], np.int32))[0])
    place = running.place(machine)
    others = (running.machine != machine) & (running.heard_us >= heard_us - TOGETHER_US)
    gone = others & (running.heard_us <= heard_us + TOGETHER_US)
    near = others & (_metres(running.places, place) < NEAR_M)
    return Evidence(
        at_us=rows.at_us,
        series={signal: rows.values[:, n].astype(np.float64) for n, signal in enumerate(SIGNALS)},
        nominal_v=_nominal_v(rows),
        parting=cast("Parting | None", told.partings.get(machine)),
        refused_by_clock=told.refused.get(machine, 0),
        clock_off=_clock_off(rows),
        heard_before=int(others.sum()),
        silent_with=int(gone.sum()),
        near_heard=int(near.sum()),
        near_silent=int((near & gone).sum()),
        we_were_away=watch.healthy.has_hole(heard_us - TOGETHER_US, heard_us + TOGETHER_US),
        outages_here=None if np.isnan(place).any() else int((_metres(told.spots, place) < HERE_M).sum()),
    )


def _running(watch: SilenceWatch, latest: LatestValues, catalogue: Catalogue) -> Running:
    known = latest.known()
    known = known[watch.running(known.astype(np.int32))]
    rows = latest.rows(known)
    columns = [catalogue.index["latitude_deg"], catalogue.index["longitude_deg"]]
    return Running(rows.machine, watch.heard_us(rows.machine), rows.values[:, columns])


def _metres(places: Float64Array, place: Float64Array) -> Float64Array:
    """Distances, (places,); on a plane, which is right within a few kilometres. NaN where one is unknown."""
    north = (places[:, 0] - place[0]) * 111_195.0
    east = (places[:, 1] - place[1]) * 111_195.0 * np.cos(np.radians(place[0]))
    return np.asarray(np.hypot(north, east), np.float64)


def _nominal_v(rows: ReceivedRows) -> float | None:
    """12 or 24 by the machine's own voltage of the tail: a charging 12 V system is below 17 V."""
    volts = rows.values[:, SIGNALS.index("battery_voltage_v")]
    volts = volts[volts > 9]
    if not len(volts):
        return None
    return 12.0 if np.median(volts) < 17 else 24.0


def _clock_off(rows: ReceivedRows) -> bool | None:
    found = judge_clock(rows.at_us, rows.received_us)
    return None if found.kind == "unknown" else found.kind in WRONG_CLOCKS
