"""People from CSV."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from storage.organisations import OrganisationRow
from storage.people import PersonRow, find_people
from storage.read_pool import Connection
from usecases.edit_people import MEMBERS, NewPerson, checked_new, insert, insert_all, update
from usecases.import_directory import Directory
from usecases.import_entries import PART, Columns, Importer, ImportReport, Outcome, Progress, flag, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author
from usecases.powers import Powers

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
    powers: Powers,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Make or change the people of a CSV, who are known by their logins; nobody moves to another organisation.

    An empty cell clears a member, a column that is not there leaves it as it is. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    logins = [str(entry.cells.get("login")) for entry in entries]

    async def prepare(one_by_one: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        known = {row.login: row for row in await find_people(conn, author.scope, logins=logins)}

        waiting = _Waiting(conn, author, known, now, one_by_one)

        async def put(entry: Entry) -> Outcome:
            cells = _members(entry)
            login = entry.cells["login"]
            await waiting.write_if_named(str(login))
            row = known.get(str(login))
            organisation = directory.get(entry.cells.get("organisation"))
            if row is None:
                await waiting.add(cells | {"login": login}, organisation, powers)
                return "created"
            if entry.cells.get("organisation") and organisation.organisation_id != row.organisation_id:
                found = {"login": row.login, "organisation": row.organisation_name}
                raise InvalidInput("person_organisation_stays", where="organisation", **found)
            after = known[row.login] = await update(conn, author, row, cells, powers=powers, now=now)
            return "unchanged" if after is row else "updated"

        return Importer(put=put, finish=waiting.write)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


@dataclass(slots=True)
class _Waiting:
    """New people who are checked and wait to be written together; then they are `known`."""

    conn: Connection
    author: Author
    known: dict[str, PersonRow]
    now: datetime
    one_by_one: bool
    news: dict[str, NewPerson] = field(default_factory=dict)

    async def add(self, values: Mapping[str, Any], organisation: OrganisationRow, powers: Powers) -> None:
        """Check one and let it wait; where they come one by one, write it.

        Raises Forbidden, InvalidInput and Conflict.
        """
        login = str(values["login"])
        if self.one_by_one:
            self.known[login] = await insert(self.conn, self.author, values, organisation, powers=powers, now=self.now)
        else:
            self.news[login] = await checked_new(self.conn, values, organisation, powers=powers)

    async def write_if_named(self, login: str) -> None:
        """Write them when a line names one of them, or when they are many."""
        if login in self.news or len(self.news) >= PART:
            await self.write()

    async def write(self) -> None:
        """Write all who wait. Raises Conflict when a login may not be taken."""
        news, self.news = [*self.news.values()], {}
        if news:
            made = await insert_all(self.conn, self.author, news, now=self.now)
            self.known.update({row.login: row for row in made})


def _members(entry: Entry) -> dict[str, Any]:
    """The members of a person that a line says something of; an empty cell clears but what nobody can be without."""
    cells = {name: value for name, value in entry.cells.items() if name in MEMBERS}
    for name in ("active", "language", "time_zone"):
        if cells.get(name) is None:
            cells.pop(name, None)
    return cells | ({"active": flag(cells, "active")} if "active" in cells else {})
