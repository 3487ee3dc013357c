"""`ecc rules`: sets list, show, diff, check, import; replay, tune, shadow, promote, rollback; override."""

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
from usecases.check_rules import CheckedEdits, check_edits
from usecases.edit_rule_sets import Imported, RuleDifference
from usecases.import_files import text_of
from usecases.read_shadow import ShadowFinding, ShadowPage, ShadowWish, list_shadow_findings
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
    else:
        members = edit.members_of(edit.rule_of(stored, rules, rule))
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


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML: the whole of the site's edits.")],
    base: Annotated[str, typer.Option(help="The shipped set that they lie on; the newest when left out.")] = "base",
) -> None:
    """Look for mistakes in a site's edits and run the tests of what they change; nothing is kept."""
    found = run(_checked(text_of(file.read_bytes()), base))
    for sign, listed in (("", found.problems), ("look again: ", found.warnings)):
        for one in listed:
            print(f"{file}:{one.line or 1}:{one.column or 1}: {sign}{one.where}: {one.message.en}")
    for test in found.tests:
        if not test.passed:
            print(f"{file}:{test.line or 1}:1: {test.rule}: test {test.name!r} fails")
    if not found.can_be_entered:
        raise typer.Exit(1)
    counts = ((found.changed, "changed"), (found.added, "added"), (found.off, "off"))
    print(", ".join(f"{len(keys)} {word}" for keys, word in counts), f"; {len(found.tests)} tests pass.", sep="")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="TOML: the whole of the site's edits.")],
    base: Annotated[str, typer.Option(help="The shipped set that they lie on; the newest when left out.")] = "base",
    note: Annotated[str, typer.Option(help="What it is about.")] = "",
) -> None:
    """Lay a site's edits on the shipped rules as a new set; it is not live yet."""
    found = run(_imported(text_of(file.read_bytes()), base, note))
    number, layered = found.rules.rule_set_id, found.layered
    print(f"Rule set {number} ({found.rules.version}){'' if found.is_new else ', which was there'}: ", end="")
    parts = (("changed", layered.changed), ("added", layered.added), ("off", layered.off))
    told = [f"{name} {', '.join(keys)}" for name, keys in parts if keys]
    told += [f"{len(layered.overrides)} machines with limits of their own"] if layered.overrides else []
    print("; ".join(told) + ".")
    print("".join(f"Look again: {warning}\n" for warning in found.warnings), end="")
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
    print(_shadow_said(stored))


def _shadow_said(stored: StoredRules | None) -> str:
    if stored is None:
        return "No set is in shadow."
    return f"Rule set {stored.rule_set_id} is in shadow. What it finds: ecc rules shadow-findings"


@app.command("shadow-findings")
def shadow_findings(
    rule_set: Set = "shadow",
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    machine: Annotated[str | None, typer.Option(help="Only of the machine with this PIN or id.")] = None,
    most: Annotated[int, typer.Option("--limit", min=0, max=10_000, help="At most so many, the latest.")] = 50,
    is_json: AsJson = False,
) -> None:
    """What a set found in shadow, and rule by rule what the live set raised in the same time."""
    reference = None if machine is None else rule_overrides.reference_of(machine)
    page = run(_shadow_page(ShadowWish(rule_set=rule_set, rule=rule, machine=reference), most))
    print(as_json(page) if is_json else "\n".join(_shadow_lines(page)))


def _shadow_lines(page: ShadowPage) -> list[str]:
    spans = [f"{s.at:%Y-%m-%d %H:%M}Z to {f'{s.until:%Y-%m-%d %H:%M}Z' if s.until else 'now'}" for s in page.in_shadow]
    if not spans:
        return ["It has never been in shadow."]
    counts = [(one.source_key, str(one.shadow), str(one.live)) for one in page.by_rule]
    rows = [
        (one.machine.pin, one.source_key, one.severity, f"{one.from_at:%m-%d %H:%M:%S}Z", _ended(one))
        for one in page.items
    ]
    return [
        f"In shadow: {', '.join(spans)}.",
        *(table_lines([("rule", "shadow", "live"), *counts], width=shown_width()) if counts else ["Nothing found."]),
        *(table_lines([("machine", "rule", "severity", "from", "to"), *rows], width=shown_width()) if rows else []),
        *(["There are more: --limit."] if page.end is not None else []),
    ]


def _ended(one: ShadowFinding) -> str:
    return "" if one.to_at is None else f"{one.to_at:%m-%d %H:%M:%S}Z"


async def _shadow_page(wish: ShadowWish, limit: int) -> ShadowPage:
    async with platform("rules shadow-findings") as (conn, by):
        return await list_shadow_findings(
            conn, by.scope, wish, after=None, limit=limit, catalogue=await catalogue_of(conn)
        )


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


async def _checked(text: str, base: str) -> CheckedEdits:
    async with platform("rules check") as (conn, by):
        return await check_edits(conn, by, text, catalogue=await catalogue_of(conn), base=base)


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
