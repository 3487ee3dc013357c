"""Another maker's ISO 15143-3 server on loopback: a right one, whose answers a test can spoil as real ones are."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
NAMESPACE = "http://standards.iso.org/iso/15143/-3"
MACHINES = 250
TOKEN = "let me in"
SERIES = {
    "Locations": ("LocationMessages", "Location"),
    "CumulativeOperatingHours": ("CumulativeOperatingHoursMessages", "CumulativeOperatingHours"),
    "CumulativeFuelUsed": ("FuelUsedMessages", "FuelUsed"),
    "FuelRemainingRatio": ("FuelRemainingMessages", "FuelRemaining"),
    "EngineCondition": ("EngineStatusMessages", "EngineStatus"),
    "SwitchStatus": ("SwitchStatusMessages", "SwitchStatus"),
}


@dataclass(frozen=True)
class Reply:
    """What is sent; a `raw` function writes what it likes instead."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Call:
    """What was asked."""

    path: str
    accept: str
    signed: bool
    number: int  # of this server's calls, from 1


Spoil = Callable[[Call, Reply], Reply]


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def observation(name: str, at: datetime, hour: float) -> dict[str, object]:
    fields: dict[str, dict[str, object]] = {
        "Location": {"Latitude": 31.2, "Longitude": 121.4, "Altitude": 4.5, "AltitudeUnits": "metre"},
        "CumulativeOperatingHours": {"Hour": 1000 + hour},
        "FuelUsed": {"FuelUnits": "litre", "FuelConsumed": 5000 + hour * 10},
        "CumulativeIdleHours": {"Hour": 100 + hour / 10},
        "FuelRemaining": {
            "Percent": 50 + hour % 40,
            "FuelTankCapacityUnits": "litre",
            "FuelTankCapacity": 400,
        },
        "EngineStatus": {"EngineNumber": "1", "Running": int(hour) % 2 == 0},
    }
    return {"datetime": stamp(at)} | fields[name]


def machine(number: int) -> dict[str, object]:
    header = {
        "UnitInstallDateTime": "2024-05-01T00:00:00Z",
        "OEMName": "Other & Co",
        "Model": "EX/1",
        "EquipmentID": f"E{number}",
        "SerialNumber": f"S{number}",
        "PIN": f"OTHER{number:04}",
    }
    names = (
        "Location",
        "CumulativeOperatingHours",
        "FuelUsed",
        "CumulativeIdleHours",
        "FuelRemaining",
        "EngineStatus",
    )
    return {"EquipmentHeader": header} | {name: observation(name, NOW, number) for name in names}


def as_xml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("&", "&amp;").replace("<", "&lt;")


def element(name: str, members: dict[str, object]) -> str:
    inside = "".join(
        element(key, value) if isinstance(value, dict) else f"<{key}>{as_xml(value)}</{key}>"
        for key, value in members.items()
        if key != "datetime"
    )
    at = f' datetime="{members["datetime"]}"' if "datetime" in members else ""
    return f"<{name}{at}>{inside}</{name}>"


def document(
    root: str, links: list[tuple[str, str]], name: str, entries: list[dict[str, object]], accept: str
) -> Reply:
    if "json" in accept:
        body = {
            "version": "1",
            "snapshotTime": stamp(NOW),
            "Links": [{"rel": rel, "href": href} for rel, href in links],
            name: entries,
        }
        return Reply(headers={"content-type": "application/json"}, body=json.dumps({root: body}).encode())
    inside = "".join(f"<Links><rel>{rel}</rel><href>{as_xml(href)}</href></Links>" for rel, href in links)
    inside += "".join(element(name, entry) for entry in entries)
    head = f'<{root} version="1" snapshotTime="{stamp(NOW)}" xmlns="{NAMESPACE}">'
    return Reply(headers={"content-type": "application/xml"}, body=f"{head}{inside}</{root}>".encode())


