"""How well rules and models do, version by version, by the verdicts on their findings."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from storage import verdicts
from storage.read_pool import Connection
from storage.verdicts import QualityRow
from usecases.read_alarm_words import RuleBooks, Words

USUAL_MINUTES = 5.0  # ISA-18.2: two alarms in ten minutes are the most that one operator can manage
MOST_MINUTES = 60.0  # longer than that nobody has sat at one alarm
LEAD_WITHIN = timedelta(days=30)
_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCounts:
    """Findings by their last verdict."""

    true_fault: int
    nuisance: int
    sensor: int
    not_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingQuality:
    """One source and version; see api.schemas.verdicts."""

    source_kind: str
    source_key: str
    text: Words
    version: str
    findings: int
    verdicts: VerdictCounts
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    false_alarm_minutes: float
    leads: int
    lead_h_median: float | None
    lead_h_least: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingQualityPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[FindingQuality]
    end: tuple[str, str, str] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True)
class QualityFilter:
    """Which findings count; None is no condition; from_at <= held_at < to_at."""

    source_kind: str | None = None
    source_key: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


async def list_finding_quality(
    conn: Connection,
    wanted: QualityFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    catalogue: Catalogue,
) -> FindingQualityPage:
    """A page of sources and versions in their order, of all machines. Raises InvalidInput for a span that ends before
    it begins."""
    if wanted.from_at is not None and wanted.to_at is not None and wanted.from_at >= wanted.to_at:
        raise InvalidInput("span_backwards", where="from")
    with_spn = [(signal.key, signal.spn) for signal in catalogue if signal.spn is not None]
    given = {
        "source_kind": wanted.source_kind,
        "source_key": wanted.source_key,
        "from": wanted.from_at,
        "to": wanted.to_at,
        "usual": USUAL_MINUTES,
        "most": MOST_MINUTES,
        "within": LEAD_WITHIN,
        "keys": [key for key, _ in with_spn],
        "spns": [spn for _, spn in with_spn],
    }
    rows = await verdicts.list_quality(conn, given, after=_place(after), limit=limit + 1)
    shown = rows[:limit]
    books = await RuleBooks.load(conn, [row.version for row in shown], catalogue)
    items = [_quality(row, books.words(row.source_kind, row.source_key, row.version)) for row in shown]
    last = shown[-1] if len(rows) > limit else None
    return FindingQualityPage(
        items=items, end=None if last is None else (last.source_kind, last.source_key, last.version)
    )


def _place(after: Sequence[str | int | None] | None) -> list[str] | None:
    match after:
        case None:
            return None
        case [str(kind), str(key), str(version)] if "\0" not in kind + key + version:
            return [kind, key, version]
    raise InvalidInput("cursor_foreign", where="cursor")


def _quality(row: QualityRow, text: Words) -> FindingQuality:
    counts = VerdictCounts(true_fault=row.true_fault, nuisance=row.nuisance, sensor=row.sensor, not_found=row.not_found)
    right = row.sensor + row.true_fault if row.source_kind == "sensor" else row.true_fault
    judged = row.true_fault + row.nuisance + row.sensor + row.not_found
    low, high = wilson(right, judged)
    return FindingQuality(
        source_kind=row.source_kind,
        source_key=row.source_key,
        text=text,
        version=row.version,
        findings=row.findings,
        verdicts=counts,
        precision=round(right / judged, 4) if judged else None,
        precision_low=low,
        precision_high=high,
        false_alarm_minutes=round(row.false_alarm_minutes, 1),
        leads=len(row.leads_h),
        lead_h_median=round(statistics.median(row.leads_h), 2) if row.leads_h else None,
        lead_h_least=round(min(row.leads_h), 2) if row.leads_h else None,
    )


def wilson(hits: int, of: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, p. 209); None, None of none.

    >>> wilson(8, 10)
    (0.4902, 0.9433)
    """
    if not of:
        return None, None
    share, square = hits / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * (share * (1 - share) / of + square / (4 * of * of)) ** 0.5
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)
