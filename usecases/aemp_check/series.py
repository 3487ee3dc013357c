"""The time series of one machine: each element asked for once, page by page as far as its links lead."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from urllib.parse import quote, urljoin

from usecases.aemp_check.documents import Document, Item
from usecases.aemp_check.fetch import XML, Fetcher, origin_of
from usecases.aemp_check.report import Report
from usecases.aemp_check.rules import parsed, value
from usecases.aemp_check.walk import Reader

ELEMENTS = (
    *("Locations", "CumulativeOperatingHours", "CumulativeFuelUsed", "FuelUsedInThePreceding24Hours", "Distance"),
    *("CautionCodes", "CumulativeIdleHours", "FuelRemainingRatio", "DEFRemainingRatio", "EngineCondition"),
    *("SwitchStatus", "CumulativePowerTakeOffHours", "AverageLoadFactorLast24", "MaximumSpeedLast24"),
    *("CumulativeLoadCount", "CumulativePayloadTotals", "CumulativeActiveRegenerationHours"),
    "CumulativeIdleNonOperatingHours",
)
COUNTERS = {
    "CumulativeOperatingHours": "Hour",
    "FuelUsed": "FuelConsumed",
    "Distance": "Odometer",
    "CumulativeIdleHours": "Hour",
    "CumulativePowerTakeOffHours": "Hour",
    "CumulativeLoadCount": "Count",
    "CumulativePayloadTotals": "Payload",
    "CumulativeActiveRegenerationHours": "Hour",
    "CumulativeIdleNonOperatingHours": "Hour",
}
_PAGES = 15  # of one element; two weeks of quarter hours are 14
_STUCK_S = 2 * 86_400


class SeriesCheck:
    """Asks for the series of one machine between two times."""

    def __init__(self, fetcher: Fetcher, report: Report, read: Reader) -> None:
        self._fetcher = fetcher
        self._report = report
        self._read = read

    async def check(self, pin: str, element: str, start: datetime, end: datetime) -> list[Item] | None:
        """The records of one element in time order; None when the server has no such series."""
        stamps = "/".join(f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (start, end))
        first = f"{self._fetcher.base}/Fleet/Equipment/{quote(pin, safe='')}/{element}/{stamps}/1"
        self._report.tried("series")
        records: list[Item] = []
        url: str | None = first
        visited: set[str] = set()
        while url is not None and len(visited) < _PAGES:
            visited.add(url)
            answer = await self._fetcher.get(url, accept=XML)
            if answer.status != 200:
                if url != first or answer.status != 404:
                    self._report.found("series", url, f"HTTP {answer.status}")
                return None
            document = self._read(answer)
            if document is None:
                return None
            records += document.records
            url = self._next(url, document, visited)
        self._check_times(first, records, start, end)
        return sorted(records, key=lambda record: record.at or "")

    def _next(self, url: str, document: Document, visited: set[str]) -> str | None:
        href = document.hrefs.get("next")
        if href is None:
            return None
        target = urljoin(url, href)
        if target in visited or not document.records:
            self._report.found("link_next", url, f"next = {href}")
            return None
        if origin_of(target) != self._fetcher.origin:
            self._report.found("link_host", url, f"next = {href}")
            return None
        return target

    def _check_times(self, where: str, records: Sequence[Item], start: datetime, end: datetime) -> None:
        report = self._report
        report.tried("series_span", "series_order")
        times = [at for record in records if (at := parsed(record.at)) is not None]
        for at in times:
            if not start <= at <= end:
                report.found("series_span", where, f"{at:%Y-%m-%dT%H:%M:%SZ}")
        if times not in (sorted(times), sorted(times, reverse=True)):
            report.found("series_order", where, "neither ascending nor descending")
        texts = [(r.at, tuple(r.fields.items())) for r in records]
        if len(set(texts)) < len(texts):
            report.found("series_order", where, f"{len(texts) - len(set(texts))} records twice")

    def check_values(self, where: str, found: dict[str, list[Item]]) -> None:
        """What series say together: counters grow, levels move, the engine's states alternate."""
        for name, key in COUNTERS.items():
            self._check_counter(f"{where} {name}", [r for rs in found.values() for r in rs if r.name == name], key)
        self._check_fuel(where, found)
        engine = found.get("EngineCondition", [])
        states = [record.fields.get("Running") for record in engine]
        if engine:
            self._report.tried("engine_changes")
        for before, after, record in zip(states, states[1:], engine[1:], strict=False):
            if before == after:
                self._report.found("engine_changes", f"{where} {record.at}", f"Running = {after} again")
                break

    def _check_counter(self, where: str, records: Sequence[Item], key: str) -> None:
        values = [(record.at, number) for record in records if (number := value(record, key)) is not None]
        if values:
            self._report.tried("counters")
        for (_, before), (at, after) in pairwise(values):
            if after < before:
                self._report.found("counters", f"{where} {at}", f"{key} {before} -> {after}")

    def _check_fuel(self, where: str, found: dict[str, list[Item]]) -> None:
        levels = found.get("FuelRemainingRatio", [])
        used = [n for record in found.get("CumulativeFuelUsed", []) if (n := value(record, "FuelConsumed")) is not None]
        times = [at for record in levels if (at := parsed(record.at)) is not None]
        if len(times) < 2 or (times[-1] - times[0]).total_seconds() < _STUCK_S:
            return
        self._report.tried("fuel_moves")
        percents = {record.fields.get("Percent") for record in levels}
        if len(percents) == 1 and (not used or used[-1] > used[0]):
            self._report.found("fuel_moves", f"{where} FuelRemaining", f"{percents.pop()} % since {levels[0].at}")
