"""Import a fleet from CSV: every line is checked first, and one bad line keeps the others out of nothing."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from zoneinfo import available_timezones

from fleet.errors import InvalidInput
from storage.fleet_write import (
    NewMachine,
    Organisation,
    bump_config_epoch,
    find_taken,
    insert_machine,
    list_organisations,
    upsert_organisation,
)
from storage.pool import Connection

KINDS = (
    "excavator",
    "wheel_loader",
    "truck_crane",
    "concrete_pump_truck",
    "roller",
    "dozer",
    "grader",
    "paver",
    "tractor",
    "other",
)
REQUIRED = ("pin", "name", "model", "kind")
OPTIONAL = (
    "maker",
    "serial_no",
    "equipment_id",
    "nominal_voltage_v",
    "organisation",
    "parent_organisation",
    "terminal",
    "site",
    "time_zone",
)
TERMINAL = re.compile(r"[A-Za-z0-9._:-]{1,64}")
UNIQUE = ("pin", "serial_no", "equipment_id", "terminal")


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line of the file; the header is line 1."""

    line: int
    text: str


@dataclass(slots=True)
class ImportReport:
    """How an import went: `imported` machines (0 in a dry run), `valid` lines, and the errors by line.

    `created`: the organisations that are new with it (would be, in a dry run) -> what they are under, None: the root.
    """

    imported: int = 0
    valid: int = 0
    created: dict[str, str | None] = field(default_factory=dict)
    errors: list[LineError] = field(default_factory=list)


def read_machines(lines: Iterable[str]) -> tuple[list[tuple[int, NewMachine]], list[LineError]]:
    """Parse CSV with a header; returns (line, machine) pairs and errors. Raises InvalidInput on a wrong header."""
    reader = csv.DictReader(lines)
    header = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = header
    if missing := [name for name in REQUIRED if name not in header]:
        raise InvalidInput(f"line 1: the header lacks {', '.join(missing)}")
    if unknown := [name for name in header if name not in REQUIRED + OPTIONAL]:
        raise InvalidInput(f"line 1: unknown columns {', '.join(unknown)}; known: {', '.join(REQUIRED + OPTIONAL)}")
    machines: list[tuple[int, NewMachine]] = []
    errors: list[LineError] = []
    names: list[tuple[int, str, str]] = []
    for row in reader:
        cells = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        problems = _problems(cells, None in row)
        errors += [LineError(reader.line_num, text) for text in problems]
        names += [(reader.line_num, column, value) for column, value in _names(cells)]
        if not problems:
            machines.append((reader.line_num, _machine(cells)))
    return machines, errors + _repeated(names)


def _problems(cells: dict[str, str], has_more_cells: bool) -> list[str]:
    problems = [f"{name} is empty" for name in REQUIRED if not cells.get(name)]
    if has_more_cells:
        problems.append("more cells than the header has columns")
    problems += [f"{name} holds a NUL character" for name, cell in cells.items() if "\x00" in cell]
    if cells.get("kind") and cells["kind"] not in KINDS:
        problems.append(f"kind {cells['kind']!r} is not one of {', '.join(KINDS)}")
    if cells.get("nominal_voltage_v") not in (None, "", "12", "24"):
        problems.append(f"nominal_voltage_v {cells['nominal_voltage_v']!r} is neither 12 nor 24")
    if cells.get("time_zone") and cells["time_zone"] not in available_timezones():
        problems.append(f"time_zone {cells['time_zone']!r} is no IANA time zone, such as Asia/Shanghai")
    terminal = cells.get("terminal") or cells.get("pin", "")
    if terminal and not TERMINAL.fullmatch(terminal):
        problems.append(f"terminal {terminal!r} may hold only letters, digits and . _ : - (at most 64)")
    return problems


def _machine(cells: dict[str, str]) -> NewMachine:
    optional: dict[str, Any] = {name: cells.get(name) or None for name in OPTIONAL}
    voltage = optional.pop("nominal_voltage_v")
    required = {name: cells[name] for name in REQUIRED}
    return NewMachine(**required, **optional, nominal_voltage_v=int(voltage) if voltage else None)


def _repeated(names: Sequence[tuple[int, str, str]]) -> list[LineError]:
    """An error for each (line, column, value) that must be unique and is not; lines with other errors count too."""
    counts = Counter((column, value) for _, column, value in names)
    return [LineError(n, f"{c} {v!r} stands more than once in the file") for n, c, v in names if counts[c, v] > 1]


def _names(cells: dict[str, str]) -> list[tuple[str, str]]:
    """What must be unique of a line; a machine without a terminal column is its own."""
    terminal = cells.get("terminal") or cells.get("pin", "")
    pairs = [(column, cells.get(column, "")) for column in UNIQUE if column != "terminal"]
    return [(column, value) for column, value in [*pairs, ("terminal", terminal)] if value]


def _unique_names(machine: NewMachine) -> list[tuple[str, str]]:
    return _names({column: getattr(machine, column) or "" for column in UNIQUE})


def _place(
    machine: NewMachine, known: dict[str, Organisation], created: dict[str, str | None], may_create: bool
) -> str | None:
    """What is wrong with the machine's organisation, None: nothing; one that is new goes into `created`."""
    name, parent = machine.organisation, machine.parent_organisation
    if name is None:
        return "parent_organisation without an organisation" if parent else None
    if name in known or name in created:
        present = known[name].parent if name in known else created[name]
        under = f"under {present}" if present else "at the root"
        return f"{name} is {under}, not under {parent}" if parent and parent != present else None
    if not may_create:
        return f"{_unknown(name, known)}create it with --create-organisations"
    if parent and parent not in known:
        return f"{_unknown(parent, known)}a parent_organisation must be there already"
    if parent and known[parent].kind not in ("maker", "dealer"):
        return f"{parent} is neither a maker nor a dealer: nothing can be under it"
    created[name] = parent
    return None


def _unknown(name: str, known: Iterable[str]) -> str:
    folded = {other.casefold(): other for other in known}
    near = [folded[found] for found in get_close_matches(name.casefold(), folded)]
    return f"{name}: no organisation of that name; " + (f"did you mean {' or '.join(near)}? Otherwise " if near else "")


def import_fleet(
    conn: Connection, lines: Iterable[str], *, dry_run: bool, create_organisations: bool = False
) -> ImportReport:
    """Import the machines of a CSV in one transaction: all of them when every line is right, else none.

    A dry run checks the same and writes nothing. An organisation that is not there is an error of its line, unless
    `create_organisations`: then it becomes a customer under its parent_organisation.
    """
    machines, errors = read_machines(lines)
    taken = find_taken(conn, [m for _, m in machines])
    errors += [
        LineError(line, f"{column} {value!r} is already in use")
        for line, machine in machines
        for column, value in _unique_names(machine)
        if (column, value) in taken
    ]
    organisations, created = list_organisations(conn), dict[str, str | None]()
    for line, machine in machines:
        if wrong := _place(machine, organisations, created, create_organisations):
            errors.append(LineError(line, wrong))
    valid = len(machines) - len({e.line for e in errors} & {n for n, _ in machines})
    report = ImportReport(valid=valid, created=created)
    report.errors = sorted(errors, key=lambda e: e.line)
    if report.errors or dry_run:
        return report
    with conn.transaction():
        for _, machine in machines:
            owner, parent = machine.organisation, machine.parent_organisation
            insert_machine(conn, machine, upsert_organisation(conn, owner, "customer", parent) if owner else None)
        bump_config_epoch(conn)
    report.imported = len(machines)
    return report
