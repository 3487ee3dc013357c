"""Organisations: the tree of makers, dealers and customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from fleet.reasons import Code
from storage import organisations
from storage.ids import uuid7
from storage.organisations import OrganisationFilter, OrganisationRow
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.master_data import (
    Author,
    ListWish,
    Page,
    choice,
    cut,
    differences,
    optional_email,
    optional_text,
    record,
    text,
)
from usecases.versions import Versions, same_version

__all__ = ["KINDS", "Organisation", "OrganisationFilter", "OrganisationPage"]

KINDS = ("maker", "dealer", "customer")
MEMBERS = ("name", "external_no", "language", "contact_name", "contact_email", "contact_phone", "active")
_KINDS = "organisation_kinds"
_MAY_BE_UNDER = {"maker": (), "dealer": ("maker", "dealer"), "customer": ("maker", "dealer")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One organisation; see api.schemas.organisations."""

    id: str
    kind: str
    name: str
    parent_id: str | None
    parent_name: str | None
    external_no: str | None
    language: str
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class OrganisationPage(Page):
    """A page of organisations."""

    items: list[Organisation]


async def list_organisations(
    conn: Connection, scope: Scope, wanted: OrganisationFilter, wish: ListWish
) -> OrganisationPage:
    """A page of the organisations that the scope sees."""
    rows = await organisations.list_organisations(conn, scope, wanted, wish.page)
    shown, end = cut(rows, wish, lambda row: (row.name, row.organisation_id))
    return OrganisationPage(items=[shown_as(row) for row in shown], end=end)


async def get_organisation(conn: Connection, scope: Scope, organisation_id: UUID) -> Organisation:
    """One organisation. Raises NotFound when it is not the scope's to see."""
    return shown_as(await get_row(conn, scope, organisation_id))


async def get_row(conn: Connection, scope: Scope, organisation_id: UUID | None) -> OrganisationRow:
    """The organisation of this id, None: the scope's own. Raises NotFound."""
    row = await organisations.find_organisation(conn, scope, organisation_id)
    if row is None:
        raise NotFound
    return row


