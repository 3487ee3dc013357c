"""`ecc models`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.cli.master_data import Noun, Operator, commands
from app.cli.terminals import instant_of
from fleet.errors import InvalidInput
from fleet.signals import packaged_catalogue
from storage.keyset import PageOf
from storage.read_pool import Connection
from storage.sight import Scope
from usecases import edit_models
from usecases.edit_models import KIND, MODEL, RELEASE, Entry
from usecases.edited import pattern
from usecases.import_models import import_models
from usecases.master_data import ListWish


async def _list(conn: Connection, _: Scope, q: str | None, wish: ListWish) -> Any:
    page = PageOf(sort="name", after=wish.page.after, limit=wish.limit + 1)
    return await edit_models.list_entries(conn, MODEL, page, {"q": pattern(q), "kind": None})


async def _create(conn: Connection, by: Operator, values: dict[str, Any], now: datetime) -> Any:
    return await edit_models.create_entry(conn, by, MODEL, values, catalogue=packaged_catalogue(), now=now)


async def _change(conn: Connection, by: Operator, thing: UUID, changes: dict[str, Any], now: datetime) -> Any:
    return await edit_models.change_entry(
        conn, by, MODEL, thing, changes, version=None, catalogue=packaged_catalogue(), now=now
    )


app = commands(
    Noun(
        plural="models",
        columns=("id", "name", "maker", "kind", "nominal_voltage_v", "fuel_tank_l"),
        members={
            "name": "text",
            "maker": "text",
            "kind": "text",
            "nominal_voltage_v": "number",
            "slot_s": "number",
            "preferred_source_addresses": "json",
            "fuel_tank_l": "number",
            "def_tank_l": "number",
            "rated_engine_speed_rpm": "number",
            "expected_signals": "json",
            "options": "json",
        },
        list=_list,
        get=lambda conn, _, thing: edit_models.get_entry(conn, MODEL, thing),
        create=_create,
        change=_change,
        delete=lambda conn, by, thing, now: edit_models.delete_entry(conn, by, MODEL, thing, version=None, now=now),
        load=import_models,
        load_options={"catalogue": packaged_catalogue()},
    )
)


def _read(values: dict[str, Any]) -> dict[str, Any]:
    """The members, with the model's id and the time of a release read. Raises InvalidInput."""
    read = dict(values)
    if values.get("model_id"):
        try:
            read["model_id"] = UUID(values["model_id"])
        except ValueError:
            raise InvalidInput("model_id takes the id of a model; `ecc models list` shows it.") from None
    if values.get("released_at"):
        read["released_at"] = instant_of(values["released_at"])
    return read


def _catalogue(entry: Entry, **told: Any) -> Noun:
    """A noun of the catalogue beside the models."""

    async def list_page(conn: Connection, _: Scope, q: str | None, wish: ListWish) -> Any:
        page = PageOf(sort=told["sort"], after=wish.page.after, limit=wish.limit + 1)
        return await edit_models.list_entries(conn, entry, page, told["filters"](q))

    async def create(conn: Connection, by: Operator, values: dict[str, Any], now: datetime) -> Any:
        return await edit_models.create_entry(conn, by, entry, _read(values), catalogue=packaged_catalogue(), now=now)

    async def change(conn: Connection, by: Operator, thing: UUID, changes: dict[str, Any], now: datetime) -> Any:
        return await edit_models.change_entry(
            conn, by, entry, thing, _read(changes), version=None, catalogue=packaged_catalogue(), now=now
        )

    return Noun(
        plural=told["plural"],
        command=f"models {told['plural']}",
        columns=told["columns"],
        members=told["members"],
        key=told["key"],
        list=list_page,
        get=lambda conn, _, thing: edit_models.get_entry(conn, entry, thing),
        create=create,
        change=change,
        delete=lambda conn, by, thing, now: edit_models.delete_entry(conn, by, entry, thing, version=None, now=now),
    )


_KINDS = _catalogue(
    KIND,
    plural="kinds",
    columns=("id", "code", "zh", "en"),
    members={"code": "text", "zh": "text", "en": "text", "default_signals": "json"},
    key="code",
    sort="code",
    filters=lambda q: {},
)
_SOFTWARE = _catalogue(
    RELEASE,
    plural="software",
    columns=("id", "controller", "release", "model_id", "released_at"),
    members={"controller": "text", "release": "text", "model_id": "text", "released_at": "text", "note": "text"},
    key="release",
    sort="controller",
    filters=lambda q: {"controller": None, "model": None},
)
app.add_typer(commands(_KINDS), name="kinds")
app.add_typer(commands(_SOFTWARE), name="software")
