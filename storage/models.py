"""Kinds and models of machines with their factory options, and the releases of controllers' software."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.keyset import PageOf, Placed, Refusals, Sorts, execute, find_row, list_page
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKind:
    """A kind of machine; see api.schemas.models."""

    id: UUID
    code: str
    zh: str
    en: str
    default_signals: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


_KINDS: LiteralString = """
SELECT kind_id AS number, {sort_value} AS sort_value, public_id AS id, code, zh, en, default_signals, version,
    created_at, updated_at
FROM machine_kind
"""
LIST_KINDS: LiteralString = _KINDS + "WHERE TRUE"
GET_KIND: LiteralString = _KINDS + "WHERE public_id = %(id)s"
KIND_SORTS: Sorts = {"code": ("code", "text"), "created_at": ("created_at", "timestamptz")}
INSERT_KIND: LiteralString = """
INSERT INTO machine_kind (public_id, code, zh, en, default_signals, created_at, updated_at)
VALUES (%(id)s, %(code)s, %(zh)s, %(en)s, %(default_signals)s, %(now)s, %(now)s) RETURNING public_id
"""
UPDATE_KIND: LiteralString = """
UPDATE machine_kind SET code = %(code)s, zh = %(zh)s, en = %(en)s, default_signals = %(default_signals)s,
    version = version + 1, updated_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
DELETE_KIND: LiteralString = """
DELETE FROM machine_kind WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
_KIND_REFUSED = {
    "machine_kind_code_key": ("kind_code_taken", "code"),
    "machine_model_kind": ("kind_in_use", ""),
    "maintenance_plan_kind_fkey": ("kind_in_use", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model; see api.schemas.models."""

    id: UUID
    name: str
    maker: str | None
    kind: str
    nominal_voltage_v: int | None
    slot_s: float
    preferred_source_addresses: list[int]
    fuel_tank_l: float | None
    def_tank_l: float | None
    rated_engine_speed_rpm: float | None
    expected_signals: list[str] | None
    options: list[dict[str, str]]
    version: int
    created_at: datetime
    updated_at: datetime


_MODELS: LiteralString = """
SELECT m.model_id AS number, {sort_value} AS sort_value, m.public_id AS id, m.name, m.maker, m.kind,
    m.nominal_voltage_v, m.slot_s::text::float8 AS slot_s,
    m.preferred_source_address AS preferred_source_addresses, m.fuel_tank_l::text::float8 AS fuel_tank_l,
    m.def_tank_l::text::float8 AS def_tank_l, m.rated_engine_speed_rpm::text::float8 AS rated_engine_speed_rpm,
    m.expected_signals, coalesce((
        SELECT jsonb_agg(jsonb_build_object('code', o.code, 'zh', o.zh, 'en', o.en) ORDER BY o.code)
        FROM model_option o WHERE o.model_id = m.model_id), '[]') AS options, m.version, m.created_at, m.updated_at
FROM machine_model m
"""
LIST_MODELS: LiteralString = (
    _MODELS
    + """WHERE (%(kind)s::text IS NULL OR m.kind = %(kind)s)
    AND (%(q)s::text IS NULL OR m.name ILIKE %(q)s OR m.maker ILIKE %(q)s)
"""
)
GET_MODEL: LiteralString = _MODELS + "WHERE m.public_id = %(id)s"
GET_MODEL_BY_NAME: LiteralString = _MODELS + "WHERE m.name = %(name)s"
MODEL_SORTS: Sorts = {
    "name": ("m.name", "text"),
    "maker": ("coalesce(m.maker, '')", "text"),
    "kind": ("m.kind", "text"),
    "created_at": ("m.created_at", "timestamptz"),
}
INSERT_MODEL: LiteralString = """
INSERT INTO machine_model (public_id, name, maker, kind, nominal_voltage_v, slot_s, preferred_source_address,
    fuel_tank_l, def_tank_l, rated_engine_speed_rpm, expected_signals, created_at, updated_at)
VALUES (%(id)s, %(name)s, %(maker)s, %(kind)s, %(nominal_voltage_v)s, %(slot_s)s, %(preferred_source_addresses)s,
    %(fuel_tank_l)s, %(def_tank_l)s, %(rated_engine_speed_rpm)s, %(expected_signals)s, %(now)s, %(now)s)
RETURNING public_id
"""
UPDATE_MODEL: LiteralString = """
UPDATE machine_model SET name = %(name)s, maker = %(maker)s, kind = %(kind)s, nominal_voltage_v = %(nominal_voltage_v)s,
    slot_s = %(slot_s)s, preferred_source_address = %(preferred_source_addresses)s, fuel_tank_l = %(fuel_tank_l)s,
    def_tank_l = %(def_tank_l)s, rated_engine_speed_rpm = %(rated_engine_speed_rpm)s,
    expected_signals = %(expected_signals)s, version = version + 1, updated_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
DELETE_MODEL: LiteralString = """
DELETE FROM machine_model WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
_MODEL_REFUSED = {
    "machine_model_name_key": ("model_name_taken", "name"),
    "machine_model_kind": ("kind_unknown", "kind"),
    "machine_model_id_fkey": ("model_in_use", ""),
    "maintenance_plan_model_id_fkey": ("model_has_plan", ""),
    "software_version_model_id_fkey": ("model_has_software", ""),
    "machine_option_option_id_fkey": ("option_in_use", "options"),
}
DELETE_OPTIONS: LiteralString = """
DELETE FROM model_option o USING machine_model m
WHERE m.model_id = o.model_id AND m.public_id = %(id)s AND o.code <> ALL (%(codes)s)
"""
UPSERT_OPTIONS: LiteralString = """
INSERT INTO model_option (model_id, code, zh, en)
SELECT m.model_id, o.code, o.zh, o.en
FROM machine_model m, jsonb_to_recordset(%(options)s) AS o (code text, zh text, en text)
WHERE m.public_id = %(id)s
ON CONFLICT (model_id, code) DO UPDATE SET zh = excluded.zh, en = excluded.en
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareVersion:
    """A release of a controller's software; see api.schemas.models."""

    id: UUID
    controller: str
    release: str
    model_id: UUID | None
    released_at: datetime | None
    note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


