"""Machines from CSV, with their models, owners, sites, terminals and SIM cards; known machines are changed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fleet.errors import Conflict, EccError
from fleet.signals import Catalogue
from storage import installations, machine_master, models, sites, terminals_master
from storage.keyset import PageOf
from storage.machine_master import MachineMaster
from storage.organisations import OrganisationRow
from storage.ownership import bumped_once
from storage.read_scope import Connection
from usecases import edit_machines, edit_models, edit_organisations, edit_sites, edit_terminals, install_terminals
from usecases.import_entries import (
    Directory,
    Entry,
    ImportReport,
    Outcome,
    Progress,
    WrongCell,
    number,
    read_csv,
    run_import,
)
from usecases.master_data import Author

REQUIRED = ("pin",)
MACHINE = ("name", "serial_no", "equipment_id", "nominal_voltage_v", "mode", "mode_reason", "options")
TERMINAL = ("hardware", "firmware", "clock_offset_s", "coordinate_system")
SIM = ("iccid", "imsi", "msisdn", "sim_operator", "sim_valid_to", "sim_status")
OPTIONAL = (
    *MACHINE,
    *("model", "kind", "maker", "organisation", "parent_organisation", "site", "time_zone", "terminal"),
    *TERMINAL,
    *SIM,
)
_COLUMN_OF = {
    "serial number": "serial_no",
    "equipment id": "equipment_id",
    "this PIN": "pin",
    "SIM": "iccid",
    "terminal": "terminal",
}


@dataclass(slots=True)
class Lookup:
    """What the lines of one file refer to, read once and kept up to date."""

    catalogue: Catalogue
    directory: Directory
    create_organisations: bool
    kinds: list[str]
    machines: dict[str, MachineMaster]
    models: dict[str, models.Model]
    sites: dict[tuple[int | None, str], UUID]


async def import_machines(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    catalogue: Catalogue,
    create_organisations: bool = False,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Register or change machines, which are known by PIN: all of them, or none and what is wrong with each line.

    An empty cell leaves what is there. A new machine has a name; it gets a terminal, of the PIN's name unless
    `terminal` says another, installed since the beginning of time. A model that is not there is made for the platform
    only; so is, with `create_organisations`, an organisation under its parent_organisation. Raises InvalidInput and
    RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    pins = Counter(entry.cells["pin"] for entry in entries)
    kinds = await models.list_entries(conn, models.KINDS, PageOf(sort="created_at", after=None, limit=1000), {})
    lookup = Lookup(
        catalogue=catalogue,
        directory=await Directory.of(conn, author.scope),
        create_organisations=create_organisations and author.scope.sees_all,
        kinds=[kind.resource.code for kind in kinds],
        machines=await machine_master.list_by_pins(conn, [str(pin) for pin in pins if pin], now=now),
        models={},
        sites={(row.organisation_id, row.name): row.public_id for row in await sites.list_all(conn, author.scope)},
    )

    async def put(entry: Entry) -> Outcome:
        if entry.cells["pin"] is None:
            raise WrongCell("pin", "pin is empty")
        if pins[entry.cells["pin"]] > 1:
            raise WrongCell("pin", f"pin {entry.cells['pin']!r} stands more than once in the file")
        known_sites = dict(lookup.sites)
        machine = lookup.machines.get(str(entry.cells["pin"]))
        owner = await _owner(conn, author, lookup, entry.cells, machine, now=now)
        try:
            async with conn.transaction():
                return await _put(conn, author, lookup, entry.cells, machine, owner=owner, now=now)
        except EccError as wrong:
            lookup.sites = known_sites
            if not isinstance(wrong, Conflict):
                raise
            column = next((column for words, column in _COLUMN_OF.items() if words in wrong.detail), "pin")
            raise WrongCell(column, wrong.detail) from None

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, put, columns=(*REQUIRED, *OPTIONAL), dry_run=dry_run, progress=progress)


async def _put(
    conn: Connection,
    author: Author,
    lookup: Lookup,
    cells: Mapping[str, Any],
    machine: MachineMaster | None,
    *,
    owner: OrganisationRow | None,
    now: datetime,
) -> Outcome:
    if machine is not None and not author.scope.sees_all and machine.owner not in author.scope.organisations:
        raise WrongCell("pin", f"pin {cells['pin']!r} is of a machine that is not yours to change")
    values = await _values(conn, author, lookup, cells, owner, now=now)
    if machine is None:
        given = {"pin": cells["pin"], "organisation_id": None if owner is None else owner.public_id, **values}
        if "name" not in given:
            raise WrongCell("name", "name is empty: a new machine has one")
        made = await edit_machines.create_machine(conn, author, given, now=now)
        await _put_terminal(conn, author, made, cells, is_new=True, now=now)
        return "created"
    changed = {name: value for name, value in values.items() if getattr(machine, name, None) != value}
    if changed.keys() - {"mode_reason"}:
        await edit_machines.change_machine(conn, author, str(machine.id), changed, version=None, now=now)
    else:
        changed = {}
    of_terminal = await _put_terminal(conn, author, machine, cells, is_new=False, now=now)
    return "updated" if changed or of_terminal else "unchanged"


async def _owner(
    conn: Connection,
    author: Author,
    lookup: Lookup,
    cells: Mapping[str, Any],
    machine: MachineMaster | None,
    *,
    now: datetime,
) -> OrganisationRow | None:
    """The organisation of the line: of a new machine its owner, of a known one the same as before."""
    name, parent = cells.get("organisation"), cells.get("parent_organisation")
    if name is None:
        if parent is not None:
            raise WrongCell("parent_organisation", "parent_organisation without an organisation")
        return None if author.scope.sees_all or machine is not None else lookup.directory.get(None)
    if lookup.create_organisations and not lookup.directory.named(str(name)):
        above = None if parent is None else lookup.directory.get(parent, "parent_organisation")
        made = await edit_organisations.insert(conn, author, {"kind": "customer", "name": name}, above, now=now)
        lookup.directory.add(made)
    found = lookup.directory.get(name)
    if parent is not None and found.parent_name != parent:
        place = f"under {found.parent_name}" if found.parent_name else "at the root"
        raise WrongCell("parent_organisation", f"{name} is {place}, not under {parent}")
    if machine is not None and machine.owner != found.organisation_id:
        raise WrongCell("organisation", f"{name} does not own the machine: a sale is recorded as a transfer")
    return found


async def _values(
    conn: Connection,
    author: Author,
    lookup: Lookup,
    cells: Mapping[str, Any],
    owner: OrganisationRow | None,
    *,
    now: datetime,
) -> dict[str, Any]:
    """The members of the machine that the line says something of."""
    names = {"serial_no": "serial_number"}
    values: dict[str, Any] = {names.get(n, n): cells[n] for n in MACHINE if cells.get(n) is not None}
    if "nominal_voltage_v" in values:
        if values["nominal_voltage_v"] not in ("12", "24"):
            raise WrongCell(
                "nominal_voltage_v", f"nominal_voltage_v {values['nominal_voltage_v']!r} is neither 12 nor 24"
            )
        values["nominal_voltage_v"] = int(values["nominal_voltage_v"])
    if "options" in values:
        values["options"] = sorted({code.strip() for code in values["options"].split(";") if code.strip()})
    if cells.get("kind") is not None and cells["kind"] not in lookup.kinds:
        raise WrongCell("kind", f"kind {cells['kind']!r} is not one of {', '.join(lookup.kinds)}")
    if cells.get("model") is not None:
        values["model_id"] = (await _model(conn, author, lookup, cells, values, now=now)).id
    if cells.get("site") is not None:
        values["site_id"] = await _site(conn, author, lookup, cells, owner, now=now)
    return values


async def _model(
    conn: Connection,
    author: Author,
    lookup: Lookup,
    cells: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> models.Model:
    name = str(cells["model"])
    found = lookup.models.get(name) or await models.find_model_by_name(conn, name)
    if found is None:
        if not author.scope.sees_all:
            raise WrongCell("model", f"model {name!r} is not in the catalogue; the platform adds it")
        if cells.get("kind") is None:
            raise WrongCell("kind", f"kind is empty: the model {name} is new")
        voltage = values.get("nominal_voltage_v")
        new = {"name": name, "kind": cells["kind"], "maker": cells.get("maker"), "nominal_voltage_v": voltage}
        found = await edit_models.create_entry(
            conn, author, edit_models.MODEL, new, catalogue=lookup.catalogue, now=now
        )
    elif cells.get("kind") not in (None, found.kind):
        raise WrongCell("kind", f"kind {cells['kind']!r}: the model {name} is of the kind {found.kind}")
    return found


async def _site(
    conn: Connection,
    author: Author,
    lookup: Lookup,
    cells: Mapping[str, Any],
    owner: OrganisationRow | None,
    *,
    now: datetime,
) -> UUID:
    """The owner's site of this name, made when there is none."""
    keeper = owner or lookup.directory.get(None)
    key = (keeper.organisation_id, str(cells["site"]))
    if key not in lookup.sites:
        values = {"name": key[1], "time_zone": cells.get("time_zone") or "UTC"}
        made = await edit_sites.insert(conn, author, values, keeper, now=now)
        lookup.sites[key] = made.public_id
    return lookup.sites[key]


