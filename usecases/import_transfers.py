"""Sales and purchases from CSV."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from fleet.errors import Conflict
from storage.ownership import bumped_once
from storage.read_scope import Connection
from usecases.import_entries import Directory, Entry, ImportReport, Outcome, Progress, WrongCell, read_csv, run_import
from usecases.master_data import Author
from usecases.transfer_machine import list_transfers, transfer

REQUIRED = ("pin", "to_organisation", "at")
OPTIONAL = ("document_no",)


async def import_transfers(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Record sales: all of them, or none and what is wrong with each line; one that is recorded already is unchanged.

    `to_organisation` is a public id, or a name or number of the author's own books; `at` RFC 3339 with its zone.
    Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    directory = await Directory.of(conn, author.scope)

    async def put(entry: Entry) -> Outcome:
        reference, at = f"pin:{entry.cells['pin']}", _instant(entry.cells["at"])
        buyer = _buyer(directory, entry.cells["to_organisation"])
        recorded = await list_transfers(conn, author.scope, reference)
        if any((t.to_organisation_id, t.at) == (buyer, at) and t.corrected_by is None for t in recorded.items):
            return "unchanged"
        values = {"to_organisation": buyer, "at": at, "document_no": entry.cells.get("document_no")}
        try:
            async with conn.transaction():
                await transfer(conn, author, reference, values, now=now)
        except Conflict as wrong:
            raise WrongCell("at", wrong.detail) from None
        return "created"

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, put, columns=(*REQUIRED, *OPTIONAL), dry_run=dry_run, progress=progress)


def _instant(text: str | None) -> datetime:
    found: datetime | None = None
    with suppress(ValueError):
        found = datetime.fromisoformat(text or "")
    if found is None or found.tzinfo is None:
        raise WrongCell("at", f"at {text!r} is no time with its zone, such as 2026-12-01T00:00:00+08:00")
    return found


def _buyer(directory: Directory, words: str | None) -> UUID:
    try:
        return UUID(words or "")
    except ValueError:
        if words is None:
            raise WrongCell("to_organisation", "to_organisation is empty") from None
        return directory.get(words, "to_organisation").public_id
