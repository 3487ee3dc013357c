"""Rule sets as people keep them: a site's edits, what differs, shadow, promotion and the way back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from diagnosis.cursor import did_you_mean
from diagnosis.errors import RuleError
from diagnosis.layers import SITE_FILE, Layered, check_slips, check_tests, content_hash, layer
from diagnosis.machine_facts import MachineOverride
from diagnosis.override import Override
from diagnosis.rule import Rule
from diagnosis.ruleset import RuleSet
from diagnosis.slips import KnownNames, Stranger
from fleet.errors import Conflict, InvalidInput, NotFound
from fleet.reasons import Reason, reason
from fleet.signals import Catalogue
from storage import rule_sets
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from storage.rule_sets import NewRules, StoredRules
from storage.sight import get_machine_key
from usecases.edit_machines import MODES
from usecases.master_data import Author
from usecases.record_switch import record_switch
from usecases.rules_in_force import parsed
from usecases.way_back import before_last

_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


async def list_rule_sets(conn: Connection) -> list[StoredRules]:
    """All sets, the newest first, with the role that one has."""
    return await rule_sets.list_rule_sets(conn)


async def get_rule_set(conn: Connection, reference: str = "live") -> StoredRules:
    """The set of a number, a role (live, shadow), `base` (the newest that shipped), or the beginning of a version or
    content hash. Raises NotFound, and InvalidInput where several are meant."""
    rows = await rule_sets.find_rule_sets(conn, reference)
    found = [row for row in rows if reference in {str(row.rule_set_id), row.role, row.kind}]
    if reference in {"base", "site"}:
        found = found[:1]
    found = found or rows
    if not found:
        raise NotFound("rule_set_unknown", where="rule_set", found=reference)
    if len(found) > 1:
        raise InvalidInput("rule_set_ambiguous", where="rule_set", found=[row.rule_set_id for row in found])
    return found[0]


async def live_rules(conn: Connection, catalogue: Catalogue) -> RuleSet:
    """The rules that are live. Raises NotFound on a platform whose gateway has never run."""
    return parsed(await get_rule_set(conn), catalogue)


@dataclass(frozen=True, slots=True)
class Imported:
    """The set that a site's file made, what the file does to the base, and what in it may be a slip."""

    rules: StoredRules
    layered: Layered
    is_new: bool
    warnings: tuple[Reason, ...] = ()


async def import_edits(
    conn: Connection, by: Author, text: str, *, catalogue: Catalogue, base: str, note: str, now: datetime
) -> Imported:
    """Lay a site's file on a base set; it is checked, and the tests of what it changes or adds are run.

    The file is the whole of the site's edits. Raises RuleError, NotFound and InvalidInput.
    """
    below = await get_rule_set(conn, base)
    if below.kind != "base":
        raise InvalidInput("rule_set_no_base", where="base", number=below.rule_set_id)
    layered = layer(below.files, text, catalogue)
    warnings = tuple(map(slip_said, check_slips(layered, await known_names(conn, parsed(below, catalogue)))))
    mine = {*layered.changed, *layered.added}
    check_tests([rule for rule in layered.ruleset.rules if rule.key in mine], catalogue)
    machines = await override_machines(conn, by, layered.overrides)
    files = {SITE_FILE: text}
    new = NewRules(
        kind="site",
        base_id=below.rule_set_id,
        version=layered.for_machines(machines).version,
        content_hash=content_hash(files, below.content_hash),
        files=files,
        machines=machines,
        note=note,
    )
    number = await rule_sets.insert_rule_set(conn, new, by=by.actor.name, now=now)
    stored = await get_rule_set(conn, new.content_hash)
    if number is not None:
        told = {"number": number, "base": below.rule_set_id, "version": new.version, "note": note}
        told |= {name: list(getattr(layered, name)) for name in ("changed", "added", "off")}
        told["overrides"] = len(layered.overrides)
        await record_switch(conn, by, "rule_set", action="import", before=None, after=told, now=now)
    return Imported(stored, layered, is_new=number is not None, warnings=warnings)


async def known_names(conn: Connection, shipped: RuleSet) -> KnownNames:
    """What machines of this platform, and those that the shipped rules are for, can be."""
    models = await rule_sets.list_models(conn)
    choices = [rule.applies_to for rule in shipped.rules if rule.applies_to is not None]
    return KnownNames(
        modes=MODES,
        kinds={kind for _, kind in models}.union(*(choice.kinds for choice in choices)),
        models={name for name, _ in models}.union(*(choice.models for choice in choices)),
    )


def slip_said(one: Stranger) -> Reason:
    """What may be a slip, in words."""
    key = "rule_kind_unseen" if one.of == "kind" else "rule_model_near" if one.nearest else "rule_model_unseen"
    return reason(key, where=one.where, found=one.name, near=one.nearest)


async def override_machines(conn: Connection, by: Author, overrides: Sequence[Override]) -> dict[str, int]:
    """Machine as the overrides write it (a PIN, or an id or alias as in the API) -> machine_id. Raises RuleError where
    there is no such machine, or one is named in two ways with overrides of one rule."""
    machines: dict[str, int] = {}
    for written in dict.fromkeys(override.machine for override in overrides):
        reference = written if ":" in written or _UUID.fullmatch(written) else f"pin:{written}"
        try:
            machines[written] = (await get_machine_key(conn, by.scope, reference)).machine_id
        except NotFound as error:
            raise RuleError("rule_override_no_machine", where=f"{SITE_FILE}: override", found=written) from error
    if len({(override.rule, machines[override.machine]) for override in overrides}) < len(overrides):
        raise RuleError("rule_override_twice", where=f"{SITE_FILE}: override")
    return machines