async def _put_terminal(
    conn: Connection, author: Author, machine: MachineMaster, cells: Mapping[str, Any], *, is_new: bool, now: datetime
) -> bool:
    """Put the line's terminal on the machine, or change the one that is; True when that changed anything."""
    there = [] if is_new else await installations.list_open(conn, machine.machine_id, at=now)
    name = cells.get("terminal") or (there[0].terminal if there else cells["pin"] if is_new else None)
    if name is None:
        return False
    if there and name not in {one.terminal for one in there}:
        raise WrongCell("terminal", f"terminal {name!r}: the machine has {there[0].terminal}; swap them instead")
    if not edit_terminals.NAME.fullmatch(name):
        raise WrongCell("terminal", f"terminal {name!r} {edit_terminals.NAME_WORDS}")
    keeper = machine.organisation_id
    terminal_id, changed = await put_terminal(conn, author, {**cells, "name": name}, keeper=keeper, now=now)
    if there:
        return changed
    if await installations.find_of_terminal(conn, terminal_id, at=now) is not None:
        raise WrongCell("terminal", f"terminal {name!r} is already in use")
    from_at = None if is_new else now
    reference = str(machine.id)
    await install_terminals.install(conn, author, reference, terminal_id, from_at=from_at, now=now)
    return True


async def put_terminal(
    conn: Connection, author: Author, cells: Mapping[str, Any], *, keeper: UUID | None, now: datetime
) -> tuple[UUID, bool]:
    """Register the terminal of a line, or change the one of its name; its id, and whether anything changed."""
    values: dict[str, Any] = {name: cells[name] for name in TERMINAL if cells.get(name) is not None}
    if "clock_offset_s" in values:
        values["clock_offset_s"] = number(cells, "clock_offset_s")
    if cells.get("iccid") is not None:
        renamed = {"sim_operator": "operator", "sim_valid_to": "valid_to", "sim_status": "status"}
        values["sim"] = {renamed.get(n, n): cells[n] for n in SIM if cells.get(n) is not None}
    known = await terminals_master.find_terminal_by_name(conn, author.scope, str(cells["name"]), now=now)
    if known is None:
        new = {"name": cells["name"], "organisation_id": keeper, **values}
        return (await edit_terminals.create_terminal(conn, author, new, now=now)).id, True
    sim = values.get("sim")
    if sim is not None and known.sim is not None and {**known.sim, **sim} == known.sim:
        del values["sim"]
    changed = {name: value for name, value in values.items() if getattr(known, name) != value}
    if changed:
        await edit_terminals.change_terminal(conn, author, known.id, changed, version=None, now=now)
    return known.id, bool(changed)
