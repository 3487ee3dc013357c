"""People from CSV."""

from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from storage.people import find_people
from storage.read_pool import Connection
from usecases.edit_people import MEMBERS, Grantable, insert, update
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, flag, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author

REQUIRED = ("login", "name", "role")
OPTIONAL = ("organisation", "email", "phone", "language", "time_zone", "active")
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL),
    stand_ins={"name": {"name": "?"}, "login": {"login": "#"}, "role": {"role": "operator"}},
    hides={"organisation": ("role",)},
)


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
    logins = [str(entry.cells.get("login")) for entry in entries]

    async def prepare(_: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        known = {row.login: row for row in await find_people(conn, author.scope, logins=logins)}

        async def put(entry: Entry) -> Outcome:
            cells = _members(entry)
            login = entry.cells["login"]
            row = known.get(str(login))
            organisation = directory.get(entry.cells.get("organisation"))
            if row is None:
                values = cells | {"login": login}
                known[str(login)] = await insert(conn, author, values, organisation, grantable=grantable, now=now)
                return "created"
            if entry.cells.get("organisation") and organisation.organisation_id != row.organisation_id:
                found = {"login": row.login, "organisation": row.organisation_name}
                raise InvalidInput("person_organisation_stays", where="organisation", **found)
            after = known[row.login] = await update(conn, author, row, cells, grantable=grantable, now=now)
            return "unchanged" if after is row else "updated"

        return Importer(put=put)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


def _members(entry: Entry) -> dict[str, Any]:
    """The members of a person that a line says something of; an empty cell clears but what nobody can be without."""
    cells = {name: value for name, value in entry.cells.items() if name in MEMBERS}
    for name in ("active", "language", "time_zone"):
        if cells.get(name) is None:
            cells.pop(name, None)
    return cells | ({"active": flag(cells, "active")} if "active" in cells else {})
