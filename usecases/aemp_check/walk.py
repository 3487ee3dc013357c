"""Walking the pages: by their links, as far as they lead, and once more in the other representation."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from usecases.aemp_check.documents import Document
from usecases.aemp_check.fetch import Answer, Fetcher, origin_of
from usecases.aemp_check.report import Report, Status

FULL_PAGE = 100
_PAGE = re.compile(r"/Fleet/(\d+)$")

Reader = Callable[[Answer], Document | None]
Seen = Callable[[int], None]


@dataclass(slots=True)
class Walk:
    """The pages in order and the machines on them. `whole`: the walk came to an end by itself."""

    pages: list[tuple[str, Document]] = field(default_factory=list)
    whole: bool = False

    @property
    def names(self) -> list[str]:
        """Machines in order, with repetitions."""
        return [machine.name for _, document in self.pages for machine in document.machines]


class Walker:
    """Follows `next` and says what is wrong with the links on the way."""

    def __init__(self, fetcher: Fetcher, report: Report, *, most_pages: int, seen: Seen) -> None:
        self._fetcher = fetcher
        self._report = report
        self._most = most_pages
        self._seen = seen

    async def walk(self, first_url: str, accept: str, read: Reader) -> Walk:
        """From the first page on; stops at a loop, an unreadable page, or the most pages allowed."""
        done = Walk()
        visited: set[str] = set()
        url: str | None = first_url
        while url is not None and len(done.pages) < self._most:
            visited.add(url)
            document = await self._page(url, accept, read)
            if document is None:
                return done
            done.pages.append((url, document))
            self._seen(len(done.pages))
            self._check_links(url, document, number=len(done.pages))
            url = self._next(url, document, visited)
        done.whole = url is None
        self._check_pages(done)
        return done

    async def _page(self, url: str, accept: str, read: Reader) -> Document | None:
        answer = await self._fetcher.get(url, accept=accept)
        if answer.status != 200:
            self._report.found("link_next", url, f"HTTP {answer.status}")
            return None
        return read(answer)

    def _next(self, url: str, document: Document, visited: set[str]) -> str | None:
        href = document.hrefs.get("next")
        self._report.tried("link_next")
        if not document.machines and len(visited) > 1:
            self._report.found("link_next", url, "next led to a page without machines")
            return None
        if href is None:
            return None
        target = urljoin(url, href)
        if target in visited:
            self._report.found("link_next", url, f"next = {href}, a page already seen")
        elif origin_of(target) == self._fetcher.origin:
            return target
        return None

    def _check_links(self, url: str, document: Document, *, number: int) -> None:
        report, hrefs = self._report, document.hrefs
        report.tried("link_self", "link_numbers", "link_host", "link_absolute")
        if "self" not in hrefs:
            report.found("link_self", url, "no self", level=Status.WARN)
        elif not _same_page(urljoin(url, hrefs["self"]), url, number):
            report.found("link_self", url, f"self = {hrefs['self']}")
        for rel, href in hrefs.items():
            self._check_link(url, rel, href)
        if number > 1:
            report.tried("link_prev")
            if "prev" not in hrefs:
                report.found("link_prev", url, f"page {number} has none")

    def _check_link(self, url: str, rel: str, href: str) -> None:
        target, said = urljoin(url, href), f"{rel} = {href}"
        if origin_of(target) != self._fetcher.origin:
            self._report.found("link_host", url, said)
        if target != href:
            self._report.found("link_absolute", url, said)
        if _number(target) == 0:
            self._report.found("link_numbers", url, said)

    def _check_pages(self, walk: Walk) -> None:
        report = self._report
        report.tried("page_size", "repeated", "link_last")
        for place, (url, document) in enumerate(walk.pages):
            count, is_last = len(document.machines), place == len(walk.pages) - 1
            if count > FULL_PAGE:
                report.found("page_size", url, f"{count} machines")
            elif count < FULL_PAGE and not is_last:
                report.found("page_size", url, f"{count} machines, and others follow")
            if "last" not in document.hrefs:
                report.found("link_last", url, "no last")
        _check_repetitions(report, walk)
        last = walk.pages[-1][1].hrefs.get("last") if walk.pages else None
        if walk.whole and last is not None:
            number = _number(urljoin(walk.pages[-1][0], last))
            if number is not None and number != len(walk.pages):
                report.found("link_last", walk.pages[-1][0], f"last = {last} on page {len(walk.pages)}")


def _check_repetitions(report: Report, walk: Walk) -> None:
    first_on: dict[str, str] = {}
    for url, document in walk.pages:
        for machine in document.machines:
            if machine.name in first_on:
                report.found("repeated", url, f"{machine.name}, first on {first_on[machine.name]}")
            first_on.setdefault(machine.name, url)


def _number(url: str) -> int | None:
    found = _PAGE.search(urlsplit(url).path)
    return int(found.group(1)[:9]) if found else None


def _same_page(said: str, asked: str, number: int) -> bool:
    """True when both are one page: /Fleet is /Fleet/1, and what else an address carries does not matter."""
    return _number(said) == (_number(asked) or number) if _number(said) is not None else _path(said) == _path(asked)


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")
