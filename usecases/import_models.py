"""Models from CSV; known models, by name, are changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from storage.models import find_model_by_name
from storage.ownership import bumped_once
from storage.read_pool import Connection
from usecases import edit_models
from usecases.edited import shown
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, number, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author

REQUIRED = ("name",)
_NUMBERS = ("slot_s", "fuel_tank_l", "def_tank_l", "rated_engine_speed_rpm")
_LISTS = ("preferred_source_addresses", "expected_signals", "options")
OPTIONAL = ("kind", "maker", "nominal_voltage_v", *_NUMBERS, *_LISTS)
_COLUMNS = Columns(names=(*REQUIRED, *OPTIONAL), stand_ins={"name": {"name": "#"}})


async def import_models(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    catalogue: Catalogue,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Add or change models: all of them, or none and what is wrong with each line. An empty cell leaves what is there.

    Lists are separated by `;`; an option is `code|zh|en`. Raises Forbidden, InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)

    async def put(entry: Entry) -> Outcome:
        values = _values(entry.cells)
        known = await find_model_by_name(conn, str(entry.cells["name"]))
        if known is None:
            new = {"name": entry.cells["name"], **values}
            await edit_models.create_entry(conn, author, edit_models.MODEL, new, catalogue=catalogue, now=now)
            return "created"
        before = shown(known)
        changed = {name: value for name, value in values.items() if before[name] != value}
        if not changed:
            return "unchanged"
        await edit_models.change_entry(
            conn, author, edit_models.MODEL, known.id, changed, version=None, catalogue=catalogue, now=now
        )
        return "updated"

    async def prepare(_: bool) -> Importer:
        return Importer(put=put)

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


def _values(cells: Mapping[str, Any]) -> dict[str, Any]:
    """The members that the line says something of. Raises InvalidInput."""
    values: dict[str, Any] = {name: cells[name] for name in ("kind", "maker") if cells.get(name) is not None}
    values |= {name: number(cells, name) for name in _NUMBERS if cells.get(name) is not None}
    if (voltage := number(cells, "nominal_voltage_v")) is not None:
        values["nominal_voltage_v"] = int(voltage) if voltage.is_integer() else voltage
    for name in _LISTS:
        if cells.get(name) is not None:
            values[name] = [part.strip() for part in str(cells[name]).split(";") if part.strip()]
    if "preferred_source_addresses" in values:
        addresses = values["preferred_source_addresses"]
        if not all(address.isdecimal() for address in addresses):
            raise InvalidInput("import_addresses_wrong", where="preferred_source_addresses", found=";".join(addresses))
        values["preferred_source_addresses"] = [int(address) for address in addresses]
    if "options" in values:
        values["options"] = [_option(text) for text in values["options"]]
    return values


def _option(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3:
        raise InvalidInput("import_option_unreadable", where="options", found=text)
    return dict(zip(("code", "zh", "en"), parts, strict=True))
