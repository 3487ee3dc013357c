"""Code lists and units: the codes come from where they are used, their words from fleet/codes.toml."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, get_args

from alerts.lifecycle import SUPPRESSIONS, AlarmState, Asks, Lifecycle, TransitionKind
from alerts.maintenance.meters import Meter
from alerts.maintenance.plan import Recurrence, Task
from alerts.maintenance.plan import State as MaintenanceState
from alerts.silence_reason import SilenceReason
from api.languages import Language
from api.live_subscription import EndReason
from api.problems import TABLE
from api.rights import CLIENT_SCOPES, ROLES
from api.schemas.accounts import IndexStanding
from api.schemas.audit import ActorKind
from api.schemas.briefs import FuelKindName, KindName, MailedForm, PeriodName
from api.schemas.commissioning import ItemCode
from api.schemas.detectors import DetectorKind, DetectorState, Standing
from api.schemas.events import SensorErrorName
from api.schemas.evidence import GapReason, RegimeName, SignalRole
from api.schemas.findings import DiagnosisBasis, EvidenceState
from api.schemas.geofences import PurposeName
from api.schemas.guided import AnswerName, NoPeersReason
from api.schemas.imports import MadeKind
from api.schemas.invitations import InvitationState
from api.schemas.machines_write import ModeName, SoftwareSource
from api.schemas.maintenance import MeterChangeKind
from api.schemas.maintenance_plans import AudienceName
from api.schemas.missing import MissingReason
from api.schemas.notices import (
    ChannelName,
    DigestName,
    NoticeKind,
    NoticeOutcome,
    NoticeReason,
    NoticeState,
    TemplateKeyName,
)
from api.schemas.quarantine import PayloadForm, QuarantinePart, QuarantineReplayFailure
from api.schemas.rule_checks import SwitchActionName
from api.schemas.rule_replays import ChangeName, ReplayKindName, ReplayStateName, UntunedReason
from api.schemas.rule_sets import SetKindName, SetRoleName
from api.schemas.sites import WeekdayName
from api.schemas.terminals import SimStatus
from api.schemas.trust import DistrustReason
from api.schemas.verdicts import SolvedName, VerdictName
from api.schemas.wear import WearWay
from api.schemas.webhooks import PauseReason
from fleet.batch import EventKind, Reason
from fleet.coordinates import CoordinateSystem
from fleet.data_classes import SHARES
from fleet.findings import Severity, SourceKind
from fleet.signals import Aggregation, Catalogue
from ingest.work_state import WORK_STATES
from storage.alarm_groups import GroupBy
from storage.users import OrganisationKind, Units
from storage.webhook_sending import Outcome
from usecases.commissioning_words import Verdict
from usecases.event_log_kinds import KINDS
from usecases.read_alarm_limits import LimitOp
from usecases.read_readings_series import Resolution
from usecases.record_maintenance import CheckResult
from usecases.webhooks import State

Codes = Iterable[str]
MACHINE_KINDS: Final = "machine_kinds"  # the one list that a site adds to: a table of the database

LISTS: Mapping[str, Callable[[], Codes]] = {
    "severities": lambda: Severity,
    "alarm_states": lambda: AlarmState,
    "alarm_lifecycles": lambda: Lifecycle,
    "alarm_suppressions": lambda: SUPPRESSIONS,
    "alarm_asks": lambda: Asks,
    "alarm_groupings": lambda: get_args(GroupBy),
    "silence_reasons": lambda: SilenceReason,
    "source_kinds": lambda: SourceKind,
    "work_states": lambda: WORK_STATES,
    "roles": lambda: ROLES,
    "client_scopes": lambda: CLIENT_SCOPES,
    "organisation_kinds": lambda: get_args(OrganisationKind),
    "data_classes": lambda: SHARES,
    "event_kinds": lambda: [kind.name.lower() for kind in EventKind],
    "quarantine_reasons": lambda: Reason,
    "quarantine_parts": lambda: get_args(QuarantinePart),
    "payload_forms": lambda: get_args(PayloadForm),
    "quarantine_replay_failures": lambda: get_args(QuarantineReplayFailure),
    "aggregation_kinds": lambda: Aggregation,
    "resolutions": lambda: get_args(Resolution),
    "machine_modes": lambda: get_args(ModeName),
    "coordinate_systems": lambda: get_args(CoordinateSystem),
    "sim_states": lambda: get_args(SimStatus),
    "geofence_purposes": lambda: get_args(PurposeName),
    "delivery_outcomes": lambda: get_args(Outcome),
    "webhook_states": lambda: get_args(State),
    "webhook_pause_reasons": lambda: get_args(PauseReason),
    "notice_channels": lambda: get_args(ChannelName),
    "notice_kinds": lambda: get_args(NoticeKind),
    "notice_reasons": lambda: get_args(NoticeReason),
    "notice_states": lambda: get_args(NoticeState),
    "notice_outcomes": lambda: get_args(NoticeOutcome),
    "notice_digests": lambda: get_args(DigestName),
    "notice_templates": lambda: get_args(TemplateKeyName),
    "brief_kinds": lambda: get_args(KindName),
    "brief_fuel_kinds": lambda: get_args(FuelKindName),
    "brief_periods": lambda: get_args(PeriodName),
    "brief_forms": lambda: get_args(MailedForm),
    "index_standings": lambda: get_args(IndexStanding),
    "live_event_kinds": lambda: KINDS,
    "live_end_reasons": lambda: get_args(EndReason),
    "alarm_transitions": lambda: TransitionKind,
    "comparisons": lambda: get_args(LimitOp),
    "sensor_errors": lambda: get_args(SensorErrorName),
    "missing_reasons": lambda: get_args(MissingReason),
    "commissioning_checks": lambda: get_args(ItemCode),
    "commissioning_verdicts": lambda: get_args(Verdict),
    "software_sources": lambda: get_args(SoftwareSource),
    "invitation_states": lambda: get_args(InvitationState),
    "actor_kinds": lambda: get_args(ActorKind),
    "finding_verdicts": lambda: get_args(VerdictName),
    "finding_solutions": lambda: get_args(SolvedName),
    "check_answers": lambda: get_args(AnswerName),
    "no_peers_reasons": lambda: get_args(NoPeersReason),
    "evidence_states": lambda: get_args(EvidenceState),
    "diagnosis_bases": lambda: get_args(DiagnosisBasis),
    "evidence_roles": lambda: get_args(SignalRole),
    "gap_reasons": lambda: get_args(GapReason),
    "regimes": lambda: get_args(RegimeName),
    "distrust_reasons": lambda: get_args(DistrustReason),
    "detector_kinds": lambda: get_args(DetectorKind),
    "detector_states": lambda: get_args(DetectorState),
    "detector_standings": lambda: get_args(Standing),
    "wear_ways": lambda: get_args(WearWay),
    "maintenance_states": lambda: MaintenanceState,
    "maintenance_tasks": lambda: get_args(Task),
    "maintenance_recurrences": lambda: get_args(Recurrence),
    "maintenance_audiences": lambda: get_args(AudienceName),
    "check_results": lambda: get_args(CheckResult),
    "meters": lambda: get_args(Meter),
    "meter_change_kinds": lambda: get_args(MeterChangeKind),
    "rule_set_kinds": lambda: get_args(SetKindName),
    "rule_set_roles": lambda: get_args(SetRoleName),
    "rule_set_switches": lambda: get_args(SwitchActionName),
    "replay_kinds": lambda: get_args(ReplayKindName),
    "replay_states": lambda: get_args(ReplayStateName),
    "replay_changes": lambda: get_args(ChangeName),
    "untuned_reasons": lambda: get_args(UntunedReason),
    "languages": lambda: get_args(Language),
    "unit_systems": lambda: get_args(Units),
    "weekdays": lambda: get_args(WeekdayName),
    "made_kinds": lambda: get_args(MadeKind),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One value of a list; see api.schemas.codes."""

    code: str
    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """A list with its values."""

    id: str
    name: str
    zh: str
    en: str
    items: list[Code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit; see api.schemas.codes."""

    code: str
    name: str
    zh: str
    en: str
    quantity: str | None
    suffix: str | None


@cache
def words() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """codes.toml, read once."""
    return tomllib.loads(files("fleet").joinpath("codes.toml").read_text(encoding="utf-8"))


def named(code: str, zh: str, en: str, language: Language) -> Code:
    """A value with its name in the language asked for."""
    return Code(code=code, name=zh if language == "zh" else en, zh=zh, en=en)


def code_list(name: str, language: Language, kinds: Iterable[tuple[str, str, str]] = ()) -> CodeList | None:
    """The list of this name, None when there is none; `kinds` are the database's machine kinds: (code, zh, en)."""
    texts = words()["list"].get(name)
    if texts is None:
        return None
    title = texts["_"]
    return CodeList(
        id=name,
        name=title[language],
        zh=title["zh"],
        en=title["en"],
        items=[named(code, zh, en, language) for code, zh, en in _values(name, texts, kinds)],
    )


def _values(
    name: str, texts: Mapping[str, Mapping[str, str]], kinds: Iterable[tuple[str, str, str]]
) -> list[tuple[str, str, str]]:
    if name == MACHINE_KINDS:
        return list(kinds)
    if name == "problem_codes":
        return [(code, row.title_zh, row.title) for code, row in sorted(TABLE.items())]
    codes = set(LISTS[name]())
    return [(code, text["zh"], text["en"]) for code, text in texts.items() if code in codes]


def units(catalogue: Catalogue, language: Language) -> list[Unit]:
    """The units of field names and signals; one that only a site's own signal has goes by its code."""
    known = words()["unit"]
    added = sorted({signal.unit for signal in catalogue} - set(known))
    return [_unit(code, text, language) for code, text in known.items()] + [_unit(code, {}, language) for code in added]


def _unit(code: str, text: Mapping[str, object], language: Language) -> Unit:
    named_as = {key: str(text.get(key, code)) for key in ("zh", "en")}
    quantity, suffix = text.get("quantity"), text.get("suffix")
    return Unit(
        code=code,
        name=named_as[language],
        zh=named_as["zh"],
        en=named_as["en"],
        quantity=None if quantity is None else str(quantity),
        suffix=None if suffix is None else str(suffix),
    )
