"""Terminals of the lines of a file: registered, or changed when they are there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from storage import terminals_master
from storage.read_pool import Connection
from storage.terminals_master import Terminal
from usecases import edit_terminals
from usecases.import_entries import number
from usecases.master_data import Author
from usecases.new_machines import in_parts

TERMINAL = ("hardware", "firmware", "clock_offset_s", "coordinate_system")
SIM = ("iccid", "imsi", "msisdn", "sim_operator", "sim_valid_to", "sim_status")
_SIM_NAMES = {"sim_operator": "operator", "sim_valid_to": "valid_to", "sim_status": "status"}
TERMINAL_MEMBERS = {f"sim.{member}": column for column, member in _SIM_NAMES.items()} | {
    "sim_iccid_key": "iccid",
    "sim_imsi_key": "imsi",
}


def terminal_values(cells: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a terminal that a line says something of; its SIM only with an ICCID. Raises InvalidInput."""
    values: dict[str, Any] = {name: cells[name] for name in TERMINAL if cells.get(name) is not None}
    if "clock_offset_s" in values:
        values["clock_offset_s"] = number(cells, "clock_offset_s")
    if cells.get("iccid") is not None:
        values["sim"] = {_SIM_NAMES.get(n, n): cells[n] for n in SIM if cells.get(n) is not None}
    return values


class Terminals:
    """The terminals that a file names, read once and kept up to date."""

    def __init__(self, conn: Connection, author: Author, known: dict[str, Terminal], *, now: datetime) -> None:
        self._conn, self._author, self._now = conn, author, now
        self.known = known

    @classmethod
    async def of(cls, conn: Connection, author: Author, names: Iterable[str], *, now: datetime) -> "Terminals":
        """Those of these names that the author sees."""
        known: dict[str, Terminal] = {}
        for some in in_parts(sorted(names)):
            found = await terminals_master.list_terminals_by_name(conn, author.scope, some, now=now)
            known |= {terminal.name: terminal for terminal in found}
        return cls(conn, author, known, now=now)

    async def put(self, cells: Mapping[str, Any], *, keeper: UUID | None) -> tuple[UUID, bool]:
        """Register the terminal of a line, or change the one of its name; its id, and whether anything changed."""
        values = terminal_values(cells)
        name = str(cells["name"])
        known = self.known.get(name)
        if known is None:
            new = {"name": cells["name"], "organisation_id": keeper, **values}
            made = await edit_terminals.create_terminal(self._conn, self._author, new, now=self._now)
            self.known[name] = made
            return made.id, True
        sim = values.get("sim")
        if sim is not None and known.sim is not None and {**known.sim, **sim} == known.sim:
            del values["sim"]
        changed = {member: value for member, value in values.items() if getattr(known, member) != value}
        if changed:
            self.known[name] = await edit_terminals.change_terminal(
                self._conn, self._author, known.id, changed, version=None, now=self._now
            )
        return known.id, bool(changed)
