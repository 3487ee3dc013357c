"""The fleet's columns as Arrow and CSV."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from fastapi.responses import Response

from api import arrow, csv_stream
from api.media import Media
from storage.fleet_columns import SEVERITIES, WORK_STATES, FleetColumns
from usecases.read_fleet_columns import Fleet, ids_of, names_of

_ONLINE = ("false", "true", None)  # -1 is the last
UNITS = {"latitude_deg": "deg", "longitude_deg": "deg"}
Column = tuple[str, Callable[[], pa.Array], Callable[[], Iterable[Any]]]


def positions(fleet: Fleet, media: Media) -> Response:
    """One line a machine: what the map shows."""
    columns = fleet.columns
    latitude, longitude = fleet.lasts
    kind, kinds = _kinds(columns)
    table: list[Column] = [
        *_named(columns),
        ("kind", lambda: arrow.words(kind, kinds), lambda: [kinds[k] for k in kind.tolist()]),
        ("online", lambda: _known(columns.online), lambda: [_ONLINE[n] for n in columns.online.tolist()]),
        _words("work_state", columns.work_state, WORK_STATES),
        ("measured_at", lambda: arrow.times(columns.measured_us), lambda: csv_stream.times(columns.measured_us)),
        ("latitude_deg", lambda: arrow.floats(latitude.values), lambda: csv_stream.floats(latitude.values)),
        ("longitude_deg", lambda: arrow.floats(longitude.values), lambda: csv_stream.floats(longitude.values)),
        ("is_coarse", lambda: pa.array(latitude.coarse), lambda: csv_stream.booleans(latitude.coarse)),
        _words("severity", columns.severity, SEVERITIES),
        ("open_alarms", lambda: pa.array(columns.open_alarms), columns.open_alarms.tolist),
    ]
    return _answer(fleet, table, UNITS, media)


def matrix(fleet: Fleet, media: Media) -> Response:
    """One line a machine: the value of each signal and when it was measured."""
    table: list[Column] = list(_named(fleet.columns))
    for lasts in fleet.lasts:
        values, at_us = lasts.values, lasts.at_us
        table.append((str(lasts.signal.key), *_both(partial(arrow.stored, lasts.signal), csv_stream.floats, values)))
        table.append((f"{lasts.signal.key}_at", *_both(arrow.times, csv_stream.times, at_us)))
    return _answer(fleet, table, {str(lasts.signal.key): lasts.signal.unit for lasts in fleet.lasts}, media)


def _both(
    to_arrow: Callable[[Any], pa.Array], to_csv: Callable[[Any], Iterable[Any]], values: npt.NDArray[Any]
) -> tuple[Callable[[], pa.Array], Callable[[], Iterable[Any]]]:
    return lambda: to_arrow(values), lambda: to_csv(values)


def _named(columns: FleetColumns) -> tuple[Column, Column]:
    return (
        ("id", lambda: arrow.uuids(columns.ids), lambda: ids_of(columns)),
        ("name", lambda: arrow.texts(columns.names, columns.name_lengths), lambda: names_of(columns)),
    )


def _known(truths: npt.NDArray[np.int8]) -> pa.Array:
    """1 and 0 as true and false, -1 as null."""
    return pa.array(truths == 1, mask=truths < 0)


def _words(name: str, codes: npt.NDArray[np.int16], known: tuple[str, ...]) -> Column:
    told = (*known, None)  # -1 is the last
    return name, lambda: arrow.words(codes, known), lambda: [told[c] for c in codes.tolist()]


def _kinds(columns: FleetColumns) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Each machine's kind as an index in the list of kinds."""
    kinds = sorted({*columns.kinds.values(), "other"})
    number = {kind: n for n, kind in enumerate(kinds)}
    of_model = np.full(max(columns.model.max(initial=0), *columns.kinds, 0) + 1, number["other"], np.int64)
    for model, name in columns.kinds.items():
        of_model[model] = number[name]
    return of_model[columns.model], kinds


def _answer(fleet: Fleet, table: list[Column], units: dict[str, str], media: Media) -> Response:
    names = [name for name, _, _ in table]
    if media is Media.CSV:
        return csv_stream.response(names, [make() for _, _, make in table], units)
    arrays = [make() for _, make, _ in table]
    about = {"at": fleet.at.isoformat(), "truncated": str(fleet.columns.truncated).lower()}
    schema = arrow.schema_of(dict(zip(names, (a.type for a in arrays), strict=True)), units, **about)
    return arrow.stream_response(pa.Table.from_arrays(arrays, schema=schema))
