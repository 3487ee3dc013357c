"""Importing lines of a table or features of a map: all in one transaction, or none and every wrong cell of each."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from fleet.errors import Conflict, EccError, Forbidden, InvalidInput, NotFound
from fleet.reasons import Fault, reason
from storage.audit import recorded_together
from storage.read_pool import Connection
from usecases.import_files import Entry

SHOWN_ERRORS = 200
PART = 250  # rows a statement: its time is limited
Outcome = Literal["created", "updated", "unchanged"]
Progress: TypeAlias = Callable[[int, int], None]
Put: TypeAlias = Callable[[Entry], Awaitable[Outcome | None]]
StandIn: TypeAlias = Mapping[str, Any] | Callable[[Entry], Mapping[str, Any]]
REFUSALS = (InvalidInput, Forbidden, NotFound, Conflict)


class RefusedImport(InvalidInput):
    """Nothing was imported."""

    def __init__(self, found: Sequence[Fault], *, wrong: int, entries: int) -> None:
        self._found = found[:SHOWN_ERRORS]
        key = "import_refused_more" if len(found) > SHOWN_ERRORS else "import_refused"
        super().__init__(key, wrong=wrong, entries=entries, shown=SHOWN_ERRORS, errors=len(found))

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong, cell by cell: `where` is "line 3, time_zone"."""
        return self._found


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Something that an import made beside its own entries."""

    kind: Literal["site", "model", "organisation"]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How an import went, or would go; `made`: what was made beside the entries themselves."""

    dry_run: bool
    entries: int
    created: int
    updated: int
    unchanged: int
    made: Sequence[Made] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a noun's files, and how the rest of an entry is judged when a cell is wrong.

    `of_member`: the columns of members, constraints and reasons that errors name otherwise. `stand_ins`: what is taken
    for a wrong cell (and for others with it), "#" for a name of its own, or what gives that of the entry; a wrong cell
    without one is taken out, and one whose stand-in is wrong too is empty.
    `hides`: columns, or reasons, that cannot be judged without the right cell of a column, or after a reason.
    """

    names: Sequence[str]
    of_member: Mapping[str, str] = field(default_factory=dict)
    stand_ins: Mapping[str, StandIn] = field(default_factory=dict)
    hides: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unit: Literal["line", "feature"] = "line"

    def of(self, wrong: EccError) -> str | None:
        """Which column an error is about."""
        constraint = getattr(getattr(wrong.__cause__, "diag", None), "constraint_name", None)
        parts = [constraint or "", _key(wrong), wrong.where, *reversed(wrong.where.split("."))]
        named = [self.of_member.get(part, part) for part in parts]
        return next((name for name in named if name in self.names), None)

    def without(self, entry: Entry, cells: Mapping[str, Any], column: str, *, again: bool) -> dict[str, Any]:
        """The cells of an entry when one is wrong; `again`: what stood in for it as well."""
        stand_in = self.stand_ins.get(column)
        if stand_in is None:
            return {name: value for name, value in cells.items() if name != column}
        if again:
            return {**cells, column: None}
        given = stand_in(entry) if callable(stand_in) else stand_in
        return {**cells} | {n: f"entry-{entry.number}" if value == "#" else value for n, value in given.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """What puts the entries of one file, one after the other; `finish`: writes what was put off.

    `put` gives None for an entry that is counted with a later one. `made` grows with what it makes by the way.
    `finish_writes`: what `put` puts off is written by `finish` alone, so that one wrong entry takes no other back.
    """

    put: Put
    finish: Callable[[], Awaitable[None]] | None = None
    made: Sequence[Made] = ()
    finish_writes: bool = False


async def run_import(
    conn: Connection,
    entries: Sequence[Entry],
    prepare: Callable[[bool], Awaitable[Importer]],
    *,
    columns: Columns,
    dry_run: bool,
    progress: Progress | None = None,
) -> ImportReport:
    """Put every entry, in one transaction that is taken back in a dry run or when one is wrong.

    The first thing that is wrong ends that; then all is gone through once more, to name whatever is wrong with each.
    `prepare` makes what puts them, True: each by itself, so that what the database refuses can be told of it.
    Raises RefusedImport.
    """
    try:
        async with conn.transaction(force_rollback=dry_run), recorded_together(conn):
            return await _put_all(await prepare(False), entries, dry_run=dry_run, progress=progress)
    except REFUSALS as wrong:
        refused: EccError = wrong
    found, count = await _wrong_together(conn, entries, prepare, columns, progress=progress)
    if not found:
        async with conn.transaction(force_rollback=True), recorded_together(conn):
            found, count = await _wrong_with(conn, entries, await prepare(True), columns, progress=progress)
    if not found:
        raise refused  # of the whole file
    raise RefusedImport(found, wrong=count, entries=len(entries))


async def _wrong_together(
    conn: Connection,
    entries: Sequence[Entry],
    prepare: Callable[[bool], Awaitable[Importer]],
    columns: Columns,
    *,
    progress: Progress | None,
) -> tuple[list[Fault], int]:
    """What is wrong with the entries where the database refuses nothing of what is written together; else nothing.

    Thousands of right lines beside a wrong one are told of in seconds; one by one they take minutes.
    """
    try:
        async with conn.transaction(force_rollback=True), recorded_together(conn):
            importer = await prepare(False)
            if importer.finish is None or not importer.finish_writes:
                return [], 0
            wrong = await _wrong_with(conn, entries, importer, columns, progress=progress)
            await importer.finish()
            return wrong
    except REFUSALS:
        return [], 0


async def _put_all(
    importer: Importer, entries: Sequence[Entry], *, dry_run: bool, progress: Progress | None
) -> ImportReport:
    counted: Counter[Outcome] = Counter()
    for done, entry in enumerate(entries, 1):
        for wrong in (entry.wrong, *entry.foreign):
            if wrong is not None:
                raise wrong
        if (outcome := await importer.put(entry)) is not None:
            counted[outcome] += 1
        if progress:
            progress(done, len(entries))
    if importer.finish is not None:
        await importer.finish()
    return ImportReport(
        dry_run=dry_run,
        entries=len(entries),
        created=counted["created"],
        updated=counted["updated"],
        unchanged=counted["unchanged"],
        made=tuple(importer.made),
    )


async def _wrong_with(
    conn: Connection, entries: Sequence[Entry], importer: Importer, columns: Columns, *, progress: Progress | None
) -> tuple[list[Fault], int]:
    """What is wrong with the entries, and how many are."""
    found: list[Fault] = []
    count = 0
    for done, entry in enumerate(entries, 1):
        wrong: list[tuple[str | None, EccError]] = [(error.where, error) for error in entry.foreign]
        wrong += [(None, entry.wrong)] if entry.wrong is not None else await _judged(conn, entry, importer.put, columns)
        found += [_fault(f"{columns.unit} {entry.number}", column, error) for column, error in wrong]
        count += bool(wrong)
        if progress:
            progress(done, len(entries))
    return found, count


async def _judged(conn: Connection, entry: Entry, put: Put, columns: Columns) -> list[tuple[str | None, EccError]]:
    """Every wrong cell of an entry: without the one that was named it is tried again, until none is named.

    What is right then stays for the entries that refer to it: whether they are right is judged as if it were.
    """
    found: list[tuple[str | None, EccError]] = []
    named: Counter[str] = Counter()
    hidden: set[str] = set()
    cells: Mapping[str, Any] = entry.cells
    while True:
        try:
            async with conn.transaction():
                await put(replace(entry, cells=cells))
            return found
        except REFUSALS as wrong:
            column, key = columns.of(wrong), _key(wrong)
            if not found or not (column is None or column in named or {column, key} & hidden):
                found.append((column, wrong))
            if column is None or named[column] > 1:
                return found
        named[column] += 1
        hidden |= {*columns.hides.get(column, ()), *columns.hides.get(key, ())}
        cells = columns.without(entry, cells, column, again=named[column] > 1)


def _key(wrong: EccError) -> str:
    return "" if wrong.reason is None else wrong.reason.key


_BARE = {
    "not_found": reason("entry_not_found"),
    "forbidden": reason("entry_forbidden"),
    "conflict": reason("entry_conflict"),
}


def _fault(place: str, column: str | None, wrong: EccError) -> Fault:
    told = wrong.faults[0].reason if wrong.faults else _BARE.get(wrong.code, reason("not_understood"))
    return Fault(f"{place}, {column}" if column else place, told)


def flag(cells: Mapping[str, Any], column: str) -> bool:
    """A cell that says yes or no. Raises InvalidInput."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = words.get(str(cells.get(column)).casefold())
    if found is None:
        raise InvalidInput("cell_no_flag", where=column, found=cells.get(column))
    return found


def number(cells: Mapping[str, Any], column: str) -> float | None:
    """A cell that holds a number, None when it is empty. Raises InvalidInput."""
    found = cells.get(column)
    if found is None or (isinstance(found, int | float) and not isinstance(found, bool)):
        return found
    try:
        return float(str(found))
    except ValueError:
        raise InvalidInput("cell_no_number", where=column, found=found) from None
