"""Terminals with their SIM cards from CSV; known terminals, by name, are changed."""

from datetime import datetime

from fleet.errors import Conflict
from storage.ownership import bumped_once
from storage.read_scope import Connection
from storage.terminals_master import find_terminal_by_name
from usecases.import_entries import Directory, Entry, ImportReport, Outcome, Progress, WrongCell, read_csv, run_import
from usecases.import_machines import SIM, TERMINAL, put_terminal
from usecases.master_data import Author

REQUIRED = ("name",)
OPTIONAL = ("organisation", *TERMINAL, *SIM)


async def import_terminals(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Register or change terminals: all of them, or none and what is wrong with each line.

    An empty cell leaves what is there. `organisation` is whose stock a new terminal is in. Raises InvalidInput and
    RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    directory = await Directory.of(conn, author.scope)

    async def put(entry: Entry) -> Outcome:
        cells = entry.cells
        name, organisation = str(cells["name"]), cells.get("organisation")
        keeper = None if organisation is None else directory.get(organisation).public_id
        known = await find_terminal_by_name(conn, author.scope, name, now=now)
        try:
            async with conn.transaction():
                _, changed = await put_terminal(conn, author, cells, keeper=keeper, now=now)
        except Conflict as wrong:
            raise WrongCell("iccid" if "SIM" in wrong.detail else "name", wrong.detail) from None
        return "created" if known is None else "updated" if changed else "unchanged"

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, put, columns=(*REQUIRED, *OPTIONAL), dry_run=dry_run, progress=progress)
