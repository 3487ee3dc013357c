"""Machines from CSV, with their models, owners, sites, terminals and SIM cards; known machines are changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from fleet.errors import EccError, InvalidInput
from fleet.signals import Catalogue
from storage import installations, machine_master, models, sites
from storage.installations import Installation
from storage.keyset import PageOf
from storage.machine_master import MachineMaster
from storage.models import Model
from storage.organisations import OrganisationRow
from storage.ownership import bumped_once
from storage.read_pool import Connection
from usecases import edit_machines, edit_models, edit_organisations, edit_sites, edit_terminals, install_terminals
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Made, Outcome, Progress, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author, optional_text, zone_name
from usecases.new_machines import NewMachines, in_parts
from usecases.put_terminals import SIM, TERMINAL, TERMINAL_MEMBERS, Terminals, other_iccid, terminal_values

REQUIRED = ("pin",)
MACHINE = ("name", "serial_no", "equipment_id", "nominal_voltage_v", "mode", "mode_reason", "options")
OPTIONAL = (
    *MACHINE,
    *("model", "kind", "maker", "organisation", "parent_organisation", "site", "time_zone", "terminal"),
    *TERMINAL,
    *SIM,
)
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL),
    of_member=TERMINAL_MEMBERS
    | {"serial_number": "serial_no", "model_id": "model", "site_id": "site", "terminal_id": "terminal"}
    | {"machine_pin_key": "pin", "machine_serial_no_key": "serial_no", "machine_equipment_id_key": "equipment_id"}
    | {"terminal_name_key": "terminal", "installation_terminal_id_tstzrange_excl": "terminal"},
    stand_ins={
        "pin": {"pin": "#"},
        "name": {"name": "?"},
        "kind": {"kind": None, "model": None},
        "iccid": other_iccid,
    },
    hides={
        "pin": ("import_terminal_used",),
        "import_pin_twice": ("import_new_machine_name",),
        "import_machine_foreign": ("import_new_machine_name",),
        "organisation": ("import_site_unknown", "import_site_unknown_near", "parent_organisation"),
        "model": ("options",),
        "kind": ("options",),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What is to be made by the way when it is not there; else it is an error of its line."""

    models: bool = False
    sites: bool = False
    organisations: bool = False


async def import_machines(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    catalogue: Catalogue,
    making: Making,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Register or change machines, which are known by PIN: all of them, or none and what is wrong with each line.

    An empty cell leaves what is there. A new machine has a name; it gets a terminal, of the PIN's name unless
    `terminal` says another, installed since the beginning of time. Models, sites and organisations (under their
    parent_organisation) that are not there are made as far as `making` says. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)

    async def prepare(one_by_one: bool) -> Importer:
        machines = _Machines(conn, author, now, catalogue, making, one_by_one)
        await machines.look_up(entries)
        return Importer(put=machines.put, finish=machines.finish, made=machines.made, finish_writes=True)

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


