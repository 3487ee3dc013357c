"""People from CSV."""

from datetime import datetime

from storage.people import find_people
from storage.read_scope import Connection
from usecases.edit_people import MEMBERS, Grantable, insert, update
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

REQUIRED = ("login", "name", "role")
OPTIONAL = ("organisation", "email", "phone", "language", "time_zone", "active")


async def import_people(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    grantable: Grantable,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Make or change the people of a CSV, who are known by their logins; nobody moves to another organisation.

    An empty cell clears a member, a column that is not there leaves it as it is. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    directory = await Directory.of(conn, author.scope)
    logins = [str(entry.cells["login"]) for entry in entries]
    known = {row.login: row for row in await find_people(conn, author.scope, logins=logins)}

    async def put(entry: Entry) -> Outcome:
        cells = {name: value for name, value in entry.cells.items() if name in MEMBERS}
        for name in ("language", "time_zone"):
            if cells.get(name) is None:
                cells.pop(name, None)
        if "active" in cells:
            cells["active"] = flag(cells, "active")
        login = entry.cells["login"]
        row = known.get(str(login))
        organisation = directory.get(entry.cells.get("organisation"))
        if row is None:
            values = cells | {"login": login}
            known[str(login)] = await insert(conn, author, values, organisation, grantable=grantable, now=now)
            return "created"
        if entry.cells.get("organisation") and organisation.organisation_id != row.organisation_id:
            raise WrongCell("organisation", f"{row.login} is of {row.organisation_name}; that cannot be changed")
        after = known[row.login] = await update(conn, author, row, cells, grantable=grantable, now=now)
        return "unchanged" if after is row else "updated"

    return await run_import(conn, entries, put, columns=(*REQUIRED, *OPTIONAL), dry_run=dry_run, progress=progress)
