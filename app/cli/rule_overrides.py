"""`ecc rules override add | list | remove`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.cli.master_data import AsJson, as_json, now, platform, run
from app.cli.terminals import instant_of
from app.columns import shown_width, table_lines
from diagnosis.ruleset import RuleSet
from fleet.errors import InvalidInput
from fleet.signals import Catalogue, packaged_catalogue
from storage.read_pool import Connection
from storage.read_signals import list_added_signals
from storage.rule_overrides import OverrideRow
from usecases import edit_overrides
from usecases.edit_rule_sets import live_rules

app = typer.Typer(help="A machine's own limits of a rule, with a reason and an end.", no_args_is_help=True)
Machine = Annotated[str, typer.Argument(help="The machine's PIN, or its id.")]
RuleKey = Annotated[str, typer.Argument(metavar="RULE", help="The rule's key, see `ecc rules show`.")]


@app.command()
def add(
    machine: Machine,
    rule: RuleKey,
    reason: Annotated[str, typer.Option(help="Why; people read it.")],
    until: Annotated[str, typer.Option(help="When it ends, RFC 3339 with a zone.")],
    limit: Annotated[list[str] | None, typer.Option(help='name=value such as "lowest=80 kPa"; repeatable.')] = None,
    off: Annotated[bool, typer.Option("--off", help="Switch the rule off for the machine.")] = False,
) -> None:
    """Enter one; what the machine had of the rule is replaced. Counts from the next batch on."""
    values = {"rule": rule, "reason": reason, "until": instant_of(until), "is_off": off}
    print(as_json(run(_added(machine, values | {"limits": dict(map(_limit, limit or []))}))))


@app.command("list")
def list_all(
    machine: Annotated[str | None, typer.Argument(help="Only this machine's.")] = None, is_json: AsJson = False
) -> None:
    """All of them, the ended ones too, and those that the live set has no place for with why."""
    rows = run(_listed(machine))
    if is_json:
        print(as_json([asdict(row) | {"not_used": why or None} for row, why in rows]))
        return
    heading = ("machine", "rule", "value", "until", "by", "reason")
    print("\n".join(table_lines([heading, *(_cells(row) for row, _ in rows)], width=shown_width())))
    print("".join(f"Not used: {row.rule} of {row.pin}: {why}\n" for row, why in rows if why), end="")


@app.command()
def remove(machine: Machine, rule: RuleKey) -> None:
    """Take one back."""
    run(_removed(machine, rule))
    print("Removed.")


def _limit(words: str) -> tuple[str, object]:
    name, equals, value = words.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InvalidInput(f"{words!r} is no name=value such as lowest=80 kPa.")
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), value.strip()


def _cells(row: OverrideRow) -> tuple[str, ...]:
    value = "off" if row.is_off else ", ".join(f"{name} = {given}" for name, given in row.limits.items())
    ends = f"{row.until:%Y-%m-%d %H:%M}Z" + (" (ended)" if row.until <= now() else "")
    return row.pin, row.rule, value, ends, row.entered_by, row.reason


def reference_of(machine: str) -> str:
    """A machine as the use cases name it: an id, or one of the kinds such as pin:X; a bare word is a PIN."""
    return machine if ":" in machine or len(machine) == 36 else f"pin:{machine}"


async def catalogue_of(conn: Connection) -> Catalogue:
    """The signals of this platform."""
    return packaged_catalogue().with_added(await list_added_signals(conn))


async def _added(machine: str, values: dict[str, Any]) -> OverrideRow:
    async with platform("rules override add") as (conn, by):
        ruleset = await live_rules(conn, await catalogue_of(conn))
        return await edit_overrides.put_override(conn, by, reference_of(machine), values, ruleset=ruleset, now=now())


async def _listed(machine: str | None) -> list[tuple[OverrideRow, str]]:
    async with platform("rules override list") as (conn, by):
        reference = None if machine is None else reference_of(machine)
        rows = await edit_overrides.list_overrides(conn, by.scope, reference, now=now())
        ruleset = await live_rules(conn, await catalogue_of(conn)) if rows else RuleSet([])
        return [(row, edit_overrides.why_unused(row, ruleset)) for row in rows]


async def _removed(machine: str, rule: str) -> None:
    async with platform("rules override remove") as (conn, by):
        await edit_overrides.remove_override(conn, by, reference_of(machine), rule, now=now())
