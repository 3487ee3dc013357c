"""`ecc models`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.cli.master_data import Noun, Operator, commands
from fleet.signals import packaged_catalogue
from storage.keyset import PageOf
from storage.read_scope import Connection, Scope
from usecases import edit_models
from usecases.edit_models import MODEL
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