_SOFTWARE: LiteralString = """
SELECT s.software_version_id AS number, {sort_value} AS sort_value, s.public_id AS id, s.controller,
    s.release, m.public_id AS model_id, s.released_at, s.note, s.version,
    s.created_at, s.updated_at
FROM software_version s LEFT JOIN machine_model m USING (model_id)
"""
LIST_SOFTWARE: LiteralString = (
    _SOFTWARE
    + """WHERE (%(controller)s::text IS NULL OR s.controller = %(controller)s)
    AND (%(model)s::uuid IS NULL OR m.public_id = %(model)s)"""
)
GET_SOFTWARE: LiteralString = _SOFTWARE + "WHERE s.public_id = %(id)s"
SOFTWARE_SORTS: Sorts = {
    "controller": ("s.controller || ' ' || s.release", "text"),
    "released_at": ("coalesce(s.released_at, '1900-01-01Z')", "timestamptz"),
}
INSERT_SOFTWARE: LiteralString = """
INSERT INTO software_version (public_id, controller, release, model_id, released_at, note, created_at, updated_at)
VALUES (%(id)s, %(controller)s, %(release)s, (SELECT model_id FROM machine_model WHERE public_id = %(model_id)s),
    %(released_at)s, %(note)s, %(now)s, %(now)s) RETURNING public_id
"""
UPDATE_SOFTWARE: LiteralString = """
UPDATE software_version SET controller = %(controller)s, release = %(release)s,
    model_id = (SELECT model_id FROM machine_model WHERE public_id = %(model_id)s), released_at = %(released_at)s,
    note = %(note)s, version = version + 1, updated_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
DELETE_SOFTWARE: LiteralString = """
DELETE FROM software_version WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
_SOFTWARE_REFUSED = {"software_version_release": ("release_taken", "release")}


@dataclass(frozen=True, slots=True)
class Noun:
    """The statements of one resource of the catalogue."""

    row: type
    list: LiteralString
    sorts: Sorts
    get: LiteralString
    insert: LiteralString
    update: LiteralString
    delete: LiteralString
    refused: Refusals


KINDS = Noun(MachineKind, LIST_KINDS, KIND_SORTS, GET_KIND, INSERT_KIND, UPDATE_KIND, DELETE_KIND, _KIND_REFUSED)
MODELS = Noun(Model, LIST_MODELS, MODEL_SORTS, GET_MODEL, INSERT_MODEL, UPDATE_MODEL, DELETE_MODEL, _MODEL_REFUSED)
SOFTWARE = Noun(
    SoftwareVersion,
    LIST_SOFTWARE,
    SOFTWARE_SORTS,
    GET_SOFTWARE,
    INSERT_SOFTWARE,
    UPDATE_SOFTWARE,
    DELETE_SOFTWARE,
    _SOFTWARE_REFUSED,
)


async def list_entries(conn: Connection, noun: Noun, page: PageOf, filters: Mapping[str, Any]) -> list[Placed[Any]]:
    """A page of the catalogue's entries of a noun."""
    return await list_page(conn, noun.row, noun.list, page, sorts=noun.sorts, parameters=filters)


async def find_entry(conn: Connection, noun: Noun, entry_id: UUID) -> Any:
    """One entry, an instance of noun.row; None when there is none."""
    return await find_row(conn, noun.row, noun.get, {"id": entry_id})


async def find_model_by_name(conn: Connection, name: str) -> Model | None:
    """The model of this name."""
    return await find_row(conn, Model, GET_MODEL_BY_NAME, {"name": name})


async def insert_entry(conn: Connection, noun: Noun, values: Mapping[str, Any], *, now: datetime) -> UUID:
    """Insert an entry and return its id. Raises Conflict when its name is taken."""
    entry_id = uuid7(int(now.timestamp() * 1000))
    await execute(conn, noun.insert, {**values, "id": entry_id, "now": now}, refused=noun.refused)
    return entry_id


async def update_entry(
    conn: Connection, noun: Noun, entry_id: UUID, values: Mapping[str, Any], *, version: int, now: datetime
) -> bool:
    """Change an entry of this version; False when it is of another by now. Raises Conflict."""
    given = {**values, "id": entry_id, "version": version, "now": now}
    return await execute(conn, noun.update, given, refused=noun.refused) is not None


async def delete_entry(conn: Connection, noun: Noun, entry_id: UUID, *, version: int) -> bool:
    """Delete an entry of this version; False when it is of another by now. Raises Conflict when it is in use."""
    return await execute(conn, noun.delete, {"id": entry_id, "version": version}, refused=noun.refused) is not None


async def set_options(conn: Connection, model_id: UUID, options: Sequence[Mapping[str, str]]) -> None:
    """Make these the model's options. Raises Conflict when a machine has one that would go."""
    codes = [option["code"] for option in options]
    await execute(conn, DELETE_OPTIONS, {"id": model_id, "codes": codes}, refused=_MODEL_REFUSED)
    await conn.execute(UPSERT_OPTIONS, {"id": model_id, "options": Jsonb(list(options))})
