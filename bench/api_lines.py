"""What the API bench asks: each line of its table is one sort of request by one person. Limits: bench.api_kinds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench.api_client import ARROW, JSON, Client
from bench.api_size import DEALER, EXPERT, OWNER, SIGNALS, Size

SORTS = ("name", "-name", "pin", "-pin", "kind", "-kind", "measured_at", "-measured_at", "severity")
ALARM_SORTS = ("severity", "-raised_at", "raised_at", "-committed_at")
MATRIX = ("engine_speed_rpm", "fuel_level_pct", "engine_hours_h", "engine_coolant_temp_degc", "battery_voltage_v")
DEEP_PAGES = 10
Path = Callable[[random.Random], str]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What there is to ask for: the history's end, ids by person, and the values that filters take."""

    end: datetime
    machines: Mapping[str, Sequence[str]]
    hourly: Mapping[str, Sequence[str]]
    minutes: Mapping[str, Sequence[str]]
    raw: Sequence[str]
    filters: Mapping[str, Mapping[str, str]]  # name -> parameters of the list


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table. `least` is how many entries its first answer must have (bytes, where it is no list)."""

    name: str
    who: str
    path: Path
    accept: str = JSON
    least: int = 1
    share: float = 1.0  # of the requests a line gets

    @property
    def key(self) -> str:
        """Its name in the results."""
        return f"{self.name} ({self.who.removeprefix('bench-')})"


def fixed(path: str, **parameters: object) -> Path:
    """The same request each time."""
    text = f"/api/v1{path}?{urlencode(parameters, doseq=True)}" if parameters else f"/api/v1{path}"
    return lambda _: text


def one_of(machines: Sequence[str], suffix: str = "", **parameters: object) -> Path:
    """A request about any of the machines."""
    tail = f"{suffix}?{urlencode(parameters)}" if parameters else suffix
    return lambda chance: f"/api/v1/machines/{chance.choice(machines)}{tail}"


def all_lines(known: Known, clients: Mapping[str, Client], size: Size) -> Iterator[Line]:
    """Every line, those of endpoints that are not there yet left out."""
    for who in (EXPERT, DEALER, OWNER):
        yield Line(name="state of one machine", who=who, path=one_of(known.machines[who], "/state"))
        yield from _pages(known, who)
        yield from _readings(known, who)
        yield from _alarms(known, who)
    yield _deep("/machines", clients[EXPERT], sort="name")
    yield _deep("/alarms", clients[EXPERT], sort="severity")
    yield from _fleet(clients[EXPERT], size)
    yield from _single(known, clients[EXPERT])


def _pages(known: Known, who: str) -> Iterator[Line]:
    for sort in SORTS:
        yield Line(
            name=f"page of 50, {sort}",
            who=who,
            path=fixed("/machines", sort=sort, limit=50),
            least=50,
        )
    for name, given in known.filters.items():
        for sort in ("name", "-measured_at", "severity") if who == EXPERT else ("name",):
            yield Line(
                name=f"page of 50, {name}, {sort}",
                who=who,
                path=fixed("/machines", sort=sort, limit=50, **given),
                least=1 if who == EXPERT and "none" not in name else 0,
                share=0.5,
            )


def _span(end: datetime, days: int) -> dict[str, str]:
    return {"from": _text(end - timedelta(days=days)), "to": _text(end)}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _readings(known: Known, who: str) -> Iterator[Line]:
    asked = {"signals": ",".join(SIGNALS), "max_points": 1000}
    spans = (("24 h of 4 signals", 1, known.minutes[who]), ("90 days", 90, known.hourly[who]))
    for name, days, machines in spans:
        path = one_of(machines, "/readings", **_span(known.end, days), **asked)
        yield Line(name=f"{name}, JSON", who=who, path=path, least=5_000)
        if who == EXPERT:
            yield Line(name=f"{name}, Arrow", who=who, path=path, accept=ARROW, least=5_000)


def _alarms(known: Known, who: str) -> Iterator[Line]:
    given: dict[str, dict[str, object]] = {sort: {"sort": sort} for sort in ALARM_SORTS}
    given |= {
        "severity, two severities": {"sort": "severity", "severity": ["medium", "low"]},
        "severity, one kind of machine": {"sort": "severity", "kind": "truck_crane"},
        "severity, not acknowledged": {"sort": "severity", "acknowledged": "false"},
        "severity, rules' only": {"sort": "severity", "source_kind": "rule"},
        "-raised_at, critical": {"severity": "critical"},
    }
    for name, parameters in given.items():
        yield Line(
            name=f"50 standing alarms, {name}",
            who=who,
            path=fixed("/alarms", state="active", limit=50, **parameters),
            least=1,
        )
    machines = known.machines[who]
    yield Line(
        name="alarms of one machine",
        who=who,
        path=lambda chance: f"/api/v1/alarms?machine={chance.choice(machines)}",
        least=0,
    )


def _deep(path: str, client: Client, *, sort: str) -> Line:
    """A page far behind the first."""
    cursor = ""
    for _ in range(DEEP_PAGES):
        more = {"cursor": cursor} if cursor else {}
        page = client.read(fixed(path, sort=sort, limit=500, **more)(random.Random()))
        cursor = page["next_cursor"] or cursor
    name = f"{'page of 50' if path == '/machines' else '50 alarms'}, {sort}, a page behind {DEEP_PAGES * 500}"
    return Line(name=name, who=EXPERT, path=fixed(path, sort=sort, limit=50, cursor=cursor))


def _fleet(client: Client, size: Size) -> Iterator[Line]:
    """What shows everybody at once; heavy, so each gets few requests."""
    machines = {EXPERT: size.machines, DEALER: size.dealt, OWNER: size.owned}
    for who, count in machines.items():
        yield Line(
            name="all last positions, Arrow",
            who=who,
            path=fixed("/fleet/positions"),
            accept=ARROW,
            least=count * 20,
            share=0.2,
        )
        matrix = fixed("/fleet/matrix", signals=",".join(MATRIX))
        if client.exists(matrix(random.Random()), ARROW):
            yield Line(
                name="5 signals of all, Arrow",
                who=who,
                path=matrix,
                accept=ARROW,
                least=count,
                share=0.1,
            )
    snapshot = "/aemp/2.0/Fleet/1"
    if client.exists(snapshot):
        yield Line(name="ISO snapshot of 100", who=EXPERT, path=lambda _: snapshot, least=10_000)


def _single(known: Known, client: Client) -> Iterator[Line]:
    missing = one_of(known.minutes[EXPERT], "/missing", **_span(known.end, 30))
    if client.exists(missing(random.Random(1))):
        yield Line(name="missing minutes of 30 days", who=EXPERT, path=missing, least=1)
    raw = one_of(known.raw, "/readings", **_span(known.end, 1), resolution="raw", signals=",".join(SIGNALS))
    if client.exists(raw(random.Random(1)), ARROW):
        yield Line(name="86,400 readings, Arrow", who=EXPERT, path=raw, accept=ARROW, least=100_000, share=0.05)
