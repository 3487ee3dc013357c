"""Many new machines at once, each with its terminal: a few statements for all of them, the audit of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from storage import insert_machines
from storage.audit import Change, record_change
from storage.ids import uuid7
from storage.installations import Installation
from storage.machine_master import MachineMaster
from storage.organisations import OrganisationRow
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from storage.terminals_master import Terminal
from usecases import edit_machines, edit_terminals
from usecases.edited import shown
from usecases.master_data import Author

_PART = 250  # rows a statement: its time is limited
Thing = TypeVar("Thing")
_DEFAULTS: dict[str, Any] = {"model_id": None, "nominal_voltage_v": None, "site_id": None, "mode": "in_service"}


def in_parts(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    """So many that a statement about them is quick."""
    return (things[start : start + _PART] for start in range(0, len(things), _PART))


@dataclass(slots=True)
class NewMachines:
    """Machines that are checked and wait to be written."""

    author: Author
    now: datetime
    machines: list[dict[str, Any]] = field(default_factory=list)
    terminals: list[dict[str, Any]] = field(default_factory=list)
    sims: list[dict[str, Any]] = field(default_factory=list)
    owners: list[OrganisationRow | None] = field(default_factory=list)

    def add(
        self,
        values: Mapping[str, Any],
        terminal: Mapping[str, Any],
        *,
        owner: OrganisationRow | None,
        terminal_name: str,
    ) -> None:
        """Check one and its terminal, and let them wait. Raises InvalidInput."""
        machine = edit_machines.checked({**_DEFAULTS, **values})
        device = edit_terminals.checked({"coordinate_system": "wgs84", **terminal})
        sim = edit_terminals.checked_sim(terminal.get("sim"))
        number = None if owner is None else owner.organisation_id
        ms = int(self.now.timestamp() * 1000)
        device |= {"id": uuid7(ms), "name": terminal_name, "organisation": number}
        self.machines.append(machine | {"id": uuid7(ms), "organisation": number, "installation": uuid7(ms)})
        self.terminals.append(device)
        self.owners.append(owner)
        if sim is not None:
            self.sims.append(sim | {"terminal": device["id"]})

    async def write(self, conn: Connection) -> None:
        """Write all that wait. Raises Conflict when the database refuses any."""
        if not self.machines:
            return
        sims = {sim["terminal"]: sim for sim in self.sims}
        numbers: dict[UUID, int] = {}
        for some in in_parts(list(zip(self.machines, self.terminals, strict=True))):
            machines = [machine | {"terminal": terminal["id"]} for machine, terminal in some]
            terminals = [terminal for _, terminal in some]
            cards = [sims[terminal["id"]] for terminal in terminals if terminal["id"] in sims]
            numbers |= await insert_machines.insert_all(conn, machines, terminals, cards, now=self.now)
        for change in self._changes(numbers):
            await record_change(conn, self.author.actor, change, at=self.now)
        await bump_config_epoch(conn)
        for waiting in (self.machines, self.terminals, self.sims, self.owners):
            waiting.clear()

    def _changes(self, numbers: Mapping[UUID, int]) -> list[Change]:
        sims = {sim["terminal"]: {n: v for n, v in sim.items() if n != "terminal"} for sim in self.sims}
        changes: list[Change] = []
        for given, device, owner in zip(self.machines, self.terminals, self.owners, strict=True):
            number = numbers[given["id"]]
            machine = {name: value for name, value in given.items() if name not in ("organisation", "installation")}
            organisation = None if owner is None else owner.public_id
            made = MachineMaster(
                machine_id=number, options=[], owner=given["organisation"], organisation_id=organisation, version=1,
                **machine,
            )  # fmt: skip
            terminal = self._terminal(device, sims.get(device["id"]), organisation)
            there = self._installation(given, terminal)
            changes.append(self._change("machine", made, given["organisation"], number))
            changes.append(self._change("terminal", terminal, given["organisation"], None))
            changes.append(self._change("installation", there, given["organisation"], number))
        return changes

    def _terminal(self, device: Mapping[str, Any], sim: dict[str, Any] | None, organisation: UUID | None) -> Terminal:
        return Terminal(
            id=device["id"],
            name=device["name"],
            organisation_id=organisation,
            hardware=device["hardware"],
            firmware=device["firmware"],
            clock_offset_s=device["clock_offset_us"] / 1e6,
            coordinate_system=device["coordinate_system"],
            sim=sim,
            machine=None,
            version=1,
            created_at=self.now,
            updated_at=self.now,
        )

    def _installation(self, machine: Mapping[str, Any], terminal: Terminal) -> Installation:
        return Installation(
            id=machine["installation"],
            terminal_id=terminal.id,
            terminal=terminal.name,
            machine_id=machine["id"],
            from_at=None,
            to_at=None,
            coordinate_system=terminal.coordinate_system,
            version=1,
            created_at=self.now,
            updated_at=self.now,
        )

    def _change(self, entity: str, made: Any, organisation: int | None, machine_id: int | None) -> Change:
        after = {name: value for name, value in shown(made).items() if name not in ("machine_id", "owner")}
        if entity == "installation":
            after = shown(made)
        return Change(
            entity=entity,
            entity_id=made.id,
            organisation_id=organisation,
            machine_id=machine_id,
            action="create",
            after=after,
        )
