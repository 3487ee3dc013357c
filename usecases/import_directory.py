"""The organisations that files and commands may name."""

from collections.abc import Iterable
from difflib import get_close_matches
from uuid import UUID

from fleet.errors import InvalidInput
from storage import organisations
from storage.organisations import OrganisationRow
from storage.read_pool import Connection
from storage.sight import Scope


class Directory:
    """Organisations by their number in somebody's books, their name or their id."""

    def __init__(self, rows: Iterable[OrganisationRow], own: int) -> None:
        self._own = own
        self._by_number: dict[int, OrganisationRow] = {}
        self._by_words: dict[str, set[int]] = {}
        for row in rows:
            self.add(row)

    @classmethod
    async def of(cls, conn: Connection, scope: Scope) -> "Directory":
        """Those that the scope sees."""
        return cls(await organisations.list_all(conn, scope), scope.organisation_id)

    def add(self, row: OrganisationRow) -> None:
        """Know one, also one that has just been made or changed."""
        self._by_number[row.organisation_id] = row
        for words in (row.name, row.external_no, str(row.public_id)):
            if words is not None:
                self._by_words.setdefault(words, set()).add(row.organisation_id)

    def named(self, words: str) -> list[OrganisationRow]:
        """The one of this id, else all of this external_no, else all of this name."""
        rows = [self._by_number[number] for number in sorted(self._by_words.get(words, ()))]
        return (
            [row for row in rows if str(row.public_id) == words]
            or [row for row in rows if row.external_no == words]
            or [row for row in rows if row.name == words]
        )

    def get(self, words: str | UUID | None, column: str = "organisation") -> OrganisationRow:
        """The one of this id, external_no or name; None: the author's own.

        Raises InvalidInput for none, with the nearest names, and for several.
        """
        if words is None:
            return self._by_number[self._own]
        found = self.named(str(words))
        if len(found) > 1:
            raise InvalidInput("organisation_named_several", where=column, count=len(found), found=str(words))
        if not found:
            names = {row.name.casefold(): row.name for row in self._by_number.values()}
            near = [names[name] for name in get_close_matches(str(words).casefold(), names, n=3)]
            key = "organisation_unnamed_near" if near else "organisation_unnamed"
            raise InvalidInput(key, where=column, found=str(words), near=near)
        return found[0]
