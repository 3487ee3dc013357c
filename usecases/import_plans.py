"""Maintenance plans from CSV and TOML; known plans, by name, get a new version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleet.errors import EccError, InvalidInput
from storage.maintenance_plans import find_plan_by_name
from storage.read_pool import Connection
from usecases.edit_plans import change_plan, create_plan, platform_only
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author
from usecases.plan_files import COLUMNS, LISTS, OPTIONAL, PACKAGED, REQUIRED, head_of, item_of, read_toml
from usecases.plan_members import checked_item, checked_plan

_COLUMNS = Columns(
    names=COLUMNS,
    of_member={"name": "plan"},
    stand_ins={
        "plan": {"plan": "#"},
        "code": {"code": "work"},
        "zh": {"zh": "?"},
        "en": {"en": "?"},
        "kind": {"kind": "other", "model": None},
        **{name: {name: "1"} for name in ("every_h", "every_km", "every_l", "every_months", "minutes")},
    },
)


async def import_plans(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    dry_run: bool,
    now: datetime,
    is_toml: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Enter the plans of a file, all of them or none: TOML with one plan, or CSV with a line an item.

    A plan becomes what its lines say; what no line says of the plan itself stays as it is. The report counts plans, its
    `entries` are items. Raises Forbidden, InvalidInput and RefusedImport.
    """
    platform_only(author)
    if is_toml:
        return await _import_toml(conn, author, content, dry_run=dry_run, now=now)
    entries = read_csv(content, required=REQUIRED, optional=(*OPTIONAL, *LISTS))
    last = {entry.cells.get("plan"): entry.number for entry in entries}

    async def prepare(_: bool) -> Importer:
        drafts: dict[str, dict[str, Any]] = {}

        async def put(entry: Entry) -> Outcome | None:
            """Add the line to its plan's draft; the plan's last line writes it."""
            draft = drafts.setdefault(str(entry.cells.get("plan")), {"items": []})
            item = checked_item(item_of(entry.cells))
            if item["code"] in [one["code"] for one in draft["items"]]:
                raise InvalidInput("plan_code_twice", where="code", found=item["code"])
            draft |= head_of(entry.cells)
            draft["items"].append(item)
            if last.get(entry.cells.get("plan"), entry.number) != entry.number:
                return None
            try:
                return await put_plan(conn, author, draft, now=now)
            except EccError:
                draft["items"].pop()  # the line is tried again with something right in the place of what is wrong
                raise

        return Importer(put=put)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


async def _import_toml(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime
) -> ImportReport:
    plan = checked_plan(read_toml(content))
    async with conn.transaction(force_rollback=dry_run):
        outcome = await put_plan(conn, author, plan, now=now)
    return ImportReport(
        dry_run=dry_run,
        entries=len(plan["items"]),
        created=int(outcome == "created"),
        updated=int(outcome == "updated"),
        unchanged=int(outcome == "unchanged"),
    )


async def put_plan(conn: Connection, author: Author, plan: Mapping[str, Any], *, now: datetime) -> Outcome:
    """Enter a plan, or its next version when there is one of this name and it says something else."""
    known = await find_plan_by_name(conn, str(plan["name"]))
    if known is None:
        await create_plan(conn, author, plan, now=now)
        return "created"
    after = await change_plan(conn, author, known.id, plan, version=None, now=now)
    return "unchanged" if after.version == known.version else "updated"


async def enter_examples(conn: Connection, author: Author, *, now: datetime) -> dict[str, Outcome]:
    """Enter the plans that ship, one for each kind of machine that has none: name -> what became of it."""
    found: dict[str, Outcome] = {}
    for path in sorted(PACKAGED.glob("*.toml")):
        plan = checked_plan(read_toml(path.read_bytes()))
        found[plan["name"]] = await put_plan(conn, author, plan, now=now)
    return found