class OtherServer:
    """Serves on 127.0.0.1; `spoil` changes its answers."""

    def __init__(self, spoil: Spoil | None = None) -> None:
        self.spoil = spoil
        self.calls: list[Call] = []
        self.base = ""

    def answer(self, call: Call) -> Reply:
        if not call.signed:
            return Reply(401, {"www-authenticate": "Bearer"})
        if not any(known in call.accept for known in ("xml", "json", "*/*")):
            return Reply(406)
        if page := re.fullmatch(r"/Fleet(?:/(\d+))?", call.path):
            return self._fleet(int(page.group(1) or 1), call.accept)
        parts = call.path.split("/")[3:]
        if parts[0] == "MakeModelSerial":
            parts = [f"OTHER{int(parts[3][1:]):04}", *parts[4:]]
        if not parts[0].startswith("OTHER"):
            return Reply(404)
        if len(parts) == 1:
            whole = document("Fleet", [], "Equipment", [machine(int(parts[0][5:]))], "xml").body.decode()
            found = re.search(r"<Equipment>(.*)</Equipment>", whole)
            head = f'<Equipment version="1" snapshotTime="{stamp(NOW)}" xmlns="{NAMESPACE}">'
            return Reply(headers={"content-type": "text/xml"}, body=f"{head}{found[1]}</Equipment>".encode())
        return self._series(parts, call.accept)

    def _fleet(self, number: int, accept: str) -> Reply:
        numbers = range(1, MACHINES + 1)[(number - 1) * 100 : number * 100] if number else []
        if not numbers:
            return Reply(404)
        links = [("self", number), ("prev", number - 1), ("next", number + 1), ("last", 3)]
        hrefs = [(rel, f"{self.base}/Fleet/{n}") for rel, n in links if 1 <= n <= 3]
        return document("Fleet", hrefs, "Equipment", [machine(n) for n in numbers], accept)

    def _series(self, parts: list[str], accept: str) -> Reply:
        if parts[1] not in SERIES:
            return Reply(404)
        try:
            start, end = (datetime.strptime(t, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for t in parts[2:4])
        except ValueError:
            return Reply(400)
        root, name = SERIES[parts[1]]
        hours = [] if name == "SwitchStatus" else range(1, 150)
        entries = [observation(name, start + timedelta(hours=2 * h), h) for h in hours]
        page, pages = int(parts[4]), -(-len(entries) // 100) or 1
        path = f"{self.base}/Fleet/Equipment/{'/'.join(parts[:4])}"
        links = [("self", page), ("prev", page - 1), ("next", page + 1), ("last", pages)]
        hrefs = [(rel, f"{path}/{n}") for rel, n in links if 1 <= n <= pages]
        assert start < end
        return document(root, hrefs, name, entries[(page - 1) * 100 : page * 100], accept)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.split("\r\n")
            headers = {k.lower(): v for k, _, v in (item.partition(": ") for item in rest)}
            path = line.split(" ")[1].partition("?")[0]
            call = Call(
                path, headers.get("accept", ""), headers.get("authorization") == f"Bearer {TOKEN}", len(self.calls) + 1
            )
            self.calls.append(call)
            reply = self.answer(call)
            if self.spoil is not None:
                reply = self.spoil(call, reply)
            if reply.raw is not None:
                await reply.raw(writer)
            else:
                lines = [f"HTTP/1.1 {reply.status} X", "connection: close", f"content-length: {len(reply.body)}"]
                lines += [f"{key}: {value}" for key, value in reply.headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(spoil: Spoil | None = None) -> AsyncIterator[OtherServer]:
    """The server with these answers, until the block ends."""
    other = OtherServer(spoil)
    server = await asyncio.start_server(other.handle, "127.0.0.1", 0)
    other.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield other
    finally:
        server.close()


def texts(old: str, new: str, *, path: str = "", times: int = -1) -> Spoil:
    """Spoils the XML (and, where `old` occurs there, the JSON) of addresses that contain `path`."""

    def spoil(call: Call, reply: Reply) -> Reply:
        if path not in call.path:
            return reply
        return replace(reply, body=reply.body.replace(old.encode(), new.encode(), times))

    return spoil
