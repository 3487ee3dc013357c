"""Organisations from CSV."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from fleet.reasons import Code
from storage.organisations import OrganisationRow, lock_tree
from storage.read_pool import Connection
from usecases.edit_organisations import KINDS, MEMBERS, checked_new, insert, insert_all, update
from usecases.import_directory import Directory
from usecases.import_entries import PART, Columns, Importer, ImportReport, Outcome, Progress, flag, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author, choice

REQUIRED = ("name", "kind")
OPTIONAL = ("parent", "external_no", "language", "contact_name", "contact_email", "contact_phone", "active")
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL),
    of_member={"parent_id": "parent"},
    stand_ins={"name": {"name": "#"}, "kind": {"kind": "customer"}},
    hides={"kind": ("organisation_misplaced", "organisation_not_under"), "parent": ("organisation_kind_stays",)},
)


async def import_organisations(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Make or change the organisations of a CSV. One is known by its external_no, else by its name.

    `parent` is the name, external_no or id of one that is there or stands further up in the file; an empty cell clears
    a member, a column that is not there leaves it as it is. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    await lock_tree(conn)

    async def prepare(one_by_one: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        waiting = _Waiting(conn, author, directory, now, one_by_one)

        async def put(entry: Entry) -> Outcome:
            await waiting.write_if_named(entry.cells)
            choice(entry.cells, "kind", KINDS)
            row = _known(directory, entry)
            cells = {name: value for name, value in entry.cells.items() if name in MEMBERS}
            for name in ("active", "language"):
                if cells.get(name) is None:
                    cells.pop(name, None)
            if "active" in cells:
                cells["active"] = flag(cells, "active")
            parent = _parent(directory, author, entry)
            if row is None:
                await waiting.add(cells | {"kind": entry.cells["kind"]}, parent)
                return "created"
            if row.kind != entry.cells["kind"]:
                raise InvalidInput(
                    "organisation_kind_stays", where="kind", name=row.name, kind=Code("organisation_kinds", row.kind)
                )
            after = await update(conn, author, row, cells, (parent,) if "parent" in entry.cells else None, now=now)
            directory.add(after)
            return "unchanged" if after is row else "updated"

        return Importer(put=put, finish=waiting.write)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


@dataclass(slots=True)
class _Waiting:
    """New organisations that are checked and wait to be written together."""

    conn: Connection
    author: Author
    directory: Directory
    now: datetime
    one_by_one: bool
    given: list[dict[str, Any]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    async def add(self, values: Mapping[str, Any], parent: OrganisationRow | None) -> None:
        """Check one and let it wait; where they come one by one, write it. Raises InvalidInput and Conflict."""
        if self.one_by_one:
            self.directory.add(await insert(self.conn, self.author, values, parent, now=self.now))
            return
        given = checked_new(values, parent)
        self.given.append(given)
        self.words |= {given["name"], given["external_no"]} - {None}

    async def write_if_named(self, cells: Mapping[str, Any]) -> None:
        """Write them when a line names one of them, or when they are many."""
        words = {cells.get(name) for name in ("name", "external_no", "parent")}
        if len(self.given) >= PART or words & self.words:
            await self.write()

    async def write(self) -> None:
        """Write all that wait. Raises Conflict when a name is taken."""
        given, self.given, self.words = self.given, [], set()
        if given:
            for row in await insert_all(self.conn, self.author, given, now=self.now):
                self.directory.add(row)


def _known(directory: Directory, entry: Entry) -> OrganisationRow | None:
    """The organisation that a line is about; None: a new one."""
    words = entry.cells.get("external_no") or entry.cells["name"]
    if words is None:
        raise InvalidInput("cell_empty", where="name")
    found = directory.named(words)
    if entry.cells.get("external_no"):
        found = [row for row in found if row.external_no == words]
    if len(found) > 1 and entry.cells.get("parent"):
        above = directory.get(entry.cells["parent"], "parent")
        found = [row for row in found if row.parent_id == above.organisation_id]
    if len(found) > 1:
        raise InvalidInput("organisation_named_several", where="name", count=len(found), found=words)
    return found[0] if found else None


def _parent(directory: Directory, author: Author, entry: Entry) -> OrganisationRow | None:
    words = entry.cells.get("parent")
    return None if words is None and author.scope.sees_all else directory.get(words, "parent")
