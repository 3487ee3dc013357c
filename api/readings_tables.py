"""Readings of one machine as Arrow and CSV: a table at once, or a stream of pages."""

from collections.abc import AsyncIterator, Iterable

import numpy as np
import pyarrow as pa
from fastapi.responses import Response, StreamingResponse

from api import arrow, csv_stream
from api.media import Media
from fleet.batch import Float64Array
from fleet.data_classes import COARSE_STEP
from fleet.signals import Signal
from storage.read_pool import ReadPool
from storage.read_readings import RawRows
from usecases.export_readings import Export, pages
from usecases.readings_columns import Columns, Series, shown
from usecases.readings_sight import is_exact

NEXT_FROM, WITHHELD = "ECC-Next-From", "ECC-Withheld"


def table(columns: Columns, media: Media) -> Response:
    """One line an instant: the reading, or mean, min and max of the bucket, each a column of its own."""
    listed = [part for one in columns.series for part in _parts(one, raw=columns.bucket_s is None)]
    names = ["measured_at" if columns.bucket_s is None else "bucket_at", *(name for name, _, _ in listed)]
    units = {name: signal.unit for name, signal, _ in listed}
    headers = _headers(columns.withheld, None if columns.next_from is None else columns.next_from.isoformat())
    if media is Media.CSV:
        cells: list[Iterable[object]] = [
            csv_stream.times(columns.at_us),
            *(csv_stream.floats(values) for _, _, values in listed),
        ]
        answer = csv_stream.response(names, cells, units)
    else:
        arrays = [arrow.times(columns.at_us), *(arrow.stored(signal, values) for _, signal, values in listed)]
        about = {
            "machine_id": columns.machine_id,
            "resolution": columns.resolution,
            "bucket_s": "" if columns.bucket_s is None else str(columns.bucket_s),
            "pending": str(columns.pending).lower(),
        }
        schema = arrow.schema_of(dict(zip(names, (a.type for a in arrays), strict=True)), units, **about)
        answer = arrow.stream_response(pa.Table.from_arrays(arrays, schema=schema))
    answer.headers.update({"ECC-Resolution": columns.resolution, **headers})
    return answer


def _parts(one: Series, *, raw: bool) -> list[tuple[str, Signal, Float64Array]]:
    key = str(one.signal.key)
    named = (("" if raw else "_mean", one.mean), ("_min", one.min), ("_max", one.max))
    return [(key + suffix, one.signal, values) for suffix, values in named if values is not None]


def _headers(withheld: list[str], next_from: str | None) -> dict[str, str]:
    found = {WITHHELD: ",".join(withheld)} if withheld else {}
    return found if next_from is None else found | {NEXT_FROM: next_from.replace("+00:00", "Z")}


def streamed(export: Export, media: Media, pool: ReadPool) -> Response:
    """Raw readings, sent as they are read."""
    next_from = None if export.next_from is None else export.next_from.isoformat()
    headers = {"ECC-Resolution": "raw", **_headers(export.sighted.withheld, next_from)}
    if media is Media.CSV:
        return StreamingResponse(_csv(export, pool), media_type=csv_stream.MEDIA_TYPE, headers=headers)
    return StreamingResponse(_arrow(export, pool), media_type=Media.ARROW, headers=headers)


async def _csv(export: Export, pool: ReadPool) -> AsyncIterator[str]:
    signals = [signal for _, signal in export.sighted.asked]
    yield csv_stream.header(["measured_at", *(str(s.key) for s in signals)], {str(s.key): s.unit for s in signals})
    async for rows in pages(export, pool):
        values = [csv_stream.floats(shown(s, _placed(export, s, rows, n))) for n, s in export.sighted.asked]
        yield csv_stream.lines([csv_stream.times(rows.at_us), *values])


async def _arrow(export: Export, pool: ReadPool) -> AsyncIterator[bytes]:
    signals = [signal for _, signal in export.sighted.asked]
    kinds = {str(s.key): arrow.kind_of(s) for s in signals}
    units = {str(s.key): s.unit for s in signals}
    about = {"machine_id": export.sighted.public_id, "resolution": "raw"}
    stream = arrow.ChunkedStream(arrow.schema_of({"measured_at": arrow.TIME, **kinds}, units, **about))
    async for rows in pages(export, pool):
        values = [arrow.stored(s, _placed(export, s, rows, n)) for n, s in export.sighted.asked]
        yield stream.batch([arrow.times(rows.at_us), *values])
    yield stream.end()


def _placed(export: Export, signal: Signal, rows: RawRows, number: int) -> Float64Array:
    """One signal's values, a place on the coarse grid unless all of it may be seen exactly."""
    values: Float64Array = rows.values[:, number]
    step = COARSE_STEP.get(str(signal.key))
    if step is None or is_exact(export.sighted.sight, export.sighted.spans_of(signal)):
        return values
    return (np.round(values / step) * step).round(1)
