"""Readings themselves over long spans: found page by page, each page in a transaction of its own, so that neither
memory nor the database holds more than one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from fleet.signals import Catalogue
from storage import read_readings
from storage.read_pool import Connection, ReadPool, enter_scope
from storage.read_readings import RawRows, Span
from storage.sight import Scope
from usecases.readings_columns import instant
from usecases.readings_sight import Question, Sighted, get_sighted, masked, rows_in_wgs84

EXPORT_ROWS = 1_000_000
PAGE_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What will be streamed: all readings of these spans. `next_from`: where the next export begins, if any."""

    sighted: Sighted
    spans: list[Span]
    next_from: datetime | None
    scope: Scope


async def plan_export(
    conn: Connection, scope: Scope, reference: str, asked: Question, *, catalogue: Catalogue
) -> Export:
    """What of the question an export of at most `max_points` rows holds. Raises NotFound.

    Where it ends is known before its first byte, so that the answer's head can say so.
    """
    sighted = await get_sighted(conn, scope, reference, asked, catalogue=catalogue)
    left, spans = asked.max_points, []
    for span in sighted.spans if sighted.signals else []:
        place = (conn, sighted.machine_id, span)
        end_us = await read_readings.find_row_after(*place, sighted.signals, rows=left)
        if end_us is not None:
            spans.append(Span(span.from_us, end_us))
            return Export(sighted=sighted, spans=spans, next_from=instant(end_us), scope=scope)
        spans.append(span)
        left -= await read_readings.count_raw(conn, sighted.machine_id, [span], sighted.signals, at_most=left)
        if left <= 0:
            following = next((s for s in sighted.spans if s.from_us >= span.to_us), None)
            next_from = None if following is None else instant(following.from_us)
            return Export(sighted=sighted, spans=spans, next_from=next_from, scope=scope)
    return Export(sighted=sighted, spans=spans, next_from=None, scope=scope)


async def pages(export: Export, pool: ReadPool) -> AsyncIterator[RawRows]:
    """The export's rows, at most PAGE_ROWS at a time, in time order."""
    signals = export.sighted.signals
    for span in export.spans:
        begin = span.from_us
        while begin < span.to_us:
            async with pool.transaction() as conn:
                await enter_scope(conn, export.scope.organisation_id)
                rows = await read_readings.list_raw_page(
                    conn, export.sighted.machine_id, Span(begin, span.to_us), signals, limit=PAGE_ROWS
                )
            shown = rows_in_wgs84(masked(rows, export.sighted), export.sighted)
            if len(shown.at_us):
                yield shown
            begin = int(rows.at_us[-1]) + 1 if len(rows.at_us) == PAGE_ROWS else span.to_us
