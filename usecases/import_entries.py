"""Importing lines of a table or features of a map: all in one transaction, or none and what is wrong with each."""

import csv
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias

import msgspec

from fleet.errors import Conflict, EccError, Forbidden, InvalidInput, NotFound
from storage import organisations
from storage.organisations import OrganisationRow
from storage.read_scope import Connection, Scope

MAX_ENTRIES = 10_000
SHOWN_ERRORS = 200
Outcome = Literal["created", "updated", "unchanged"]
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a table (the header is line 1) or a feature of a map (the first is 1).

    `cells`: what it holds by column, None where it holds nothing; columns that the file does not have are not there.
    """

    number: int
    cells: Mapping[str, Any]
    geometry: Mapping[str, Any] | None = None


class WrongCell(InvalidInput):
    """A cell that cannot be understood."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column = column


class RefusedImport(InvalidInput):
    """Nothing was imported."""

    def __init__(self, errors: Sequence[dict[str, str]], entries: int) -> None:
        more = f"; the first {SHOWN_ERRORS} are shown" if len(errors) > SHOWN_ERRORS else ""
        super().__init__(f"Nothing was imported: {len(errors)} of {entries} entries are wrong{more}.")
        self.errors = errors[:SHOWN_ERRORS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How an import went, or would go."""

    dry_run: bool
    entries: int
    created: int
    updated: int
    unchanged: int


def read_csv(content: bytes, *, required: Sequence[str], optional: Sequence[str]) -> list[Entry]:
    """The lines of a CSV in UTF-8 with a header. Raises InvalidInput, and RefusedImport for lines of a wrong length."""
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as wrong:
        raise InvalidInput(f"The file is not UTF-8 (byte {wrong.start}); save it as UTF-8.") from None
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, required, optional)
        rows = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
            if len(rows) > MAX_ENTRIES:
                raise InvalidInput(f"The file has more than {MAX_ENTRIES} lines; import it in parts.")
    except csv.Error as wrong:
        raise InvalidInput(f"line {reader.line_num}: {wrong}") from None
    uneven = [
        _error("line", n, None, f"{len(r)} cells; the header has {len(header)}")
        for n, r in rows
        if len(r) != len(header)
    ]
    if uneven:
        raise RefusedImport(uneven, len(rows))
    return [Entry(n, {name: cell.strip() or None for name, cell in zip(header, r, strict=True)}) for n, r in rows]


def _check_header(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    if missing := [name for name in required if name not in header]:
        raise InvalidInput(f"line 1: the header lacks {', '.join(missing)}")
    if unknown := [name for name in header if name not in (*required, *optional)]:
        known = ", ".join((*required, *optional))
        raise InvalidInput(f"line 1: unknown columns {', '.join(map(repr, unknown))}; known: {known}")
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        raise InvalidInput(f"line 1: {twice[0]} stands more than once in the header")


def read_geojson(content: bytes, *, known: Sequence[str]) -> list[Entry]:
    """The features of a GeoJSON FeatureCollection or Feature, with the properties that are known."""
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise InvalidInput(f"The body is no JSON: {wrong}") from None
    kind = document.get("type") if isinstance(document, dict) else None
    features = [document] if kind == "Feature" else document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        raise InvalidInput("The body is no GeoJSON FeatureCollection or Feature (RFC 7946).")
    if len(features) > MAX_ENTRIES:
        raise InvalidInput(f"There are more than {MAX_ENTRIES} features; import them in parts.")
    return [_feature(number, feature, known) for number, feature in enumerate(features, 1)]


def _feature(number: int, feature: Any, known: Sequence[str]) -> Entry:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or not isinstance(properties, dict | None):
        raise InvalidInput(f"feature {number}: it has no geometry, or properties that are no object")
    cells = {name: value for name, value in (properties or {}).items() if name in known}
    return Entry(number, cells, geometry)


async def run_import(
    conn: Connection,
    entries: Sequence[Entry],
    put: Callable[[Entry], Awaitable[Outcome]],
    *,
    columns: Sequence[str],
    unit: Literal["line", "feature"] = "line",
    dry_run: bool,
    progress: Progress | None = None,
) -> ImportReport:
    """Put every entry, in one transaction that is taken back in a dry run or when one is wrong.

    Raises RefusedImport with what is wrong with each.
    """
    counted: Counter[Outcome] = Counter()
    errors: list[dict[str, str]] = []
    async with conn.transaction(force_rollback=dry_run):
        for done, entry in enumerate(entries, 1):
            try:
                counted[await put(entry)] += 1
            except (InvalidInput, Forbidden, NotFound, Conflict) as wrong:
                errors.append(_error(unit, entry.number, _column(wrong, columns), wrong.detail))
                if isinstance(wrong.__cause__, Exception) and isinstance(wrong, Conflict):
                    break  # the database refused a statement, and with it the rest of the transaction
            if progress:
                progress(done, len(entries))
        if errors:
            raise RefusedImport(errors, len(entries))
    return ImportReport(
        dry_run=dry_run,
        entries=len(entries),
        created=counted["created"],
        updated=counted["updated"],
        unchanged=counted["unchanged"],
    )


def _column(wrong: EccError, columns: Iterable[str]) -> str | None:
    """Which column it is about: named by the error, or by the first word of its sentence."""
    if isinstance(wrong, WrongCell):
        return wrong.column
    return next((column for column in columns if wrong.detail.startswith(f"{column} ")), None)


def _error(unit: str, number: int, column: str | None, words: str) -> dict[str, str]:
    return {"where": f"{unit} {number}" + (f", {column}" if column else ""), "message": words}


class Directory:
    """The organisations that an import may name, by their number in somebody's books or their name."""

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
        for words in (row.name, row.external_no):
            if words is not None:
                self._by_words.setdefault(words, set()).add(row.organisation_id)

    def named(self, words: str) -> list[OrganisationRow]:
        """All of this external_no, else all of this name."""
        rows = [self._by_number[number] for number in sorted(self._by_words.get(words, ()))]
        return [row for row in rows if row.external_no == words] or [row for row in rows if row.name == words]

    def get(self, words: str | None, column: str = "organisation") -> OrganisationRow:
        """The one of this external_no or name; None: the author's own. Raises WrongCell for none, and for several."""
        if words is None:
            return self._by_number[self._own]
        found = self.named(str(words))
        if len(found) > 1:
            raise WrongCell(column, f"{len(found)} organisations are called {words!r}; give the external_no")
        if not found:
            names = {row.name.casefold(): row.name for row in self._by_number.values()}
            near = [names[name] for name in get_close_matches(str(words).casefold(), names, n=1)]
            hint = f"; did you mean {near[0]}?" if near else ""
            raise WrongCell(column, f"{words!r}: no organisation of that name or external_no{hint}")
        return found[0]


def flag(cells: Mapping[str, Any], column: str) -> bool:
    """A cell that says yes or no. Raises WrongCell."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = words.get(str(cells.get(column)).casefold())
    if found is None:
        raise WrongCell(column, f"{cells.get(column)!r} is neither true nor false")
    return found


def number(cells: Mapping[str, Any], column: str) -> float | None:
    """A cell that holds a number, None when it is empty. Raises WrongCell."""
    found = cells.get(column)
    if found is None or (isinstance(found, int | float) and not isinstance(found, bool)):
        return found
    try:
        return float(str(found))
    except ValueError:
        raise WrongCell(column, f"{found!r} is no number") from None
