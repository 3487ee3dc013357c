"""`ecc rules list | show | diff | import | replay | tune | shadow | promote | rollback`, and overrides."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import rule_overrides, rule_replays
from app.cli.master_data import AsJson, as_json, now, platform, run
from app.cli.rule_overrides import catalogue_of
from app.columns import shown_width, table_lines
from diagnosis.ruleset import RuleSet
from fleet.errors import InvalidInput
from storage.rule_sets import StoredRules
from usecases import edit_rule_sets as edit
from usecases.edit_rule_sets import Imported, RuleDifference
from usecases.rules_in_force import parsed

app = typer.Typer(
    help="The rules: sets of them, which one is live, replays, overrides for single machines.", no_args_is_help=True
)
app.add_typer(rule_overrides.app, name="override")
Set = rule_replays.Set


@app.command("list")
def list_sets(is_json: AsJson = False) -> None:
    """All rule sets, the newest first."""
    rows = run(_list())
    if is_json:
        print(as_json(rows))
        return
    heading = ("set", "role", "kind", "version", "replays", "entered", "by", "note")
    print("\n".join(table_lines([heading, *map(_cells, rows)], width=shown_width())))


def _cells(row: StoredRules) -> tuple[str, ...]:
    kind = row.kind if row.base_id is None else f"{row.kind} on {row.base_id}"
    entered = f"{row.entered_at:%Y-%m-%d %H:%M}Z"
    return str(row.rule_set_id), row.role or "", kind, row.version, str(row.replays), entered, row.entered_by, row.note


@app.command()
def show(
    rule_set: Set = "live",
    rule: Annotated[str | None, typer.Argument(help="One rule's key.")] = None,
    text: Annotated[bool, typer.Option("--text", help="The TOML as it was entered.")] = False,
) -> None:
    """The rules of a set, or what one of them says."""
    stored, rules = run(_parsed(rule_set))
    if text:
        print("\n".join(f"# {name}\n{content}" for name, content in stored.files.items()))
    elif rule is None:
        rows = [(one.key, str(one.severity or "by_code"), one.when_text, one.title.en) for one in rules.rules]
        print("\n".join(table_lines([("rule", "severity", "when", "title"), *rows], width=shown_width())))
    elif rule not in rules.by_key:
        raise InvalidInput(f"Rule set {stored.rule_set_id} has no rule {rule!r}.")
    else:
        members = edit.members_of(rules.by_key[rule])
        print("\n".join(table_lines([(name, value) for name, value in members.items() if value], width=None)))


@app.command()
def diff(one: Set, other: Set = "live") -> None:
    """What differs between two sets, rule by rule: - is the second one's, + the first one's."""
    different = run(_differences(one, other))
    if not different:
        print("Their rules are the same.")
    for found in different:
        print(found.key)
        for name, (here, there) in found.members.items():
            print("\n".join(f"  {sign} {name}: {told}" for sign, told in (("-", there), ("+", here)) if told))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML: the whole of the site's edits.")],
    base: Annotated[str, typer.Option(help="The shipped set that they lie on; the newest when left out.")] = "base",
    note: Annotated[str, typer.Option(help="What it is about.")] = "",
) -> None:
    """Lay a site's edits on the shipped rules as a new set; it is not live yet."""
    found = run(_imported(file.read_text(encoding="utf-8"), base, note))
    number, layered = found.rules.rule_set_id, found.layered
    print(f"Rule set {number} ({found.rules.version}){'' if found.is_new else ', which was there'}: ", end="")
    parts = (("changed", layered.changed), ("added", layered.added), ("off", layered.off))
    told = [f"{name} {', '.join(keys)}" for name, keys in parts if keys]
    told += [f"{len(layered.overrides)} machines with limits of their own"] if layered.overrides else []
    print("; ".join(told) + ".")
    print(f"Next: ecc rules replay {number} --from ... --to ..., then ecc rules promote {number}")


@app.command()
def shadow(
    rule_set: Annotated[str | None, typer.Argument(help="The set; left out with --off.")] = None,
    off: Annotated[bool, typer.Option("--off", help="No set judges in shadow any more.")] = False,
) -> None:
    """Let a second set judge the stream beside the live one; what it finds is recorded and raises nothing."""
    if (rule_set is None) != off:
        raise InvalidInput("Name a rule set, or give --off.")
    stored = run(_in_shadow(rule_set))
    print("No set is in shadow." if stored is None else f"Rule set {stored.rule_set_id} is in shadow.")


for command in (rule_replays.replay, rule_replays.tune):
    app.command()(command)
app.command("work", hidden=True)(rule_replays.work)


@app.command()
def promote(rule_set: Set) -> None:
    """Make a replayed set live; the gateway judges by it from its next batch on."""
    print(f"Rule set {run(_promoted(rule_set)).rule_set_id} is live.")


@app.command()
def rollback() -> None:
    """Make the set live that was live before; once more, and it is the one before that."""
    print(f"Rule set {run(_rolled_back()).rule_set_id} is live again.")


async def _list() -> list[StoredRules]:
    async with platform("rules list") as (conn, _):
        return await edit.list_rule_sets(conn)


async def _parsed(reference: str) -> tuple[StoredRules, RuleSet]:
    async with platform("rules show") as (conn, _):
        stored = await edit.get_rule_set(conn, reference)
        return stored, parsed(stored, await catalogue_of(conn))


async def _differences(one: str, other: str) -> list[RuleDifference]:
    async with platform("rules diff") as (conn, _):
        catalogue = await catalogue_of(conn)
        here, there = [await edit.get_rule_set(conn, reference) for reference in (one, other)]
        machines = there.machines | here.machines
        return edit.differences(parsed(here, catalogue), parsed(there, catalogue), machines)


async def _imported(text: str, base: str, note: str) -> Imported:
    async with platform("rules import") as (conn, by):
        catalogue = await catalogue_of(conn)
        return await edit.import_edits(conn, by, text, catalogue=catalogue, base=base, note=note, now=now())


async def _in_shadow(reference: str | None) -> StoredRules | None:
    async with platform("rules shadow") as (conn, by):
        return await edit.put_in_shadow(conn, by, reference, now=now())


async def _promoted(reference: str) -> StoredRules:
    async with platform("rules promote") as (conn, by):
        return await edit.promote(conn, by, reference, now=now())


async def _rolled_back() -> StoredRules:
    async with platform("rules rollback") as (conn, by):
        return await edit.roll_back(conn, by, now=now())
