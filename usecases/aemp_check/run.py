"""One conformance check from the first request to the table of its outcomes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from usecases.aemp_check.documents import Document, Item, Machine, Unreadable, parse_json, parse_xml
from usecases.aemp_check.fetch import JSON, XML, Answer, Credentials, Fetcher, Limits, Stopped
from usecases.aemp_check.report import Report, Status
from usecases.aemp_check.rules import check_document
from usecases.aemp_check.series import ELEMENTS, SeriesCheck
from usecases.aemp_check.walk import Walk, Walker

_XML_TYPES = {XML, "text/xml"}
_UNKNOWN_PIN = "ECC-NO-SUCH-PIN-0"
_SPAN = timedelta(days=14)
Progress = Callable[[str, int], None]  # what is being done, and how many steps of it are


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is checked. `pins`: machines whose own answers are looked at; none: the first one of the fleet."""

    url: str
    credentials: Credentials
    pins: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    now: datetime


async def check_server(asked: Question, progress: Progress) -> Report:
    """Check a server. Never raises for what it answers; a server that cannot be asked any further ends the check."""
    report = Report()

    def throttled(url: str) -> None:
        report.found("retry_after", url, "429 without Retry-After in seconds")

    async with Fetcher(asked.url, asked.credentials, asked.limits, throttled=throttled) as fetcher:
        report.tried("answers", "bounded", "redirect")
        try:
            await fetcher.sign_in()
            await _Check(asked, fetcher, report, progress).run()
        except Stopped as stopped:
            report.found(stopped.key, stopped.where, stopped.said)
    return report


