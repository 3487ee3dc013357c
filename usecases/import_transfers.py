"""Sales and purchases from CSV."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from storage.ownership import bumped_once
from storage.read_pool import Connection
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author
from usecases.transfer_machine import list_transfers, transfer

REQUIRED = ("pin", "to_organisation", "at")
OPTIONAL = ("document_no",)
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL),
    stand_ins={
        "pin": {"pin": ""},
        "to_organisation": {"to_organisation": str(UUID(int=0))},
        "at": {"at": "2026-01-01T00:00:00Z"},
    },
)


async def import_transfers(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Record sales: all of them, or none and what is wrong with each line; one that is recorded already is unchanged.

    `to_organisation` is a public id, or a name or number of the author's own books; `at` RFC 3339 with its zone.
    Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)

    async def prepare(_: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)

        async def put(entry: Entry) -> Outcome:
            at, buyer = _instant(entry.cells["at"]), _buyer(directory, entry.cells["to_organisation"])
            reference = f"pin:{entry.cells['pin']}"
            try:
                recorded = await list_transfers(conn, author.scope, reference)
            except NotFound:
                raise InvalidInput("import_pin_unknown", where="pin", pin=entry.cells["pin"]) from None
            if any((t.to_organisation_id, t.at) == (buyer, at) and t.corrected_by is None for t in recorded.items):
                return "unchanged"
            values = {"to_organisation": buyer, "at": at, "document_no": entry.cells.get("document_no")}
            await transfer(conn, author, reference, values, now=now)
            return "created"

        return Importer(put=put)

    async with bumped_once(conn, dry_run=dry_run):
        return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


def _instant(text: str | None) -> datetime:
    found: datetime | None = None
    with suppress(ValueError):
        found = datetime.fromisoformat(text or "")
    if found is None or found.tzinfo is None:
        raise InvalidInput("cell_no_instant", where="at", found=text)
    return found


def _buyer(directory: Directory, words: str | None) -> UUID:
    try:
        return UUID(words or "")
    except ValueError:
        if not words:
            raise InvalidInput("cell_empty", where="to_organisation") from None
        return directory.get(words, "to_organisation").public_id