def shown_as(row: OrganisationRow) -> Organisation:
    """What answers show of a row."""
    return Organisation(
        id=str(row.public_id),
        kind=row.kind,
        name=row.name,
        parent_id=None if row.parent_public_id is None else str(row.parent_public_id),
        parent_name=row.parent_name,
        external_no=row.external_no,
        language=row.language,
        contact_name=row.contact_name,
        contact_email=row.contact_email,
        contact_phone=row.contact_phone,
        active=row.active,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def create_organisation(
    conn: Connection, author: Author, values: Mapping[str, Any], *, now: datetime
) -> Organisation:
    """Make an organisation, under the author's own unless `parent_id` names another; the platform's may be roots.

    Raises NotFound for a parent that is not the author's to see, InvalidInput, and Conflict for a sibling's name.
    """
    await organisations.lock_tree(conn)
    parent = await _parent(conn, author.scope, values.get("parent_id"))
    return shown_as(await insert(conn, author, values, parent, now=now))


async def _parent(conn: Connection, scope: Scope, wanted: str | UUID | None) -> OrganisationRow | None:
    """The organisation to stand under; None for a root, which only the platform makes."""
    if wanted is None and scope.sees_all:
        return None
    return await get_row(conn, scope, None if wanted is None else UUID(str(wanted)))


async def insert(
    conn: Connection, author: Author, values: Mapping[str, Any], parent: OrganisationRow | None, *, now: datetime
) -> OrganisationRow:
    """Insert a checked organisation under `parent`, and record it; the tree is locked."""
    given = checked_new(values, parent)
    number = await organisations.insert_organisation(conn, given | {"now": now})
    return await _recorded(conn, author, given, number, now=now)


async def insert_all(
    conn: Connection, author: Author, given: Sequence[Mapping[str, Any]], *, now: datetime
) -> list[OrganisationRow]:
    """Insert what `checked_new` gave, and record each; the tree is locked. Raises Conflict when a name is taken."""
    numbers = await organisations.insert_organisations(conn, given, now=now)
    return [await _recorded(conn, author, one, numbers[one["public_id"]], now=now) for one in given]


def checked_new(values: Mapping[str, Any], parent: OrganisationRow | None) -> dict[str, Any]:
    """The members of a new organisation under `parent`. Raises InvalidInput."""
    kind = choice(values, "kind", KINDS)
    _check_place(kind, parent)
    given = _checked({"language": "zh", "active": True} | dict(values)) | {"public_id": uuid7(), "kind": kind}
    return given | _under(parent)


async def _recorded(
    conn: Connection, author: Author, given: Mapping[str, Any], number: int, *, now: datetime
) -> OrganisationRow:
    row = OrganisationRow(organisation_id=number, version=1, created_at=now, updated_at=now, **given)
    await record(conn, author, "organisation", number, before=None, after=shown_as(row), now=now)
    return row


def _check_place(kind: str, parent: OrganisationRow | None) -> None:
    if parent is not None and parent.kind not in _MAY_BE_UNDER[kind]:
        raise InvalidInput(
            "organisation_misplaced" if _MAY_BE_UNDER[kind] else "organisation_not_under",
            where="parent_id",
            kind=Code(_KINDS, kind),
            kinds=[Code(_KINDS, one) for one in _MAY_BE_UNDER[kind]],
            parent=parent.name,
            parent_kind=Code(_KINDS, parent.kind),
        )


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(values.get("active"), bool):
        raise InvalidInput("flag_unreadable", where="active")
    return {
        "name": text(values, "name", 200),
        "external_no": optional_text(values, "external_no", 64),
        "language": choice(values, "language", ("zh", "en")),
        "contact_name": optional_text(values, "contact_name", 200),
        "contact_email": optional_email(values, "contact_email"),
        "contact_phone": optional_text(values, "contact_phone", 40),
        "active": values["active"],
    }


async def change_organisation(
    conn: Connection,
    author: Author,
    organisation_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    now: datetime,
) -> Organisation:
    """Change members of an organisation; `parent_id` moves it with all below it; `active` false ends its sessions.

    Raises NotFound, PreconditionFailed, InvalidInput, Conflict, and Forbidden for moving or deactivating one's own.
    """
    if "parent_id" in changes:
        await organisations.lock_tree(conn)
    row = await get_row(conn, author.scope, organisation_id)
    same_version(row.version, version)
    parent_given = "parent_id" in changes
    parent = await _new_parent(conn, author.scope, row, changes["parent_id"]) if parent_given else None
    rest = {name: value for name, value in changes.items() if name != "parent_id"}
    return shown_as(await update(conn, author, row, rest, (parent,) if parent_given else None, now=now))


async def _new_parent(
    conn: Connection, scope: Scope, row: OrganisationRow, wanted: str | UUID | None
) -> OrganisationRow | None:
    if wanted is None and not scope.sees_all:
        raise Forbidden("root_by_platform_only", where="parent_id")
    return None if wanted is None else await get_row(conn, scope, UUID(str(wanted)))


async def update(
    conn: Connection,
    author: Author,
    row: OrganisationRow,
    changes: Mapping[str, Any],
    parent: tuple[OrganisationRow | None] | None = None,
    *,
    now: datetime,
) -> OrganisationRow:
    """Change a row that was read, under `parent` if given, and record it; nothing is written when all is equal."""
    if row.kind == "ecc" and (parent is not None or changes.get("active") is False):
        raise Forbidden("platform_stays")
    merged = {name: getattr(row, name) for name in MEMBERS} | dict(changes)
    after = replace(row, **_checked(merged))
    if parent is not None and (parent[0] and parent[0].organisation_id) != row.parent_id:
        after = await _moved(conn, author.scope, after, parent[0])
    own = row.organisation_id == author.scope.organisation_id
    if own and not after.active:
        raise Forbidden("own_organisation_active", where="active")
    if not differences(shown_as(row), shown_as(after))[1]:
        return row
    given = {name: getattr(after, name) for name in (*MEMBERS, "parent_id", "organisation_id", "version")}
    await organisations.update_organisation(conn, given | {"now": now})
    if row.active and not after.active:
        await organisations.end_sessions_of_people(conn, row.organisation_id)
    after = replace(after, version=row.version + 1, updated_at=now)
    await record(
        conn, author, "organisation", row.organisation_id, before=shown_as(row), after=shown_as(after), now=now
    )
    return after


async def _moved(
    conn: Connection, scope: Scope, row: OrganisationRow, parent: OrganisationRow | None
) -> OrganisationRow:
    if row.organisation_id == scope.organisation_id:
        raise Forbidden("own_organisation_place", where="parent_id")
    _check_place(row.kind, parent)
    if parent and await organisations.is_below(conn, parent.organisation_id, top=row.organisation_id):
        raise Conflict("organisation_loop", where="parent_id", parent=parent.name, name=row.name)
    return replace(row, **_under(parent))


def _under(parent: OrganisationRow | None) -> dict[str, Any]:
    """The members of a row that tell of its parent."""
    if parent is None:
        return {"parent_id": None, "parent_public_id": None, "parent_name": None}
    return {"parent_id": parent.organisation_id, "parent_public_id": parent.public_id, "parent_name": parent.name}