class _Check:
    def __init__(self, asked: Question, fetcher: Fetcher, report: Report, progress: Progress) -> None:
        self._asked = asked
        self._fetcher = fetcher
        self._report = report
        self._progress = progress

    async def run(self) -> None:
        self._progress("fleet", 0)
        first = await self._first_page()
        if first is None:
            return
        walker = Walker(
            self._fetcher,
            self._report,
            most_pages=self._asked.limits.pages,
            seen=lambda pages: self._progress("fleet", pages),
        )
        walk = await walker.walk(first, XML, self._read_xml)
        if not walk.pages:
            return
        await self._check_json(walk)
        await self._check_refusals(walk)
        machines = [machine for _, document in walk.pages for machine in document.machines]
        await self._check_machines(machines)

    async def _first_page(self) -> str | None:
        """/Fleet/1, or /Fleet where the server knows no page numbers."""
        said = []
        for path in ("/Fleet/1", "/Fleet"):
            answer = await self._fetcher.get(self._fetcher.base + path)
            if answer.status == 200:
                return self._fetcher.base + path
            said.append(f"{path}: HTTP {answer.status}")
        self._report.found("answers", self._fetcher.base, ", ".join(said))
        return None

    def _read_xml(self, answer: Answer) -> Document | None:
        self._report.tried("well_formed", "content_type")
        if answer.media_type not in _XML_TYPES:
            self._report.found("content_type", answer.url, answer.media_type or "none")
        try:
            document = parse_xml(answer.body)
        except Unreadable as error:
            self._report.found(error.key, answer.url, error)
            return None
        check_document(self._report, answer.url, document)
        return document

    async def _check_json(self, walk: Walk) -> None:
        """The same pages as JSON: another walk at another time, so what moved meanwhile is forgiven, nothing else."""
        self._progress("json", 0)
        machines: dict[str, Machine] = {}
        for place, (url, _) in enumerate(walk.pages):
            answer = await self._fetcher.get(url, accept=JSON)
            self._report.tried("json")
            if answer.status != 200 or "json" not in answer.media_type:
                self._report.found("json", url, f"HTTP {answer.status} {answer.media_type}")
                return
            try:
                document = parse_json(answer.body)
            except Unreadable as error:
                self._report.found("json", url, error, level=Status.FAIL)
                return
            self._report.tried("json_types")
            for text in document.texts[:3]:
                self._report.found("json_types", url, text)
            machines |= {machine.name: machine for machine in document.machines}
            self._progress("json", place + 1)
        self._compare(walk, machines)

    def _compare(self, walk: Walk, others: dict[str, Machine]) -> None:
        self._report.tried("json_agrees", "lost")
        missing = set(walk.names) ^ set(others)
        for name in sorted(missing)[:5]:
            self._report.found("lost", self._fetcher.base, f"{name} on one walk of two")
        for url, document in walk.pages:
            for machine in document.machines:
                other = others.get(machine.name)
                if other is not None:
                    self._compare_machine(f"{url} {machine.name}", machine, other)

    def _compare_machine(self, where: str, machine: Machine, other: Machine) -> None:
        if dict(machine.header) != dict(other.header):
            self._report.found("json_agrees", where, f"header {dict(machine.header)} and {dict(other.header)}")
        theirs = other.by_name
        for item in machine.items:
            twin = theirs.get(item.name)
            if twin is None:
                self._report.found("json_agrees", where, f"{item.name} in XML only")
            elif twin.at == item.at and not _same(item, twin):
                self._report.found(
                    "json_agrees", where, f"{item.name} {dict(item.fields)} and {dict(twin.fields)} at {item.at}"
                )
        for name in theirs.keys() - machine.by_name.keys():
            self._report.found("json_agrees", where, f"{name} in JSON only")

    async def _check_refusals(self, walk: Walk) -> None:
        self._progress("errors", 0)
        get, base, report = self._fetcher.get, self._fetcher.base, self._report
        first = walk.pages[0][0]
        answer = await get(first, signed=False)
        report.tried("no_token")
        if answer.status == 401:
            report.tried("www_authenticate")
            if "www-authenticate" not in answer.headers:
                report.found("www_authenticate", first, "401 without it")
        else:
            level = Status.WARN if answer.status == 403 else None
            report.found("no_token", first, f"HTTP {answer.status}", level=level)
        await self._refused("unknown_pin", f"{base}/Fleet/Equipment/{_UNKNOWN_PIN}", 404)
        pin = next((m.header["PIN"] for _, d in walk.pages for m in d.machines if m.header.get("PIN")), _UNKNOWN_PIN)
        await self._refused("bad_date", f"{base}/Fleet/Equipment/{quote(pin, safe='')}/Locations/yesterday/now/1", 400)
        report.tried("not_acceptable")
        answer = await get(first, accept="application/x-ecc-nonsense")
        if answer.status != 406:
            report.found("not_acceptable", first, f"HTTP {answer.status} {answer.media_type}")
        if walk.whole:
            await self._check_beyond(f"{base}/Fleet/{len(walk.pages) + 1}")

    async def _refused(self, key: str, url: str, status: int) -> None:
        answer = await self._fetcher.get(url)
        self._report.tried(key)
        if answer.status != status:
            level = Status.WARN if 400 <= answer.status < 500 else None
            self._report.found(key, url, f"HTTP {answer.status}", level=level)

    async def _check_beyond(self, url: str) -> None:
        answer = await self._fetcher.get(url)
        self._report.tried("beyond_last")
        if answer.status == 200:
            try:
                document = parse_xml(answer.body)
            except Unreadable:
                document = None
            if document is None or document.machines:
                self._report.found("beyond_last", url, "a page with machines" if document else "HTTP 200")
        elif answer.status >= 500:
            self._report.found("beyond_last", url, f"HTTP {answer.status}", level=Status.FAIL)

    async def _check_machines(self, machines: list[Machine]) -> None:
        known = {machine.header["PIN"]: machine for machine in machines if machine.header.get("PIN")}
        for pin in self._asked.pins or tuple(known)[:1]:
            await self._check_single(pin, known.get(pin))
            await self._check_series(pin)

    async def _check_single(self, pin: str, known: Machine | None) -> None:
        base, report = f"{self._fetcher.base}/Fleet/Equipment", self._report
        report.tried("single")
        url = f"{base}/{quote(pin, safe='')}"
        document = await self._single("single", url)
        if document is not None and [m.header.get("PIN") for m in document.machines] != [pin]:
            report.found("single", url, f"PIN {[m.header.get('PIN') for m in document.machines]}")
        names = [(known.header if known else {}).get(key) for key in ("OEMName", "Model", "SerialNumber")]
        if all(names):
            report.tried("single_make_model")
            path = "/".join(quote(str(name), safe="") for name in names)
            await self._single("single_make_model", f"{base}/MakeModelSerial/{path}")

    async def _single(self, key: str, url: str) -> Document | None:
        answer = await self._fetcher.get(url)
        if answer.status != 200:
            self._report.found(key, url, f"HTTP {answer.status}")
            return None
        return self._read_xml(answer)

    async def _check_series(self, pin: str) -> None:
        check = SeriesCheck(self._fetcher, self._report, self._read_xml)
        end = self._asked.now.replace(microsecond=0)
        found: dict[str, list[Item]] = {}
        for place, element in enumerate(ELEMENTS):
            self._progress("series", place)
            records = await check.check(pin, element, end - _SPAN, end)
            if records is not None:
                found[element] = records
        if not found:
            self._report.found("series", f"{self._fetcher.base}/Fleet/Equipment/{pin}", "none")
        check.check_values(pin, found)
        self._progress("series", len(ELEMENTS))


def _same(one: Item, other: Item) -> bool:
    return one.fields.keys() == other.fields.keys() and all(
        _equal(text, other.fields[name]) for name, text in one.fields.items()
    )


def _equal(one: str, other: str) -> bool:
    try:
        return one == other or abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(one)))
    except ValueError:
        return False