async def promote(conn: Connection, by: Author, reference: str, *, now: datetime) -> StoredRules:
    """Make a set live; the gateway judges by it from its next batch on.

    Raises Conflict when it is live already, or has no replay over enough of the stored history.
    """
    await rule_sets.lock_switches(conn)
    wanted = await get_rule_set(conn, reference)
    return await _go_live(conn, by, wanted, "promote", now)


async def roll_back(conn: Connection, by: Author, *, now: datetime) -> StoredRules:
    """Make the set live that was live before; once more, and it is the one before that. Raises Conflict when there is
    none."""
    await rule_sets.lock_switches(conn)
    before = before_last(await rule_sets.list_live_switches(conn))
    if before is None:
        raise Conflict("rule_set_none_before")
    return await _go_live(conn, by, await get_rule_set(conn, str(before)), "rollback", now)


async def put_in_shadow(conn: Connection, by: Author, reference: str | None, *, now: datetime) -> StoredRules | None:
    """Let a set judge beside the live one and raise nothing; None: no set. Raises Conflict for the live one."""
    await rule_sets.lock_switches(conn)
    wanted = None if reference is None else await get_rule_set(conn, reference)
    if wanted is not None and wanted.role == "live":
        raise Conflict("rule_set_is_live", number=wanted.rule_set_id)
    number = None if wanted is None else wanted.rule_set_id
    await rule_sets.insert_switch(conn, "shadow", number, replay=None, action="shadow", by=by.actor.name, now=now)
    await record_switch(conn, by, "rule_set", action="shadow", before=None, after={"number": number}, now=now)
    await bump_config_epoch(conn)
    return wanted


async def _go_live(conn: Connection, by: Author, wanted: StoredRules, action: str, now: datetime) -> StoredRules:
    live = await get_rule_set(conn)
    if wanted.rule_set_id == live.rule_set_id:
        raise Conflict("rule_set_is_live", number=wanted.rule_set_id)
    replay = await rule_sets.find_record(conn, wanted.rule_set_id)
    if replay is None:
        raise Conflict("rule_set_not_replayed", number=wanted.rule_set_id)
    name = by.actor.name
    if wanted.role == "shadow":
        await rule_sets.insert_switch(conn, "shadow", None, replay=None, action="shadow", by=name, now=now)
    await rule_sets.insert_switch(conn, "live", wanted.rule_set_id, replay=replay, action=action, by=name, now=now)
    told = [{"number": one.rule_set_id, "version": one.version} for one in (live, wanted)]
    await record_switch(
        conn, by, "rule_set", action=action, before=told[0], after=told[1] | {"replay": replay}, now=now
    )
    await bump_config_epoch(conn)
    return await get_rule_set(conn)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDifference:
    """A rule that two sets have differently: member -> (here, there); None where the set has no such rule."""

    key: str
    members: Mapping[str, tuple[str | None, str | None]]


def differences(one: RuleSet, other: RuleSet, machines: Mapping[str, int]) -> list[RuleDifference]:
    """What differs between two sets, rule by rule, overrides of machines included. `machines`: machine as either set
    writes it -> machine_id."""
    found = []
    written = {number: name for name, number in machines.items()}
    for key in sorted({*one.by_key, *other.by_key}):
        here, there = (
            members_of(ruleset.by_key.get(key))
            | {f"override of {written[o.machine]}": _override_told(o) for o in ruleset.overrides_of(key)}
            for ruleset in (one, other)
        )
        names = dict.fromkeys((*here, *there))
        members = {name: (here.get(name), there.get(name)) for name in names if here.get(name) != there.get(name)}
        if members:
            found.append(RuleDifference(key=key, members=members))
    return found


def _override_told(override: MachineOverride) -> str:
    until = datetime.fromtimestamp(override.until_us / 1e6, UTC).isoformat()
    limits = ", ".join(f"{name} = {value:g}" for name, value in override.limits.items())
    return f"{'off' if override.off else limits} until {until}"


def rule_of(stored: StoredRules, rules: RuleSet, key: str) -> Rule:
    """A rule of a set. Raises InvalidInput with the nearest key when it has none of that key."""
    if key not in rules.by_key:
        hint = did_you_mean(key, rules.by_key)
        raise InvalidInput("rule_not_in_set", number=stored.rule_set_id, found=key, hint=hint)
    return rules.by_key[key]


def members_of(rule: Rule | None) -> dict[str, str]:
    """What a rule says, member by member, as texts; empty for no rule."""
    if rule is None:
        return {}
    limits = ", ".join(f"{limit.name} = {limit.value:g} {limit.unit}".strip() for limit in rule.limits)
    told = {
        "severity": str(rule.severity or "by_code"),
        "when": rule.when_text,
        "clear": rule.clear_text or "",
        "for": f"{rule.for_us / 1e6:g}s",
        "max_gap": f"{rule.max_gap_us / 1e6:g}s",
        "applies_to": str(rule.applies_to or "all"),
        "limits": limits,
        "latched": str(rule.latched).lower(),
        "suppressed_in": ", ".join(rule.suppressed_in),
        "inhibits": ", ".join(rule.inhibits),
        "causes": ", ".join(rule.causes),
        "checks": ", ".join(rule.checks),
        "sources": "; ".join(rule.sources),
    }
    words = {name: getattr(rule, name) for name in ("title", "owner", "expert")}
    return told | {name: f"{text.en} / {text.zh}" for name, text in words.items()}
