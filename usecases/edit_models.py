"""Kinds and models of machines and releases of software: the catalogue that the platform keeps for everybody."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fleet.errors import Forbidden, InvalidInput, placed
from fleet.signals import Catalogue
from storage import models
from storage.keyset import PageOf
from storage.models import KINDS, MODELS, SOFTWARE, Noun
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from usecases.edited import About, ResourcePage, found, paged, record, shown, stale
from usecases.master_data import Author, optional_number, optional_text, text
from usecases.versions import Versions, same_version

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A noun of the catalogue: its name in the audit, its statements, its defaults and the check of its members."""

    entity: str
    noun: Noun
    defaults: Mapping[str, Any]
    check: Callable[[Mapping[str, Any], Catalogue], dict[str, Any]]


def _kind(values: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    return {
        "code": _code(values, "code"),
        "zh": text(values, "zh", 100),
        "en": text(values, "en", 100),
        "default_signals": _signals(values["default_signals"], catalogue) or [],
    }


def _model(values: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    voltage, sources = values["nominal_voltage_v"], values["preferred_source_addresses"]
    if voltage not in (None, 12, 24):
        raise InvalidInput("voltage_unknown", where="nominal_voltage_v", found=voltage)
    if len(set(sources)) != len(sources) or any(not 0 <= address <= 253 for address in sources):
        raise InvalidInput("source_addresses_wrong", where="preferred_source_addresses")
    slot_s = optional_number(values, "slot_s", 0.01, 60)
    return {
        "name": text(values, "name", 100),
        "maker": optional_text(values, "maker", 100),
        "kind": _code(values, "kind"),
        "nominal_voltage_v": voltage,
        "slot_s": 1.0 if slot_s is None else slot_s,
        "preferred_source_addresses": list(sources),
        "fuel_tank_l": optional_number(values, "fuel_tank_l", 0.1, 100_000),
        "def_tank_l": optional_number(values, "def_tank_l", 0.1, 10_000),
        "rated_engine_speed_rpm": optional_number(values, "rated_engine_speed_rpm", 100, 8000),
        "expected_signals": _signals(values["expected_signals"], catalogue),
    }


def _software(values: Mapping[str, Any], _: Catalogue) -> dict[str, Any]:
    return {
        "controller": text(values, "controller", 64),
        "release": text(values, "release", 100),
        "model_id": values["model_id"],
        "released_at": values["released_at"],
        "note": optional_text(values, "note", 2000),
    }


KIND = Entry("machine_kind", KINDS, {"default_signals": []}, _kind)
MODEL = Entry(
    "model",
    MODELS,
    {
        "maker": None,
        "kind": "other",
        "nominal_voltage_v": None,
        "slot_s": 1.0,
        "preferred_source_addresses": [],
        "fuel_tank_l": None,
        "def_tank_l": None,
        "rated_engine_speed_rpm": None,
        "expected_signals": None,
        "options": [],
    },
    _model,
)
RELEASE = Entry("software_version", SOFTWARE, {"model_id": None, "released_at": None, "note": None}, _software)


def _code(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not CODE.fullmatch(found):
        raise InvalidInput("code_wrong", where=name, found=found)
    return found


def _signals(keys: Sequence[str] | None, catalogue: Catalogue) -> list[str] | None:
    if unknown := [key for key in keys or () if key not in catalogue]:
        raise InvalidInput("signals_unknown", where="default_signals", keys=unknown[:5])
    return None if keys is None else list(dict.fromkeys(keys))


def _options(options: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    checked = []
    for number, option in enumerate(options):
        with placed(f"options.{number}"):
            code = _code(option, "code")
            checked.append({"code": code, "zh": text(option, "zh", 100), "en": text(option, "en", 100)})
    if len({option["code"] for option in checked}) != len(checked):
        raise InvalidInput("option_twice", where="options")
    return checked


async def list_entries(conn: Connection, entry: Entry, page: PageOf, filters: Mapping[str, Any]) -> ResourcePage[Any]:
    """A page of the catalogue."""
    return paged(await models.list_entries(conn, entry.noun, page, filters), page.limit - 1)


async def get_entry(conn: Connection, entry: Entry, entry_id: UUID) -> Any:
    """One entry of the catalogue. Raises NotFound."""
    return found(await models.find_entry(conn, entry.noun, entry_id))


def _platform_only(by: Author) -> None:
    if not by.scope.sees_all:
        raise Forbidden


async def create_entry(
    conn: Connection, by: Author, entry: Entry, values: Mapping[str, Any], *, catalogue: Catalogue, now: datetime
) -> Any:
    """Add an entry. Raises Forbidden for anybody but the platform, InvalidInput, and Conflict for a name in use."""
    _platform_only(by)
    given = {**entry.defaults, **values}
    checked = entry.check(given, catalogue)
    await _check_references(conn, checked)
    entry_id = await models.insert_entry(conn, entry.noun, checked, now=now)
    if entry is MODEL:
        await models.set_options(conn, entry_id, _options(given["options"]))
    made = await get_entry(conn, entry, entry_id)
    await record(conn, by, About(entity=entry.entity, entity_id=entry_id), after=shown(made), now=now)
    await bump_config_epoch(conn)
    return made


async def change_entry(
    conn: Connection,
    by: Author,
    entry: Entry,
    entry_id: UUID,
    values: Mapping[str, Any],
    *,
    version: Versions | None,
    catalogue: Catalogue,
    now: datetime,
) -> Any:
    """Change members of an entry; the gateway takes it at its next batch.

    Raises Forbidden, NotFound, PreconditionFailed, InvalidInput, and Conflict for a name in use.
    """
    _platform_only(by)
    before = await get_entry(conn, entry, entry_id)
    known = same_version(before.version, version)
    merged = {**shown(before), **{"model_id": getattr(before, "model_id", None)}, **values}
    checked = entry.check(merged, catalogue)
    await _check_references(conn, checked)
    if not await models.update_entry(conn, entry.noun, entry_id, checked, version=known, now=now):
        stale()
    if "options" in values:
        await models.set_options(conn, entry_id, _options(values["options"]))
    after = await get_entry(conn, entry, entry_id)
    about = About(entity=entry.entity, entity_id=entry_id)
    await record(conn, by, about, before=shown(before), after=shown(after), now=now)
    await bump_config_epoch(conn)
    return after


async def delete_entry(
    conn: Connection, by: Author, entry: Entry, entry_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Delete an entry that nothing uses. Raises Forbidden, NotFound, PreconditionFailed and Conflict."""
    _platform_only(by)
    before = await get_entry(conn, entry, entry_id)
    known = same_version(before.version, version)
    if not await models.delete_entry(conn, entry.noun, entry_id, version=known):
        stale()
    await record(conn, by, About(entity=entry.entity, entity_id=entry_id), before=shown(before), now=now)


async def _check_references(conn: Connection, checked: Mapping[str, Any]) -> None:
    model_id = checked.get("model_id")
    if model_id is not None and await models.find_entry(conn, MODELS, model_id) is None:
        raise InvalidInput("model_unknown", where="model_id", id=str(model_id))
