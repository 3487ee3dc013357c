"""Rules that do not raise alarms now, since when and why: switched off, in shadow only, off for a machine, or without a
sensor that is believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from diagnosis.layers import content_hash
from diagnosis.needs import rules_by_signal
from diagnosis.rule import Rule
from diagnosis.ruleset import RuleSet, packaged_ruleset
from fleet.signals import Catalogue
from storage import read_data_trust, rule_sets
from storage.read_data_trust import DistrustRow, SwitchRow
from storage.read_pool import Connection
from storage.rule_sets import RuleText, StoredRules
from storage.sight import Scope
from usecases.read_alarm_words import Words
from usecases.rules_in_force import parsed

BACK = 8  # switches that are looked through for since when a rule is off
MOST_MACHINES = 20  # of a rule that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledRule:
    """A shipped rule that the live set does not have; `since` at the latest."""

    rule: str
    text: Words
    since: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRule:
    """A rule that judges in shadow only: a new one, or one that is another in the live set."""

    rule: str
    text: Words
    since: datetime
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRuleOff:
    """A rule that is off for one machine."""

    machine_id: UUID
    machine_name: str
    rule: str
    text: Words
    since: datetime
    until: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrustedMachine:
    """A machine with the signal that is not believed."""

    machine_id: UUID
    machine_name: str
    signal: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldRule:
    """A rule that cannot hold on some machines, whose sensors are not believed."""

    rule: str
    text: Words
    machines: int
    since: datetime
    named: list[DistrustedMachine]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOff:
    """The answer; see api.schemas.data_trust."""

    rules: int
    disabled: list[DisabledRule]
    shadow: list[ShadowRule]
    off_for_machines: list[MachineRuleOff]
    withheld: list[WithheldRule]


async def read_rules_off(conn: Connection, scope: Scope, *, catalogue: Catalogue, now: datetime) -> RulesOff:
    """What does not judge now; of machines, those that the scope sees."""
    in_force = {row.role: row for role in ("live", "shadow") for row in await rule_sets.find_rule_sets(conn, role)}
    live = parsed(in_force["live"], catalogue) if "live" in in_force else packaged_ruleset(catalogue)
    return RulesOff(
        rules=len(live.rules),
        disabled=await _disabled(conn, in_force.get("live"), catalogue),
        shadow=await _in_shadow(conn, in_force.get("shadow"), live, catalogue),
        off_for_machines=await _off_for_machines(conn, scope, live, now),
        withheld=_withheld(await read_data_trust.list_distrust(conn, scope, now=now), live, catalogue),
    )


async def _disabled(conn: Connection, live: StoredRules | None, catalogue: Catalogue) -> list[DisabledRule]:
    if live is None or live.base_files is None:
        return []
    shipped, kept = _base(live, catalogue), parsed(live, catalogue).by_key
    switches = await read_data_trust.list_switches(conn, "live", most=BACK)
    sets = {row.rule_set_id: row for row in await rule_sets.list_rule_sets(conn)}
    return [
        _off_since(rule, switches, sets, catalogue) for key, rule in sorted(shipped.by_key.items()) if key not in kept
    ]


def _base(stored: RuleText, catalogue: Catalogue) -> RuleSet:
    files = stored.files if stored.base_files is None else stored.base_files
    return parsed(RuleText(content_hash=content_hash(files), files=files, base_files=None, machines={}), catalogue)


def _off_since(
    rule: Rule, switches: Sequence[SwitchRow], sets: Mapping[int, StoredRules], catalogue: Catalogue
) -> DisabledRule:
    """Back from the newest switch, as long as the rule was not in the set that went live."""
    off = switches[0]
    for switch in switches:
        stored = sets.get(switch.rule_set_id or 0)
        if stored is None or rule.key in parsed(stored, catalogue).by_key:
            break
        off = switch
    put_live = sets.get(off.rule_set_id or 0)
    note = "" if put_live is None else put_live.note
    return DisabledRule(rule=rule.key, text=_title(rule), since=off.at, by=off.by, note=note)


async def _in_shadow(
    conn: Connection, shadow: StoredRules | None, live: RuleSet, catalogue: Catalogue
) -> list[ShadowRule]:
    if shadow is None:
        return []
    since = (await read_data_trust.list_switches(conn, "shadow", most=1))[0].at
    return [
        ShadowRule(rule=rule.key, text=_title(rule), since=since, is_new=rule.key not in live.by_key)
        for rule in parsed(shadow, catalogue).rules
        if live.by_key.get(rule.key) != rule
    ]


async def _off_for_machines(conn: Connection, scope: Scope, live: RuleSet, now: datetime) -> list[MachineRuleOff]:
    rows = await read_data_trust.list_off_for_machines(conn, scope, now=now)
    return [
        MachineRuleOff(
            machine_id=row.machine_id,
            machine_name=row.machine_name,
            rule=row.rule,
            text=_text(live, row.rule),
            since=row.since,
            until=row.until,
            reason=row.reason,
            by=row.by,
        )
        for row in rows
    ]


def _withheld(rows: Sequence[DistrustRow], live: RuleSet, catalogue: Catalogue) -> list[WithheldRule]:
    needing = rules_by_signal(live.thresholds)
    found: dict[str, list[DistrustedMachine]] = {}
    for row in rows:
        if row.signal_id >= len(catalogue):
            continue
        signal = catalogue.signals[row.signal_id].key
        named = DistrustedMachine(
            machine_id=row.machine_id, machine_name=row.machine_name, signal=signal, since=row.from_at
        )
        for rule in needing.get(signal, ()):
            found.setdefault(rule.key, []).append(named)
    withheld = [
        WithheldRule(
            rule=key,
            text=_text(live, key),
            machines=len({one.machine_id for one in named}),
            since=min(one.since for one in named),
            named=named[:MOST_MACHINES],
        )
        for key, named in found.items()
    ]
    return sorted(withheld, key=lambda one: (-one.machines, one.rule))


def _title(rule: Rule) -> Words:
    return Words(zh=rule.title.zh, en=rule.title.en)


def _text(live: RuleSet, key: str) -> Words:
    rule = live.by_key.get(key)
    return Words(zh=key, en=key) if rule is None else _title(rule)
