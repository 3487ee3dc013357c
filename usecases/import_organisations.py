"""Organisations from CSV."""

from datetime import datetime

from storage.organisations import OrganisationRow, lock_tree
from storage.read_scope import Connection
from usecases.edit_organisations import MEMBERS, insert, update
from usecases.import_entries import (
    Directory,
    Entry,
    ImportReport,
    Outcome,
    Progress,
    WrongCell,
    flag,
    read_csv,
    run_import,
)
from usecases.master_data import Author

REQUIRED = ("name", "kind")
OPTIONAL = ("parent", "external_no", "language", "contact_name", "contact_email", "contact_phone", "active")


async def import_organisations(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Make or change the organisations of a CSV. One is known by its external_no, else by its name.

    `parent` is the name or external_no of one that is there or stands further up in the file; an empty cell clears a
    member, a column that is not there leaves it as it is. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    await lock_tree(conn)
    directory = await Directory.of(conn, author.scope)

    async def put(entry: Entry) -> Outcome:
        row = _known(directory, entry)
        cells = {name: value for name, value in entry.cells.items() if name in MEMBERS}
        if "active" in cells:
            cells["active"] = flag(cells, "active")
        if cells.get("language") is None:
            cells.pop("language", None)
        parent = _parent(directory, author, entry)
        if row is None:
            directory.add(await insert(conn, author, cells | {"kind": entry.cells["kind"]}, parent, now=now))
            return "created"
        if row.kind != entry.cells["kind"]:
            raise WrongCell("kind", f"{row.name} is of the kind {row.kind}; that cannot be changed")
        after = await update(conn, author, row, cells, (parent,) if "parent" in entry.cells else None, now=now)
        directory.add(after)
        return "unchanged" if after is row else "updated"

    return await run_import(conn, entries, put, columns=(*REQUIRED, *OPTIONAL), dry_run=dry_run, progress=progress)


def _known(directory: Directory, entry: Entry) -> OrganisationRow | None:
    """The organisation that a line is about; None: a new one."""
    words = entry.cells.get("external_no") or entry.cells["name"]
    if words is None:
        raise WrongCell("name", "it is empty")
    found = directory.named(words)
    if entry.cells.get("external_no"):
        found = [row for row in found if row.external_no == words]
    if len(found) > 1 and entry.cells.get("parent"):
        above = directory.get(entry.cells["parent"], "parent")
        found = [row for row in found if row.parent_id == above.organisation_id]
    if len(found) > 1:
        raise WrongCell("name", f"{len(found)} organisations are called {words!r}; give external_no or parent")
    return found[0] if found else None


def _parent(directory: Directory, author: Author, entry: Entry) -> OrganisationRow | None:
    words = entry.cells.get("parent")
    return None if words is None and author.scope.sees_all else directory.get(words, "parent")
