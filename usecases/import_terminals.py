"""Terminals with their SIM cards from CSV; known terminals, by name, are changed."""

from datetime import datetime

from storage.ownership import bumped_once
from storage.read_pool import Connection
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author
from usecases.put_terminals import SIM, TERMINAL, TERMINAL_MEMBERS, Terminals

REQUIRED = ("name",)
OPTIONAL = ("organisation", *TERMINAL, *SIM)
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL),
    of_member=TERMINAL_MEMBERS | {"terminal_name_key": "name"},
    stand_ins={"name": {"name": "#"}, "iccid": dict.fromkeys(SIM)},
)


async def import_terminals(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Register or change terminals: all of them, or none and what is wrong with each line.

    An empty cell leaves what is there. `organisation` is whose stock a new terminal is in. Raises InvalidInput and
    RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)

    async def prepare(_: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        names = {str(entry.cells["name"]) for entry in entries if entry.cells.get("name")}
        terminals = await Terminals.of(conn, author, names, now=now)

        async def put(entry: Entry) -> Outcome:
            organisation = entry.cells.get("organisation")
            keeper = None if organisation is None else directory.get(organisation).public_id
            is_known = str(entry.cells["name"]) in terminals.known
            _, changed = await terminals.put(entry.cells, keeper=keeper)
            return "created" if not is_known else "updated" if changed else "unchanged"

        return Importer(put=put)

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)