@dataclass(slots=True)
class _Machines:
    """What the lines of one file refer to, read once and kept up to date, and what puts them."""

    conn: Connection
    author: Author
    now: datetime
    catalogue: Catalogue
    making: Making
    one_by_one: bool
    directory: Directory = field(init=False)
    terminals: Terminals = field(init=False)
    waiting: NewMachines = field(init=False)
    pins: Counter[str] = field(default_factory=Counter)
    kinds: list[str] = field(default_factory=list)
    known: dict[str, MachineMaster] = field(default_factory=dict)
    there: dict[UUID, list[Installation]] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    sites: dict[tuple[int | None, str], UUID] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # terminals of new machines
    made: list[Made] = field(default_factory=list)

    async def look_up(self, entries: Sequence[Entry]) -> None:
        """Read everything that the entries may refer to."""
        conn, scope = self.conn, self.author.scope
        self.pins = Counter(str(entry.cells["pin"]) for entry in entries if entry.cells.get("pin"))
        kinds = await models.list_entries(conn, models.KINDS, PageOf(sort="created_at", after=None, limit=1000), {})
        self.kinds = [kind.resource.code for kind in kinds]
        self.directory = await Directory.of(conn, scope)
        self.known = await machine_master.list_by_pins(conn, list(self.pins), now=self.now)
        told = {str(entry.cells["pin"]) for entry in entries if _tells_of_terminal(entry.cells)}
        numbers = [machine.machine_id for pin, machine in self.known.items() if pin in told]
        for some in in_parts(numbers):
            for one in await installations.list_open_on(conn, some, at=self.now):
                self.there.setdefault(one.machine_id, []).append(one)
        names = {str(e.cells["terminal"]) for e in entries if e.cells.get("terminal")} | self.pins.keys() - self.known
        names |= {one.terminal for there in self.there.values() for one in there}
        self.terminals = await Terminals.of(conn, self.author, names, now=self.now)
        self.sites = {(row.organisation_id, row.name): row.public_id for row in await sites.list_all(conn, scope)}
        self.waiting = NewMachines(self.author, self.now)

    async def finish(self) -> None:
        """Write the new machines."""
        await self.waiting.write(self.conn)

    async def put(self, entry: Entry) -> Outcome:
        """Register or change the machine of a line."""
        cells = entry.cells
        if cells["pin"] is None:
            raise InvalidInput("cell_empty", where="pin")
        if self.pins[str(cells["pin"])] > 1:
            raise InvalidInput("import_pin_twice", where="pin", pin=cells["pin"])
        machine = self.known.get(str(cells["pin"]))
        scope = self.author.scope
        if machine is not None and not scope.sees_all and machine.owner not in scope.organisations:
            raise InvalidInput("import_machine_foreign", where="pin", pin=cells["pin"])
        known_sites, known_models = self.sites, self.models
        try:
            owner = await self._owner(cells, machine)
            values = await self._values(cells, owner)
            return await (
                self._create(cells, values, owner) if machine is None else self._change(machine, cells, values)
            )
        except EccError:
            self.sites, self.models = known_sites, known_models  # those of the line are taken back with it
            raise

    async def _create(self, cells: Mapping[str, Any], values: dict[str, Any], owner: OrganisationRow | None) -> Outcome:
        given = {"pin": cells["pin"], **values}
        if "name" not in given:
            raise InvalidInput("import_new_machine_name", where="name")
        name = str(cells.get("terminal") or cells["pin"])
        if cells.get("terminal") is None and not edit_terminals.NAME.fullmatch(name):
            raise InvalidInput("import_pin_names_terminal", where="pin", pin=name)
        if not edit_terminals.NAME.fullmatch(name):
            raise InvalidInput("terminal_name_wrong", where="terminal", found=name)
        if name in self.used:
            raise InvalidInput("import_terminal_used", where="terminal", found=name)
        if self.one_by_one or name in self.terminals.known or given.get("options"):
            keeper = None if owner is None else owner.public_id
            given["organisation_id"] = keeper
            made = await edit_machines.create_machine(self.conn, self.author, given, now=self.now)
            await self._install(made, {**cells, "name": name}, from_at=None)
        else:
            self.waiting.add(given, terminal_values(cells), owner=owner, terminal_name=name)
        self.used.add(name)
        return "created"

    async def _change(self, machine: MachineMaster, cells: Mapping[str, Any], values: Mapping[str, Any]) -> Outcome:
        changed = {name: value for name, value in values.items() if getattr(machine, name, None) != value}
        if changed.keys() - {"mode_reason"}:
            await edit_machines.change_machine(
                self.conn, self.author, str(machine.id), changed, version=None, now=self.now
            )
        else:
            changed = {}
        if not _tells_of_terminal(cells):
            return "updated" if changed else "unchanged"
        there = self.there.get(machine.id, [])
        name = cells.get("terminal") or (there[0].terminal if there else None)
        if name is None:
            raise InvalidInput("import_machine_without_terminal", where="terminal")
        if there and name not in {one.terminal for one in there}:
            raise InvalidInput("import_terminal_other", where="terminal", there=there[0].terminal, found=name)
        if there:
            _, of_terminal = await self.terminals.put({**cells, "name": name}, keeper=machine.organisation_id)
        else:
            await self._install(machine, {**cells, "name": name}, from_at=self.now)
            of_terminal = True
        return "updated" if changed or of_terminal else "unchanged"

    async def _install(self, machine: MachineMaster, cells: Mapping[str, Any], *, from_at: datetime | None) -> None:
        """Put the line's terminal on a machine that has none."""
        terminal_id, _ = await self.terminals.put(cells, keeper=machine.organisation_id)
        if await installations.find_of_terminal(self.conn, terminal_id, at=self.now) is not None:
            raise InvalidInput("import_terminal_used", where="terminal", found=cells["name"])
        await install_terminals.install(
            self.conn, self.author, str(machine.id), terminal_id, from_at=from_at, now=self.now
        )

    async def _owner(self, cells: Mapping[str, Any], machine: MachineMaster | None) -> OrganisationRow | None:
        """The organisation of the line: of a new machine its owner, of a known one the same as before."""
        name, parent = cells.get("organisation"), cells.get("parent_organisation")
        if name is None:
            if parent is not None:
                raise InvalidInput("import_parent_alone", where="parent_organisation")
            return None if self.author.scope.sees_all or machine is not None else self.directory.get(None)
        if self.making.organisations and not self.directory.named(str(name)):
            above = None if parent is None else self.directory.get(parent, "parent_organisation")
            new = {"kind": "customer", "name": name}
            self.directory.add(await edit_organisations.insert(self.conn, self.author, new, above, now=self.now))
            self.made.append(Made(kind="organisation", name=str(name)))
        found = self.directory.get(name)
        if parent is not None and found.parent_name != parent:
            key = "import_parent_other" if found.parent_name else "import_parent_none"
            raise InvalidInput(key, where="parent_organisation", name=name, parent=found.parent_name, given=parent)
        if machine is not None and machine.owner != found.organisation_id:
            raise InvalidInput("import_owner_other", where="organisation", name=name)
        return found

    async def _values(self, cells: Mapping[str, Any], owner: OrganisationRow | None) -> dict[str, Any]:
        """The members of the machine that the line says something of."""
        names = {"serial_no": "serial_number"}
        values: dict[str, Any] = {names.get(n, n): cells[n] for n in MACHINE if cells.get(n) is not None}
        if "nominal_voltage_v" in values:
            if values["nominal_voltage_v"] not in ("12", "24"):
                raise InvalidInput("voltage_unknown", where="nominal_voltage_v", found=values["nominal_voltage_v"])
            values["nominal_voltage_v"] = int(values["nominal_voltage_v"])
        if "options" in values:
            values["options"] = sorted({code.strip() for code in values["options"].split(";") if code.strip()})
        _check_words(cells)
        if cells.get("model") is not None:
            values["model_id"] = (await self._model(cells, values)).id
        elif cells.get("kind") is not None:
            self._check_kind(cells)
        if cells.get("site") is not None:
            values["site_id"] = await self._site(cells, owner)
        return values

    async def _model(self, cells: Mapping[str, Any], values: Mapping[str, Any]) -> Model:
        name = str(cells["model"])
        found = self.models.get(name) or await models.find_model_by_name(self.conn, name)
        if found is None:
            if not (self.making.models and self.author.scope.sees_all):
                raise InvalidInput("import_model_unknown", where="model", name=name)
            self._check_kind(cells)
            if cells.get("kind") is None:
                raise InvalidInput("import_model_kind_empty", where="kind", name=name)
            voltage = values.get("nominal_voltage_v")
            new = {"name": name, "kind": cells["kind"], "maker": cells.get("maker"), "nominal_voltage_v": voltage}
            found = await edit_models.create_entry(
                self.conn, self.author, edit_models.MODEL, new, catalogue=self.catalogue, now=self.now
            )
            self.made.append(Made(kind="model", name=name))
        elif cells.get("kind") not in (None, found.kind):
            raise InvalidInput("import_model_kind_other", where="kind", found=cells["kind"], name=name, kind=found.kind)
        if not self.one_by_one and name not in self.models:
            self.models = self.models | {name: found}
        return found

    def _check_kind(self, cells: Mapping[str, Any]) -> None:
        if cells.get("kind") is not None and cells["kind"] not in self.kinds:
            raise InvalidInput("import_kind_unknown", where="kind", found=cells["kind"], kinds=self.kinds)

    async def _site(self, cells: Mapping[str, Any], owner: OrganisationRow | None) -> UUID:
        """The owner's site of this name, made when there is none and that was asked for."""
        keeper = owner or self.directory.get(None)
        key = (keeper.organisation_id, str(cells["site"]))
        if key not in self.sites:
            if not self.making.sites:
                raise self._unknown_site(*key)
            values = {"name": key[1], "time_zone": cells.get("time_zone") or "UTC"}
            made = await edit_sites.insert(self.conn, self.author, values, keeper, now=self.now)
            self.sites = self.sites | {key: made.public_id}
            self.made.append(Made(kind="site", name=key[1]))
        return self.sites[key]

    def _unknown_site(self, organisation_id: int, name: str) -> InvalidInput:
        there = {site.casefold(): site for owner, site in self.sites if owner == organisation_id}
        near = [there[found] for found in get_close_matches(name.casefold(), there, n=3)]
        key = "import_site_unknown_near" if near else "import_site_unknown"
        return InvalidInput(key, where="site", name=name, near=near)


def _check_words(cells: Mapping[str, Any]) -> None:
    """Raise InvalidInput for what is wrong also where nothing takes it: a known model has its maker."""
    for name, at_most in (("model", 100), ("maker", 100), ("organisation", 200), ("site", 200), ("mode_reason", 500)):
        optional_text(cells, name, at_most)
    if cells.get("time_zone") is not None:
        zone_name(cells)


def _tells_of_terminal(cells: Mapping[str, Any]) -> bool:
    return any(cells.get(name) is not None for name in ("terminal", *TERMINAL, *SIM))
