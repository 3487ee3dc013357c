"""Commands for what people keep: list, show, add, change, delete and import, the same for every noun."""

import asyncio
import getpass
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence, Set
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
import typer

from app.columns import shown_width, table_lines
from app.processes import settings_or_exit
from app.progress import bar
from fleet.errors import InvalidInput, NotFound
from storage.audit import Actor
from storage.organisations import enter_organisation, enter_platform
from storage.pool import connect_async
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.import_directory import Directory
from usecases.import_entries import ImportReport, RefusedImport
from usecases.master_data import ListWish

Answer = TypeVar("Answer")
_PAGE = 1_000
Members = Annotated[list[str], typer.Argument(help="member=value ...; member=@FILE takes the file's content.")]
Reference = Annotated[str, typer.Argument(help="Id, or the whole name (of people: the login).")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything and write nothing.")]
Under = Annotated[
    str | None,
    typer.Option("--organisation", help="Id, name or number: import in its name, as its own administrator would."),
]


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs the command, in the name of the platform."""

    actor: Actor
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """What the commands of one noun need; `members` -> what kind of value each takes."""

    plural: str
    columns: Sequence[str]
    members: Mapping[str, str]  # text, number, flag or json; organisation: a name or external_no, as <member>_id
    list: Callable[[Connection, Scope, str | None, ListWish], Awaitable[Any]]
    get: Callable[[Connection, Scope, UUID], Awaitable[Any]]
    create: Callable[[Connection, Operator, dict[str, Any], datetime], Awaitable[Any]]
    change: Callable[[Connection, Operator, UUID, dict[str, Any], datetime], Awaitable[Any]]
    load: Callable[..., Awaitable[ImportReport]] | None = None
    command: str = ""  # of `ecc`, where it is not the plural
    key: str = "name"
    unchanging: Set[str] = frozenset({"organisation"})  # members that stay as they were made
    delete: Callable[[Connection, Operator, UUID, datetime], Awaitable[None]] | None = None
    geojson: bool = False
    load_options: Mapping[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def platform(command: str) -> AsyncIterator[tuple[Connection, Operator]]:
    """A transaction of the tables' owner, and who stands in the audit for it."""
    settings = settings_or_exit()
    async with await connect_async(settings.database_url_for("ecc_owner"), application=f"ecc {command}") as conn:
        scope = await enter_platform(conn)
        name = f"{getpass.getuser()}@{socket.gethostname()}"
        yield conn, Operator(Actor(kind="system", id=None, name=name, organisation_id=scope.organisation_id), scope)


@asynccontextmanager
async def in_the_name_of(organisation: str | None, command: str) -> AsyncIterator[tuple[Connection, Operator]]:
    """`platform` with the scope of an organisation and those below it; None: of the platform.

    Raises InvalidInput for an organisation that there is not, with near names.
    """
    async with platform(command) as (conn, by):
        if organisation is None:
            yield conn, by
        else:
            found = (await Directory.of(conn, by.scope)).get(organisation, "--organisation")
            yield conn, Operator(by.actor, await enter_organisation(conn, found.organisation_id))


def run(answer: Coroutine[Any, Any, Answer]) -> Answer:
    """Run one command to its end."""
    return asyncio.run(answer)


def now() -> datetime:
    """The command line's clock."""
    return datetime.now(UTC)


def as_json(answer: object) -> str:
    """An answer for people and programs: indented JSON."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()


async def find(conn: Connection, by: Operator, noun: Noun, reference: str) -> UUID:
    """The id that a reference means. Raises NotFound, and InvalidInput for a name that several have."""
    try:
        return UUID(reference)
    except ValueError:
        page = await noun.list(conn, by.scope, reference, ListWish(limit=_PAGE))
    found = [item for item in page.items if getattr(item, noun.key) == reference]
    if not found:
        raise NotFound(f"There are no {noun.plural} called {reference!r}; `ecc {_said(noun)} list` shows all.")
    if len(found) > 1:
        ids = ", ".join(str(item.id) for item in found)
        raise InvalidInput(f"{len(found)} {noun.plural} are called {reference!r}: {ids}.")
    return UUID(str(found[0].id))


def _said(noun: Noun) -> str:
    return noun.command or noun.plural


def read_members(noun: Noun, given: Sequence[str], *, is_new: bool) -> dict[str, str]:
    """The text of each name=value, from its file where it names one.

    Raises InvalidInput for a member that the noun does not have, or that stays as it was made.
    """
    texts: dict[str, str] = {}
    for word in given:
        name, equals, text = word.partition("=")
        if not equals or name not in noun.members:
            raise InvalidInput(f"{word!r} is no member=value; the members are {', '.join(noun.members)}.")
        if name in noun.unchanging and not is_new:
            raise InvalidInput(f"{name} cannot be changed.")
        texts[name] = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
    return texts


async def values_of(conn: Connection, by: Operator, noun: Noun, texts: Mapping[str, str]) -> dict[str, Any]:
    """The members that these texts mean. Raises InvalidInput for one that its member does not take."""
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if noun.members[name] == "organisation":
            row = (await Directory.of(conn, by.scope)).get(text, name) if text else None
            values[f"{name}_id"] = None if row is None else row.public_id
        else:
            values[name] = _value(name, noun.members[name], text)
    return values


def _value(name: str, kind: str, content: str) -> Any:
    if kind == "text" or not content:
        return content or None
    try:
        found = json.loads(content)
    except ValueError:
        raise InvalidInput(f"{name} takes {_TAKES[kind]}; {content[:40]!r} is none.") from None
    if kind == "flag" and not isinstance(found, bool):
        raise InvalidInput(f"{name} takes {_TAKES[kind]}; {content[:40]!r} is none.")
    return found


_TAKES = {"number": "a number", "flag": "true or false", "json": "JSON"}


def commands(noun: Noun) -> typer.Typer:
    """`ecc <plural> list | show | add | change | import`, and `delete` where there is one."""
    members = ", ".join(noun.members)
    app = typer.Typer(help=f"{noun.plural.capitalize()}. Members: {members}.", no_args_is_help=True)
    _add_reading(app, noun)
    _add_writing(app, noun)
    return app


def _add_reading(app: typer.Typer, noun: Noun) -> None:
    @app.command("list")
    def list_all(
        q: Annotated[str | None, typer.Option("--q", help="Part of the name.")] = None, as_json_: AsJson = False
    ) -> None:
        """All of them, or those whose name holds a text."""
        items = run(_listed(noun, q))
        if as_json_:
            print(as_json(items))
            return
        rows = [[_cell(getattr(item, column)) for column in noun.columns] for item in items]
        for line in table_lines([list(noun.columns), *rows], width=shown_width()):
            print(line)

    @app.command()
    def show(reference: Reference) -> None:
        """One of them, as JSON."""
        print(as_json(run(_shown(noun, reference))))


def _add_writing(app: typer.Typer, noun: Noun) -> None:
    @app.command()
    def add(given: Members) -> None:
        """Make one."""
        print(as_json(run(_added(noun, read_members(noun, given, is_new=True)))))

    @app.command()
    def change(reference: Reference, given: Members) -> None:
        """Change members of one; `member=` clears it."""
        print(as_json(run(_changed(noun, reference, read_members(noun, given, is_new=False)))))

    if noun.load is not None:

        @app.command("import")
        def import_file(
            file: Annotated[
                Path, typer.Argument(exists=True, dir_okay=False, help="CSV, or GeoJSON (*.json, *.geojson).")
            ],
            dry_run: DryRun = False,
            organisation: Under = None,
        ) -> None:
            """Make or change those of a file: all of them, or none and every wrong cell of each line."""
            _import(noun, file, dry_run, organisation)

    if noun.delete is not None:

        @app.command()
        def delete(reference: Reference) -> None:
            """Delete one."""
            run(_deleted(noun, reference))
            print("Deleted.")


def _cell(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)


async def _listed(noun: Noun, q: str | None) -> list[Any]:
    items: list[Any] = []
    async with platform(f"{noun.plural} list") as (conn, by):
        after: tuple[str, int] | None = None
        while True:
            page = await noun.list(conn, by.scope, q, ListWish(limit=_PAGE, after=after))
            items += page.items
            after = page.end
            if after is None:
                return items


async def _shown(noun: Noun, reference: str) -> Any:
    async with platform(f"{noun.plural} show") as (conn, by):
        return await noun.get(conn, by.scope, await find(conn, by, noun, reference))


async def _added(noun: Noun, texts: Mapping[str, str]) -> Any:
    async with platform(f"{noun.plural} add") as (conn, by):
        return await noun.create(conn, by, await values_of(conn, by, noun, texts), now())


async def _changed(noun: Noun, reference: str, texts: Mapping[str, str]) -> Any:
    async with platform(f"{noun.plural} change") as (conn, by):
        thing = await find(conn, by, noun, reference)
        return await noun.change(conn, by, thing, await values_of(conn, by, noun, texts), now())


async def _deleted(noun: Noun, reference: str) -> None:
    assert noun.delete is not None
    async with platform(f"{noun.plural} delete") as (conn, by):
        await noun.delete(conn, by, await find(conn, by, noun, reference), now())


def _import(noun: Noun, file: Path, dry_run: bool, organisation: str | None) -> None:
    with named_faults(file), bar(f"importing {noun.plural}") as progress:
        report = run(_imported(noun, file, dry_run, organisation, progress=progress))
    counts = f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged"
    print(f"{counts}; nothing was written (dry run)." if dry_run else f"{counts}.")


@contextmanager
def named_faults(file: Path) -> Iterator[None]:
    """Print what is wrong with a file that was refused, a wrong cell a line, and exit with 1."""
    try:
        yield
    except RefusedImport as refused:
        for fault in refused.faults:
            print(f"{file}: {fault.where}: {fault.reason}")
        print(refused.detail)
        raise typer.Exit(1) from None


async def _imported(
    noun: Noun, file: Path, dry_run: bool, organisation: str | None, *, progress: Callable[[int, int], None]
) -> ImportReport:
    assert noun.load is not None
    options = dict(noun.load_options)
    if noun.geojson:
        options["is_geojson"] = file.suffix in (".json", ".geojson")
    content = await asyncio.to_thread(file.read_bytes)
    async with in_the_name_of(organisation, f"{noun.plural} import") as (conn, by):
        return await noun.load(conn, by, content, dry_run=dry_run, now=now(), progress=progress, **options)
