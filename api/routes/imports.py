"""What the imports of master data have in common: their body, their parameters and their answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from api.body_types import type_of_body
from api.dependencies import Access, Signed
from api.schemas.geofences import FEATURES
from api.writes import Once, OnceOnly
from fleet.errors import UnsupportedMediaType
from storage.read_pool import Connection
from storage.users import Caller

CSV, GEOJSON = "text/csv", "application/geo+json"


def described(csv: str | None = None, geojson: dict[str, Any] | None = None) -> dict[str, Any]:
    """The request body of an import for the OpenAPI document: an example of each type that it takes."""
    content: dict[str, Any] = {}
    if csv is not None:
        content[CSV] = {"schema": {"type": "string"}, "example": csv}
    if geojson is not None:
        schema = {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}
        content[GEOJSON] = {"schema": schema, "example": geojson}
    return {"requestBody": {"required": True, "content": content}}


def media_type(request: Request, *taken: str) -> str:
    """The type of the body. Raises UnsupportedMediaType unless it is one of those taken."""
    found = type_of_body(request)
    if found not in taken:
        raise UnsupportedMediaType("wrong_content_type", taken=taken)
    return found


class Importer(Protocol):
    """A use case that takes a file: all of it, or nothing."""

    def __call__(
        self, conn: Connection, author: Caller, content: bytes, /, *, dry_run: bool, now: datetime
    ) -> Awaitable[object]:
        """Import the file, or only check it. Raises InvalidInput and RefusedImport."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody has sent to be imported, and who it was."""

    access: Access
    content: bytes
    is_geojson: bool
    once: OnceOnly
    dry_run: bool

    async def given_to(self, importer: Importer) -> Response:
        """The report of the import, which happens once for each Idempotency-Key."""
        access = self.access
        return await self.once(
            lambda: importer(access.conn, access.caller, self.content, dry_run=self.dry_run, now=access.now),
            status=200,
        )


def _file(*taken: str) -> Callable[..., Awaitable[File]]:
    async def read(
        request: Request,
        access: Signed,
        once: Once,
        dry_run: Annotated[bool, Query(description="Check everything and write nothing.")] = False,
    ) -> File:
        is_geojson = media_type(request, *taken) == GEOJSON
        return File(access, await request.body(), is_geojson, once, dry_run)

    return read


Table = Annotated[File, Depends(_file(CSV))]
Map = Annotated[File, Depends(_file(GEOJSON))]
TableOrMap = Annotated[File, Depends(_file(CSV, GEOJSON))]

ORGANISATIONS_CSV = "kind,name,parent,external_no\ncustomer,Demo Construction,,K-10023\n"
PEOPLE_CSV = "login,name,role,email\nwang.li,王丽,operator,wang.li@example.com\n"
SITES_CSV = (
    "name,time_zone,address,monday,tuesday,holidays\n"
    "North quarry,Asia/Shanghai,1 Quarry Road,08:00-12:00 13:00-17:30,08:00-17:30,2026-10-01 2026-10-02\n"
)
ROSTERS_CSV = (
    "roster,seat,role,weekdays,from,to,date,note\n"
    "Control centre,Hydraulics desk,expert,mon-fri,08:00,20:00,,\n"
    "Control centre,,,,,,2026-10-01,国庆节\n"
)
MACHINES_CSV = (
    "pin,name,serial_no,equipment_id,nominal_voltage_v,mode\n"
    "SY365HXCJPB209876,Excavator 13,SY365-9876,EX-13,24,in_service\n"
)
MODELS_CSV = (
    "name,kind,maker,nominal_voltage_v,fuel_tank_l,options\n"
    "SY365H,excavator,SANY,24,540,hammer_line|破碎锤管路|Hammer line\n"
)
TERMINALS_CSV = "name,hardware,iccid,sim_operator\nTBOX-000123,TB-4G rev C,89860012345678901238,China Mobile\n"
TRANSFERS_CSV = (
    "pin,to_organisation,at,document_no\n"
    "SY365HXCJPB201234,0198f3a2-0000-7000-8000-000000000007,2026-12-01T00:00:00+08:00,INV-2026-0417\n"
)
PLANS_CSV = "plan,kind,code,zh,en,task,every_h\nExcavator basics,excavator,oil,发动机机油,Engine oil,replace,500\n"
SITES_GEOJSON: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [121.4737, 31.2304]},
            "properties": {"name": "North quarry", "time_zone": "Asia/Shanghai"},
        }
    ],
}
GEOFENCES_GEOJSON: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": FEATURES["features"][0]["geometry"],
            "properties": {"name": "North quarry fence", "purpose": "site", "buffer_m": 20},
        }
    ],
}
