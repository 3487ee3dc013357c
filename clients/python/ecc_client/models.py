"""The shapes of the API's answers and bodies, made by generate.py from its OpenAPI document."""

from __future__ import annotations

from datetime import date as date_aliased
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Acceptance(BaseModel):
    """
    The login and password that the invited person takes.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    login: str
    password: str


class AgedValue(BaseModel):
    """
    A last value and how old it was when the answer was made.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    age_s: float
    measured_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    unit: str
    value: float


class AlarmFlood(BaseModel):
    """
    More alarms than the seats can answer.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    began_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    ended_at: AwareDatetime | None
    first_out: UUID
    """
    The first alarm of the ten minutes in which it began.
    """
    flood_id: int
    peak: int
    """
    Most alarms within ten minutes, of all seats together.
    """
    seats: int
    """
    Seats of the control centre with somebody on duty when it began.
    """


class AlarmFloodPage(BaseModel):
    """
    A page of floods, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[AlarmFlood]
    next_cursor: str | None


class AlarmGroup(BaseModel):
    """
    Alarms that wait for an answer and belong together.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarms: int
    first_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    first_out: UUID
    """
    The alarm that came first.
    """
    held_back: int
    key: str
    """
    Id of the machine or site, of the alarm that explains the others, or kind and key of the source.
    """
    last_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    name: str
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    """
    Of the worst.
    """
    unacknowledged: int


class AlarmGroups(BaseModel):
    """
    The worst groups first, at most as many as asked for.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarms: int
    by: Literal["machine", "site", "cascade", "source"] | str
    groups: int
    """
    How many there are.
    """
    items: list[AlarmGroup]


class AlarmHold(BaseModel):
    """
    What somebody said of all alarms of this one's source on this machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by: str
    hold: Literal["shelved", "out_of_service"] | str
    reason: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """
    until: AwareDatetime | None


class AlarmLimit(BaseModel):
    """
    A limit that the signal `key` has to pass for the alarm's rule to hold.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    comparison: Literal["<", "<=", ">", ">="] | str
    key: str
    unit: str
    value: float


class AlarmMachine(BaseModel):
    """
    The machine an alarm is about.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    kind: str
    name: str
    """
    Its PIN when the machine is not the caller's to see any more.
    """
    pin: str


class AlarmSaid(BaseModel):
    """
    Something that was done with an alarm.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actor: str
    alarm_id: UUID
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    detail: dict[str, Any]
    kind: str


class AlarmSeries(BaseModel):
    """
    Alarms that called whoever answers them, stretch by stretch.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    acceptable: int
    """
    The limits of ISA-18.2 for a stretch, a seat: very likely acceptable ...
    """
    alarms: list[int]
    """
    Of all seats together, in the order of time.
    """
    every_s: int
    """
    How long a stretch is, in seconds; the last one may be shorter.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    manageable: int
    """
    ... and the most that can be managed.
    """
    seats: int
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class AlarmSettings(BaseModel):
    """
    When alarms chatter, are fleeting, go stale, flow over and are escalated.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    chattering_count: int
    """
    An alarm chatters that its source raised so often on a machine ...
    """
    chattering_within_s: int
    """
    ... within so many seconds.
    """
    escalate_after_min: dict[Literal["critical", "high", "medium", "low"] | str, int]
    """
    Minutes without an acknowledgement after which the roster's next is told; a severity that is not there: never.
    """
    fleeting_s: int
    """
    It is fleeting when it went within so many seconds.
    """
    flood_begins: int
    """
    More alarms a seat within ten minutes are a flood ...
    """
    flood_ends: int
    """
    ... which ends below this.
    """
    stale_after_h: int
    """
    It is stale when it has stood for so many hours.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class AlarmSettingsChange(BaseModel):
    """
    Members to change; `escalate_after_min` is all of it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    chattering_count: int | None = None
    chattering_within_s: int | None = None
    escalate_after_min: dict[Literal["critical", "high", "medium", "low"], int] | None = None
    fleeting_s: int | None = None
    flood_begins: int | None = None
    flood_ends: int | None = None
    stale_after_h: int | None = None


class AnswerTimes(BaseModel):
    """
    How alarms of a severity were answered.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    acknowledged: int
    alarms: int
    escalated: int
    median_s: float | None
    """
    Seconds from calling to the acknowledgement.
    """
    p90_s: float | None
    severity: Literal["critical", "high", "medium", "low", "info"] | str


class Assignment(BaseModel):
    """
    Whose alarm it is.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    instead_of: UUID | None = None
    """
    Whose it is now; without this member it must be nobody's, so that of two who take it at once one is told.
    """
    to: UUID | None
    """
    The person; null: nobody's.
    """


class AuditEntry(BaseModel):
    """
    One change, one reading of positions, or one sign-in.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    action: str
    """
    `create`, `update`, `delete`, `read_positions`, `sign_in`, or the thing's own word.
    """
    actor: str
    """
    The person's login or the client's name at that time.
    """
    actor_id: UUID | None
    actor_kind: Literal["person", "client", "system"] | str
    """
    `client`: an integrator's; `system`: the command line or the platform itself.
    """
    actor_organisation: str | None
    after: dict[str, Any] | None
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    before: dict[str, Any] | None
    detail: dict[str, Any]
    entity: str
    """
    The noun in the singular: `machine`, `site`, `person` ...
    """
    entity_id: UUID | None
    id: str
    is_sealed: bool
    """
    True once the row is in the chain that `ecc audit verify` walks; some seconds after it was written.
    """
    machine_id: UUID | None
    """
    The one machine that it is about or whose place was read; null for several, and where it is not the caller's.
    """
    machine_name: str | None
    pin: str | None


class AuditPage(BaseModel):
    """
    A page of the audit, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[AuditEntry]
    next_cursor: str | None


class BriefFuel(BaseModel):
    """
    A refuelling, or fuel that went elsewhere.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    after_pct: float | None
    before_pct: float | None
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    kind: Literal["refuel", "suspected_theft", "lost_at_work"] | str
    litres: float | None
    """
    Null where the model's tank or a level is not known.
    """
    machine_id: UUID
    machine_name: str
    to_at: AwareDatetime | None


class BriefNumbers(BaseModel):
    """
    What was done in the days, by quarter hours; null where nothing tells it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    distance_km: float | None
    engine_hours_h: float | None
    """
    What the machine's own hour meter grew by.
    """
    fuel_per_hour_l: float | None
    """
    Fuel by the hours in which it was burnt, by the hour meter or heard: of machines and times that tell both. Null
    without any.
    """
    fuel_used_l: float | None
    idle_fuel_l: float | None
    """
    Burnt while idling, worked out from the quarter hours in which the machine did nothing else or, without any, from
    mixed ones.
    """
    idle_h: float
    idle_ratio: float | None
    """
    Idling, of the time it ran.
    """
    length_h: float
    """
    How long the days were, until now: 23 or 25 hours where clocks were changed.
    """
    off_h: float
    """
    Heard to be off.
    """
    travelling_h: float
    unheard_h: float
    """
    The rest, in which nothing was heard.
    """
    utilisation_ratio: float | None
    """
    Working and travelling, of the length; null when nothing was heard.
    """
    working_h: float


class BriefPeers(BaseModel):
    """
    The model's other machines.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    machines: int
    """
    How many were heard in the days. Those of strangers count from five on only.
    """
    median_utilisation_ratio: float


class CaseCode(BaseModel):
    """
    A fault row of a test; SPN 0 and FMI 0: no code is active.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at_s: float
    fmi: int
    spn: int


class CheckDone(BaseModel):
    """
    What a point of a check-list showed.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    note: str | None = None
    result: Literal["good", "attention", "bad", "not_done"] | str


class ChosenPassword(BaseModel):
    """
    The password that the person takes.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    password: str


class ClientChange(BaseModel):
    """
    What is to change of a client.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    expires_at: AwareDatetime | None = None
    """
    Null: it does not expire.
    """
    name: str | None = None
    scopes: (
        list[Literal["fleet:read", "positions", "aemp:read", "webhooks", "audit:read", "machines:write", "sites:write"]]
        | None
    ) = None


class ClientSecret(BaseModel):
    """
    One secret of a client that is in force, without the secret.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    ending: str
    """
    Its last four characters.
    """
    expires_at: AwareDatetime | None


class ClientToken(BaseModel):
    """
    An access token for an integrator's client (RFC 6749, section 5.1).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    access_token: str
    expires_in: int
    """
    Seconds.
    """
    scope: str
    """
    The scopes that it has, separated by spaces.
    """
    token_type: Literal["Bearer"] | str


class ClientWithSecret(BaseModel):
    """
    A client with its new secret, which is shown this once.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    created_by: str
    expires_at: AwareDatetime | None
    id: UUID
    """
    Also its `client_id` at /oauth/token.
    """
    last_used_at: AwareDatetime | None
    name: str
    organisation_id: UUID
    organisation_name: str
    revoked_at: AwareDatetime | None
    role: Literal["integrator", "auditor"] | str
    scopes: list[
        Literal["fleet:read", "positions", "aemp:read", "webhooks", "audit:read", "machines:write", "sites:write"] | str
    ]
    """
    All that it may do.
    """
    secret: str
    """
    Key for `Authorization: Bearer` or `X-API-Key`, and `client_secret` at /oauth/token.
    """
    secrets: list[ClientSecret]
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class ClientsRotation(BaseModel):
    """
    How long the secret so far stays valid beside the new one.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    overlap_hours: int | None = 24


class Code(BaseModel):
    """
    A value that a field may have, in words.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    en: str
    name: str
    """
    In the language asked for by Accept-Language.
    """
    zh: str


class CodeList(BaseModel):
    """
    A code list with its values in their order.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    en: str
    id: str
    items: list[Code]
    name: str
    """
    In the language asked for by Accept-Language.
    """
    zh: str


class CodeListName(BaseModel):
    """
    A code list without its values.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    en: str
    id: str
    name: str
    """
    In the language asked for by Accept-Language.
    """
    zh: str


class CodeLists(BaseModel):
    """
    All code lists.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[CodeListName]
    next_cursor: Annotated[None, Field(None)] = None


class Comment(BaseModel):
    """
    What is to be kept with the alarm.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    text: str


class CompanyLogin(BaseModel):
    """
    An organisation's OpenID provider.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    auto_create: bool
    client_id: str
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    default_role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | str
        | None
    )
    domains: list[str]
    id: UUID
    issuer: str
    name: str
    organisation_id: UUID
    organisation_name: str
    role_claim: str | None
    role_map: dict[str, str]
    secret_reference: str | None
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class CompanyLoginChange(BaseModel):
    """
    What is to change of a company login.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    auto_create: bool | None = None
    client_id: str | None = None
    default_role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | None
    ) = None
    domains: list[str] | None = None
    issuer: str | None = None
    name: str | None = None
    role_claim: str | None = None
    role_map: (
        dict[
            str,
            Literal[
                "owner",
                "operator",
                "dealer",
                "expert",
                "lead",
                "service_engineer",
                "administrator",
                "integrator",
                "auditor",
            ],
        ]
        | None
    ) = None
    secret_reference: str | None = None


class CompanyLoginChoice(BaseModel):
    """
    A company's own login page that may be used instead of a password.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    name: str
    start: str
    """
    Where to send the browser.
    """


class CompanyLoginChoices(BaseModel):
    """
    The login pages that people with an address of this domain may use.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[CompanyLoginChoice]


class CompanyLoginPage(BaseModel):
    """
    A page of company logins.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[CompanyLogin]
    next_cursor: str | None


class ConsoleSettings(BaseModel):
    """
    Where the console leads to beside itself.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    grafana_url: str | None
    """
    The boards' Grafana (`ECC_GRAFANA_URL`), without a slash at its end; null where there is none, and for everybody
    who is not of the control centre, whose boards they are.
    """


class Credentials(BaseModel):
    """
    Login and password.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    login: str
    password: str


class Delivery(BaseModel):
    """
    One attempt to deliver an event.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answer: str
    """
    The first 1,000 characters of the answer's body.
    """
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    attempt: int
    delivery_id: int
    error: str | None
    event: str
    """
    The event's place in the log, or `test-...`.
    """
    kind: str
    latency_ms: int
    outcome: Literal["delivered", "retrying", "failed"] | str
    status: int | None
    """
    The HTTP status of the answer; null when none came.
    """


class DeliveryPage(BaseModel):
    """
    A page of the delivery log, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Delivery]
    next_cursor: str | None


class Detector(BaseModel):
    """
    A version of a model.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    card: dict[str, Any]
    """
    What it was learned from (time, minutes, signals) and what was measured then.
    """
    id: UUID
    in_force: bool
    kind: Literal["detector", "rul"] | str
    machine_id: UUID | None
    machines: int
    """
    How many machines it was learned from.
    """
    made_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    model: str | None
    """
    It judges all machines of this model; null: one machine.
    """
    name: str
    """
    The kind of model: baseline, default ...
    """
    pin: str | None
    reason: str | None
    sha256: str
    """
    Of its file.
    """
    since: AwareDatetime | None
    """
    Since when it has been so; null when it is ok.
    """
    standings: dict[str, int]
    """
    How many of the caller's machines are judged how, see `standing` of a machine's detectors.
    """
    state: Literal["ok", "slow", "missing", "corrupt", "failing"] | str
    """
    Whether it judges: ok; slow (some machines wait); missing or corrupt (its file); failing (it breaks).
    """
    version: int


class DetectorPage(BaseModel):
    """
    A page of versions.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Detector]
    next_cursor: str | None


class DistrustedMachine(BaseModel):
    """
    A machine with the signal that is not believed.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    machine_id: UUID
    machine_name: str
    signal: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """


class DoneItem(BaseModel):
    """
    An item that was done, in the cycle in which the caller sees it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    checks: Annotated[list[CheckDone] | None, Field(validate_default=True)] = []
    cycle: int
    item: str


class Down(BaseModel):
    """
    A time in which the platform could not take messages.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    seconds: float
    to_at: AwareDatetime | None
    """
    None while it lasts.
    """


class DutyShift(BaseModel):
    """
    Every week on `weekdays`, or once on `date`, on the roster's clocks; a `to` not after `from` is the next day.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    date: date_aliased | None = None
    from_: Annotated[str, Field(alias="from")]
    """
    HH:MM.
    """
    from_date: date_aliased | None = None
    """
    First date of a weekly shift; null: ever.
    """
    people: list[UUID] | None = []
    to: str
    """
    HH:MM.
    """
    to_date: date_aliased | None = None
    """
    Its last date, included.
    """
    weekdays: (
        list[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | str] | None
    ) = []


class Episode(BaseModel):
    """
    When a finding began, had held long enough and ended; null: it had not ended by the end of the span.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    held_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    to_at: AwareDatetime | None


class EvidenceBorder(BaseModel):
    """
    Where the signal has to be for the condition to hold.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    comparison: Literal["<", "<=", ">", ">="] | str
    key: str
    unit: str
    value: float


class EvidenceContribution(BaseModel):
    """
    How much a signal drove a model's finding; 1 is the model's border.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    value: float


class EvidenceExpected(BaseModel):
    """
    What a model expected of a signal when its finding held; low, high: the ends of its band, null inside it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    high: float | None
    key: str
    low: float | None
    unit: str
    value: float


class EvidenceGap(BaseModel):
    """
    A time without readings.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    reason: Literal["platform_away", "engine_off", "not_received"] | str
    """
    The platform could not hear; the engine had been switched off; nothing came.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class EvidenceOwnLimit(BaseModel):
    """
    Why the machine has another limit than the rule's.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    reason: str
    shipped: float
    """
    The rule's own.
    """
    until: AwareDatetime
    """
    RFC 3339, UTC.
    """


class EvidenceQuality(BaseModel):
    """
    How good the data of the window is.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    gaps: list[EvidenceGap]
    """
    The longest 20.
    """
    interval_s: float | None
    """
    The usual time between readings.
    """
    late: int
    """
    Readings that came more than 15 minutes after they were measured.
    """
    out_of_order: int
    """
    Readings that came after later ones.
    """
    quarantined: dict[str, int]
    """
    What came in this time and was refused, by reason.
    """
    received_ratio: float | None
    """
    Readings that came, of those expected at that interval.
    """
    rows: int
    sensor_errors: dict[str, int]
    """
    How often a signal reported an error, by signal.
    """


class EvidenceRegime(BaseModel):
    """
    What the machine was at, by engine speed and load: `off` below `off_below_rpm`; `idle` below the first of
    `loads_pct`; then `light`, `medium` and `heavy` work. `running`: the load is unknown; `unknown`: the speed is.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at_held: Literal["unknown", "off", "running", "idle", "light", "medium", "heavy"] | str
    loads_pct: list[float]
    off_below_rpm: float
    shares: dict[str, float]
    """
    Of the window's time.
    """


class EvidenceTrack(BaseModel):
    """
    Where the machine was, in WGS 84; at most 500 places.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: list[AwareDatetime]
    is_coarse: bool
    """
    On a grid of 0.1 degree, for those who do not see exactly where the machine was.
    """
    latitude_deg: list[float]
    longitude_deg: list[float]


class EvidenceTrust(BaseModel):
    """
    A signal of the machine that was not to be trusted at some time of the window.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    key: str
    reasons: list[str]
    """
    stuck, rate, physics, dropout, errors ...
    """
    score: float
    """
    0 to 1, when it was last looked at.
    """
    to_at: AwareDatetime | None


class ExtraValue(BaseModel):
    """
    One value as it was sent; no unit, range or name is known.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    measured_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    value: float


class FieldProblem(BaseModel):
    """
    What is wrong with one part of the input.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    """
    The name of what is wrong, to program against.
    """
    message: str
    """
    What is wrong, in the language asked for.
    """
    where: str
    """
    The parameter, the member of the body (`seats.0.name`) or the cell of an import; empty: the whole request.
    """


class FileColumns(BaseModel):
    """
    What a table of a noun has for columns, or a feature of a map for properties.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    example: str
    """
    A whole file with some of the columns.
    """
    media_type: str
    """
    Of the body: `text/csv`, or `application/geo+json`.
    """
    noun: str
    """
    As in the path of its import.
    """
    optional: list[str]
    required: list[str]
    """
    Without one of these columns the file, without a cell in it the line, is refused.
    """


class FileColumnsList(BaseModel):
    """
    All nouns that can be imported.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[FileColumns]


class FleetPosition(BaseModel):
    """
    One machine of the map and the live table, as small as possible.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    is_coarse: bool
    """
    True: the place is rounded to 0.1 degree.
    """
    kind: str
    latitude_deg: float | None
    longitude_deg: float | None
    measured_at: AwareDatetime | None
    name: str
    online: bool | None
    """
    null: nothing was heard of it in the time that is the caller's to see.
    """
    open_alarms: int
    severity: Literal["critical", "high", "medium", "low", "info"] | str | None
    """
    Worst severity of its open alarms.
    """
    work_state: str | None


class FleetPositions(BaseModel):
    """
    All machines the caller sees, without pages.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    items: list[FleetPosition]
    truncated: bool
    """
    True when there are more machines than the answer's cap.
    """


class GivenAnswer(BaseModel):
    """
    What somebody answered.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answer: Literal["yes", "no", "unsure"] | str
    answered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    answered_by: str
    cause: str | None
    check: str | None
    note: str | None
    when: str | None


class Health(BaseModel):
    """
    A process's own view of itself.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    status: Literal["ok"] | str


class Hello(BaseModel):
    """
    `hello`: sent at once; its id is the place to resume from.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    resumed: bool
    """
    True when the stream goes on from the Last-Event-ID that was given.
    """


class HelpAnswer(BaseModel):
    """
    What was done or said.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    text: str


class HelpRequest(BaseModel):
    """
    A request: who asks, who was told and when, who takes it on, and the answer.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID | None
    answer: str | None
    answered_at: AwareDatetime | None
    answered_by: str | None
    asked_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    asked_by: str
    id: UUID
    machine_id: UUID
    machine_name: str
    """
    The PIN when the machine is not the asking side's any more.
    """
    organisation_name: str
    """
    Whose person asks.
    """
    phone: str | None
    taken_at: AwareDatetime | None
    taken_by: str | None
    text: str
    told_at: AwareDatetime | None
    """
    When the control centre and the dealer were told; null: in a moment.
    """


class HelpRequestPage(BaseModel):
    """
    A page of requests, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[HelpRequest]
    next_cursor: str | None


class HourLateness(BaseModel):
    """
    Of what was measured in an hour.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    counts: list[int]
    """
    Those of them that came within each of `limits_s` and not within the one before, and those that came later than
    all of them. Their sum is `minutes`.
    """
    latest_s: float
    """
    Seconds from measuring to receiving, of the reading that took longest.
    """
    machines: int
    """
    Machines that were heard.
    """
    minutes: int
    """
    Minutes of theirs with readings.
    """


class HoursSpan(BaseModel):
    """
    Working hours on the site's clocks; a `to` that is not after `from` is on the next day.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_: Annotated[str, Field(alias="from")]
    """
    HH:MM.
    """
    to: str
    """
    HH:MM.
    """


class Installation(BaseModel):
    """
    A terminal's time on the machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime | None
    """
    null: since the beginning of time.
    """
    terminal: str
    to_at: AwareDatetime | None
    """
    null: still installed.
    """


class InstallationEnd(BaseModel):
    """
    When the terminal was taken off.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    to_at: AwareDatetime
    """
    RFC 3339.
    """


class InstalledSoftware(BaseModel):
    """
    A release on a controller of a machine since a time.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    controller: str
    """
    As entered; reported ones are `software_id` of the engine, `software_id.sa<n>` of source address n.
    """
    entered_by: str | None
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    is_current: bool
    """
    No later one of the controller is known.
    """
    release: str
    source: Literal["entered", "reported"] | str


class Investigation(BaseModel):
    """
    Whether somebody looks into it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    begins: bool | None = True
    """
    False: nobody does any more.
    """


class Invitation(BaseModel):
    """
    One invitation.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    accepted_at: AwareDatetime | None
    accepted_by: str | None
    """
    The login that was taken.
    """
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    created_by: str
    email: str | None
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    language: Literal["zh", "en"] | str | None
    """
    Null: the browser's.
    """
    organisation_id: UUID
    organisation_name: str
    role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | str
    )
    state: Literal["open", "accepted", "revoked", "expired"] | str
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class InvitationPage(BaseModel):
    """
    A page of invitations, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Invitation]
    next_cursor: str | None


class InvitationShown(BaseModel):
    """
    What the holder of a link is told: who invites, and to what.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    company_logins: list[CompanyLoginChoice]
    email: str | None
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    invited_by: str
    language: Literal["zh", "en"] | str | None
    """
    Null: the browser's.
    """
    organisation_name: str
    role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | str
    )


class InvitationWithLink(BaseModel):
    """
    An invitation with its link, which is shown this once.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    accepted_at: AwareDatetime | None
    accepted_by: str | None
    """
    The login that was taken.
    """
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    created_by: str
    email: str | None
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    language: Literal["zh", "en"] | str | None
    """
    Null: the browser's.
    """
    link: str
    """
    The console's page for accepting it, to be handed to the invited person; a path only where the platform does not
    know its own address (`ECC_PUBLIC_URL`): put `https://` and its host before it.
    """
    organisation_id: UUID
    organisation_name: str
    role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | str
    )
    state: Literal["open", "accepted", "revoked", "expired"] | str
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class Lamps(BaseModel):
    """
    J1939 DM1 lamps.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    amber: bool
    mil: bool
    protect: bool
    red_stop: bool


class LastValue(BaseModel):
    """
    The last known value of a signal.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    measured_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    unit: str
    value: float


class Lateness(BaseModel):
    """
    Machine minutes by how late they came. A minute is as late as the last of its readings.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    counts: list[int]
    """
    Those of them that came within each of `limits_s` and not within the one before, and those that came later than
    all of them. Their sum is `minutes`.
    """
    latest_s: float
    """
    Seconds from measuring to receiving, of the reading that took longest.
    """
    machines: int
    """
    Machines that were heard.
    """
    minutes: int
    """
    Minutes of theirs with readings.
    """


class LedgerEntry(BaseModel):
    """
    What arrived of one power cycle (`boot`) of a terminal, by message number.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    boot: str
    first_received_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    gaps: list[list[Any]]
    """
    Missing messages: first and last of each gap.
    """
    last_received_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    max_measured_at: AwareDatetime | None
    messages: int
    ranges: list[list[Any]]
    """
    Kept messages above `through`, first and last of each stretch.
    """
    redelivered: int
    rows_committed: int
    rows_quarantined: int
    terminal: str
    through: int
    """
    All messages 0..through are kept; -1 when the first one is missing.
    """


class Left(BaseModel):
    """
    What is left until an item is due, negative beyond; null: it has no such interval, or it is not known.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    days: float | None
    h: float | None
    km: float | None
    l: float | None


class LineGeometry(BaseModel):
    """
    The middle of a corridor.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    coordinates: list[list[float]]
    type: Literal["LineString"]


class LiveEnd(BaseModel):
    """
    `end`: the server closes the stream; connect again with `last_event_id`.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    last_event_id: str
    reason: Literal["slow_client", "expired", "shutdown", "revoked"] | str


class LiveEntry(BaseModel):
    """
    `entry`: any other entry of the event log. Its id resumes the stream.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    kind: str
    machine_id: UUID | None
    payload: dict[str, Any]


class LiveMachine(BaseModel):
    """
    One machine of `machines`: sent when anything of it changed, at most once a second.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    is_coarse: bool
    """
    True: the place is rounded to 0.1 degree.
    """
    kind: str
    latitude_deg: float | None
    longitude_deg: float | None
    measured_at: AwareDatetime | None
    name: str
    online: bool | None
    """
    null: nothing was heard of it in the time that is the caller's to see.
    """
    open_alarms: int
    severity: Literal["critical", "high", "medium", "low", "info"] | str | None
    signals: dict[str, LastValue]
    """
    The signals asked for with `signals`.
    """
    work_state: str | None


class LiveMachines(BaseModel):
    """
    `machines`: first all that the caller sees, then those that changed since the last tick. Without an id.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    gone: list[UUID]
    """
    Machines that the caller sees no more (sold, a share that has ended); those in `items` come first.
    """
    items: list[LiveMachine]
    snapshot: bool


class LivePlace(BaseModel):
    """
    `place`: entries went by that are not yours; its id is the place to resume from.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class LiveReset(BaseModel):
    """
    `reset`: the Last-Event-ID is unknown or too old; read the lists again, the stream goes on from now.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class MachineChange(BaseModel):
    """
    What is to change of a machine. Its owner changes by a transfer.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    equipment_id: str | None = None
    mode: Literal["in_service", "transport", "in_repair", "stored", "scrapped"] | None = None
    mode_reason: str | None = None
    """
    Why the mode changes; kept with its history.
    """
    model_id: UUID | None = None
    name: str | None = None
    nominal_voltage_v: Literal[12, 24] | None = None
    options: list[str] | None = None
    pin: str | None = None
    serial_number: str | None = None
    site_id: UUID | None = None


class MachineDetector(BaseModel):
    """
    What a machine is judged by.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    """
    Of the version.
    """
    marked_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    name: str
    score: float | None
    """
    Of the last assessed minute; 1 is the border.
    """
    standing: Literal["learning", "family", "own", "frozen", "not_assessed"] | str
    """
    learning: by nothing yet; family: mostly by its model's other machines; own: by its own past; frozen: an alarm
    is open and teaches nothing; not_assessed: it works in a regime never seen.
    """
    state: Literal["ok", "slow", "missing", "corrupt", "failing"] | str
    version: int
    windows: int
    """
    Minutes judged so far.
    """


class MachineDetectors(BaseModel):
    """
    All that a machine is judged by.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MachineDetector]
    machine_id: UUID
    next_cursor: Annotated[None, Field(None)] = None


class MachineEvent(BaseModel):
    """
    One event; fields that do not belong to its kind are null.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    error: Literal["reported", "out_of_limits"] | str | None
    fmi: int | None
    kind: Literal["fault", "sensor_error", "status", "attribute", "note"] | str
    lamps: Lamps | None
    measured_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    occurrence_count: int | None
    online: bool | None
    """
    Of a status event.
    """
    received_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    signal: str | None
    """
    Signal of a sensor error.
    """
    source_address: int | None
    spn: int | None
    text: str | None


class MachineHoles(BaseModel):
    """
    A machine whose messages are missing.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    machine_id: UUID
    machine_name: str
    messages: int
    over_downs: int
    """
    Of its power cycles, those that lived through a time in which the platform was down.
    """
    power_cycles: int


class MachineKind(BaseModel):
    """
    A kind of machine, such as excavator.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    default_signals: list[str]
    """
    What a machine of this kind is expected to report, unless its model says otherwise.
    """
    en: str
    id: UUID
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int
    zh: str


class MachineKindChange(BaseModel):
    """
    What is to change of a kind.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    code: str | None = None
    default_signals: list[str] | None = None
    en: str | None = None
    zh: str | None = None


class MachineKindPage(BaseModel):
    """
    A page of kinds.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MachineKind]
    next_cursor: str | None


class MachineMeters(BaseModel):
    """
    Where a machine's meters stand: gap-safe totals of the machine, whatever meter it has now.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    as_of: AwareDatetime | None
    distance_km: float | None
    engine_hours_h: float | None
    """
    Null: unknown, as its counter was never heard and nobody has set it.
    """
    fuel_used_l: float | None
    meter_offset_h: float
    """
    What is added to what the hour meter shows now to have the machine's hours.
    """


class Made(BaseModel):
    """
    Something that an import made beside its own entries.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    kind: Literal["site", "model", "organisation"] | str
    name: str


class MatrixColumn(BaseModel):
    """
    One signal's last values, parallel to the machines; null where the caller sees none.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    age_s: list[float | None]
    """
    How old each value was when the answer was made.
    """
    unit: str
    value: list[float | None]


class MemberDifference(BaseModel):
    """
    What a member of a rule is in this set and in the other; null where a set has no such rule.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    here: str | None
    name: str
    there: str | None


class MeterChange(BaseModel):
    """
    What was entered of a meter, by whom and when.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    entered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    entered_by: str
    id: UUID
    kind: Literal["replaced", "set"] | str
    meter: Literal["engine_hours_h", "distance_total_km", "fuel_used_total_l"] | str
    new_value: float
    note: str | None
    old_value: float | None
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None


class MeterChangePage(BaseModel):
    """
    What was entered of a machine's meters, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MeterChange]
    next_cursor: str | None


class MissingStretch(BaseModel):
    """
    Adjoining minutes without readings for one reason (from_at <= t < to_at).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    detail: list[str]
    """
    Why messages were refused; empty for other reasons.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    minutes: int
    reason: (
        Literal[
            "not_visible",
            "not_installed",
            "platform_down",
            "refused",
            "back_fill",
            "engine_off",
            "offline",
            "not_arrived",
            "unknown",
        ]
        | str
    )
    """
    Where several hold, the first of: not_visible (not the caller's to see), not_installed (no terminal on the
    machine), platform_down, refused (in quarantine), back_fill (older readings are arriving next to it now),
    engine_off (said by the last reading before), offline (by the terminal's status), not_arrived (numbers of messages
    are missing in that power cycle), unknown.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class ModeChange(BaseModel):
    """
    A change of a machine's mode.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by: str
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    mode: Literal["in_service", "transport", "in_repair", "stored", "scrapped"] | str
    mode_before: Literal["in_service", "transport", "in_repair", "stored", "scrapped"] | str
    reason: str | None


class ModeHistory(BaseModel):
    """
    The changes of a machine's mode, the latest first, at most 1000.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[ModeChange]
    machine_id: UUID


class ModelOption(BaseModel):
    """
    A factory option.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    en: str
    zh: str


class NewAnswer(BaseModel):
    """
    An answer to one of the guide's questions, named by its members.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    answer: Literal["yes", "no", "unsure"]
    """
    `unsure` counts for nothing, and takes an earlier answer to the same question out.
    """
    cause: str | None = None
    """
    Null: of a check that settles none.
    """
    check: str | None = None
    note: str | None = None
    when: str | None = None
    """
    Of an observation that no signal tells: its condition.
    """


class NewClient(BaseModel):
    """
    A client to be made.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    expires_at: AwareDatetime | None = None
    name: str
    organisation_id: UUID | None = None
    """
    Whose client it is; your own organisation's when left out.
    """
    role: Literal["integrator", "auditor"] | None = "integrator"
    scopes: list[
        Literal["fleet:read", "positions", "aemp:read", "webhooks", "audit:read", "machines:write", "sites:write"]
    ]
    """
    `machines:write` and `sites:write` need `fleet:read` beside them and the role `integrator`.
    """


class NewCompanyLogin(BaseModel):
    """
    An organisation's OpenID provider.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    auto_create: bool | None = False
    """
    False: only people who were invited, or have an account with this address.
    """
    client_id: str
    default_role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | None
    ) = None
    """
    Of people who are made by `auto_create` and whose claim maps to nothing.
    """
    domains: list[str]
    """
    Domains of e-mail addresses: whose addresses the provider is believed, and who is shown its button.
    """
    issuer: str
    name: str
    """
    What the button on the login page says.
    """
    organisation_id: UUID
    role_claim: str | None = None
    role_map: Annotated[
        dict[
            str,
            Literal[
                "owner",
                "operator",
                "dealer",
                "expert",
                "lead",
                "service_engineer",
                "administrator",
                "integrator",
                "auditor",
            ],
        ]
        | None,
        Field(max_length=50),
    ] = None
    """
    Value of the claim -> role; the first that fits, at every sign-in.
    """
    secret_reference: str | None = None
    """
    `env:OIDC_SECRET_NAME` or `file:NAME`: where the server finds the client secret. Null: none (PKCE alone).
    """


class NewHandOverNote(BaseModel):
    """
    What the next shift must know.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339.
    """
    note: str
    roster_id: UUID | None = None
    seat_id: UUID | None = None
    """
    A seat of that roster.
    """
    to_at: AwareDatetime | None = None
    """
    When it ends; left out: now.
    """


class NewHelpRequest(BaseModel):
    """
    What somebody needs help with.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    alarm_id: UUID | None = None
    """
    The alarm that it is about; it gets a comment.
    """
    phone: str | None = None
    """
    Where to call; left out: the number in one's own record.
    """
    text: str


class NewInstallation(BaseModel):
    """
    A terminal to put on the machine; without `from_at`, since the beginning of time.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    additional: bool | None = False
    """
    The machine has another terminal, and keeps it.
    """
    from_at: AwareDatetime | None = None
    terminal_id: UUID


class NewInvitation(BaseModel):
    """
    Whom to invite, and to what.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    email: str | None = None
    """
    For telling invitations apart, and suggested as login; nothing is sent to it.
    """
    language: Literal["zh", "en"] | None = None
    """
    Of the page and the account; the browser's when left out, until the person chooses one.
    """
    organisation_id: UUID | None = None
    """
    Your own organisation when left out.
    """
    role: Literal[
        "owner", "operator", "dealer", "expert", "lead", "service_engineer", "administrator", "integrator", "auditor"
    ]


class NewMachine(BaseModel):
    """
    A machine to register. Its owner is `organisation_id`, or else the caller's organisation.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    equipment_id: str | None = None
    """
    The owner's own number for it, written like a serial number: `三一 SY215C 12号`.
    """
    mode: Literal["in_service", "transport", "in_repair", "stored", "scrapped"] | None = "in_service"
    model_id: UUID | None = None
    name: str
    nominal_voltage_v: Literal[12, 24] | None = None
    """
    Where it differs from the model's.
    """
    options: list[str] | None = None
    """
    Codes of factory options of its model.
    """
    organisation_id: UUID | None = None
    pin: str
    """
    Product identification number. One of 17 characters is checked by ISO 10261.
    """
    serial_number: str | None = None
    """
    Letters of any script, digits, blanks and punctuation.
    """
    site_id: UUID | None = None


class NewMachineKind(BaseModel):
    """
    A kind to add.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    code: str
    default_signals: list[str] | None = None
    en: str
    zh: str


class NewMeterChange(BaseModel):
    """
    A meter that was replaced, or the machine's total where somebody knows it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    at: AwareDatetime | None = None
    """
    Left out: now. Of the past: what was counted since is counted again.
    """
    kind: Literal["replaced", "set"]
    meter: Literal["engine_hours_h", "distance_total_km", "fuel_used_total_l"] | None = "engine_hours_h"
    new_value: float
    """
    What the new meter showed at first, or the machine's total.
    """
    note: str | None = None
    old_value: float | None = None
    """
    What the old meter showed at last; of a replaced one only.
    """


class NewModelOption(BaseModel):
    """
    A factory option to offer.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    code: str
    en: str
    zh: str


class NewNote(BaseModel):
    """
    What somebody wants to be read beside the readings of an instant or a span.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    from_at: AwareDatetime | None = None
    """
    Left out: now.
    """
    text: str
    to_at: AwareDatetime | None = None
    """
    The end of a span; left out: the note is of an instant.
    """


class NewNoticeAddress(BaseModel):
    """
    An address that takes the place of the channel's so far once its code is entered.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    address: str
    """
    An e-mail address; the URL of a webhook or a group's robot; a URL of apprise (`tgram://...`).
    """
    channel: Literal["email", "webhook", "dingtalk", "wecom", "feishu", "apprise"]
    secret: str | None = None
    """
    With which a robot of DingTalk or Feishu wants messages signed.
    """


class NewNoticeMute(BaseModel):
    """
    Which machine to be told nothing of, and until when.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    machine: UUID
    until: AwareDatetime | None = None


class NewPassword(BaseModel):
    """
    The password so far and the one to come.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    current_password: str
    new_password: str


class NewQuarantineReplay(BaseModel):
    """
    What is to be sent again: `ids`, or by `reason` and `terminal`, or `everything` that waits.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    again: bool | None = False
    """
    Also what was sent again before.
    """
    everything: bool | None = False
    ids: list[UUID] | None = None
    offset: str | None = "0s"
    """
    Added to every time of what was refused: `8h`, `-90min`, `30s`, `250ms`. Not with `everything`.
    """
    reason: (
        Literal[
            "malformed_json",
            "schema",
            "bad_gzip",
            "too_large",
            "bad_topic",
            "bad_time",
            "bad_frame",
            "unknown_terminal",
            "not_installed",
            "clock_past",
            "clock_future",
            "no_signals",
            "refused_by_database",
        ]
        | None
    ) = None
    terminal: str | None = None


class NewReportSubscription(BaseModel):
    """
    What is to be mailed, and when.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    at: str | None = "07:00"
    """
    HH:MM.
    """
    form: Literal["pdf", "html", "csv"] | None = "pdf"
    machine: str | None = None
    """
    A machine's id or alias (`pin:...`).
    """
    period: Literal["day", "week", "month"] | None = "week"
    site: UUID | None = None


class NewRuleReplay(BaseModel):
    """
    What is to be replayed.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339.
    """
    machines: list[str] | None = None
    """
    Ids or aliases (`pin:...`); all machines when left out.
    """
    rule_set: str | None = "live"
    """
    A set's number, or `live`, `shadow`, `base`.
    """
    seats: int | None = None
    """
    Seats that share the alarms; those of the control centre's rosters when left out.
    """
    to_at: AwareDatetime
    """
    RFC 3339.
    """


class NewRuleSet(BaseModel):
    """
    A site's edits on a shipped set.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    base: str | None = "base"
    """
    The shipped set that they lie on; the newest when left out.
    """
    note: str | None = ""
    text: str
    """
    TOML: the whole of the site's edits (docs/rule-language.md).
    """


class NewShare(BaseModel):
    """
    What to share, with whom, and when; from now on when `from_at` is left out.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    data_class: Literal["all", "readings", "position", "hours", "alarms"]
    from_at: AwareDatetime | None = None
    organisation_id: UUID
    to_at: AwareDatetime | None = None


class NewSim(BaseModel):
    """
    A SIM card to put into a terminal; its ICCID is checked by the Luhn formula.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    iccid: str
    imsi: str | None = None
    msisdn: str | None = None
    operator: str | None = None
    status: Literal["active", "suspended", "ended"] | None = "active"
    valid_to: date_aliased | None = None


class NewSoftware(BaseModel):
    """
    What was installed on a controller; `from_at` is now when left out.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    controller: str
    from_at: AwareDatetime | None = None
    release: str


class NewSoftwareVersion(BaseModel):
    """
    A release to add.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    controller: str
    model_id: UUID | None = None
    note: str | None = None
    release: str
    released_at: AwareDatetime | None = None


class NewTerminal(BaseModel):
    """
    A terminal to register; its keeper is `organisation_id`, or else the caller's organisation.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    clock_offset_s: float | None = 0.0
    coordinate_system: Literal["wgs84", "gcj02", "bd09"] | None = "wgs84"
    firmware: str | None = None
    hardware: str | None = None
    name: str
    organisation_id: UUID | None = None
    sim: NewSim | None = None


class NewTransfer(BaseModel):
    """
    A sale to record, or the correction of one.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339.
    """
    corrects: UUID | None = None
    """
    The machine's last transfer, which is undone first. With the seller as buyer the sale is taken back.
    """
    document_no: str | None = None
    to_organisation: UUID
    """
    The buyer's public id; its organisation need not be the caller's to see.
    """


class NewTuning(BaseModel):
    """
    Which rule is to be tuned.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339.
    """
    machines: list[str] | None = None
    """
    Ids or aliases (`pin:...`); all machines when left out.
    """
    rule: str
    to_at: AwareDatetime
    """
    RFC 3339.
    """


class NewVerdict(BaseModel):
    """
    What turned out to be the matter.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    failed_at: AwareDatetime | None = None
    """
    When the fault stopped the machine or would not wait any longer; of a true fault only.
    """
    note: str | None = None
    part: str | None = None
    """
    The part that failed; needed of a true fault, and of nothing else. `unknown`: nobody knows it yet, it is kept as
    null until a later verdict names it.
    """
    solved: Literal["remote", "visit"] | None = None
    """
    `remote`: it is solved, and nobody had to go there; `visit`: somebody had. Of a true fault or a sensor only;
    null: it is not solved yet. `/remote-resolution` counts them.
    """
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"]
    """
    `true_fault`: the machine had it; `nuisance`: nothing was wrong; `sensor`: the sensor or its wiring was;
    `not_found`: somebody looked and found nothing.
    """


class NewVisitHandOver(BaseModel):
    """
    What whoever goes there should bring and know; causes, evidence and answers are added as they are.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    note: str | None = None
    parts: list[str] | None = None
    """
    Keys of the guide's parts, or any text; null: all that the guide names.
    """
    tools: list[str] | None = None
    """
    The same of tools.
    """
    wanted_by: AwareDatetime | None = None


class NewWebhook(BaseModel):
    """
    A webhook to be made. Conditions are as those of the live stream: empty is none.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    active: bool | None = True
    description: str | None = ""
    kinds: list[str] | None = None
    """
    Kinds of events; one that ends in `.*` stands for all that begin so.
    """
    machine_kinds: list[str] | None = None
    machines: list[str] | None = None
    """
    Ids, or `pin:...`, `serial:...`, `equipment:...`.
    """
    models: list[UUID] | None = None
    organisation_id: UUID | None = None
    """
    Whose webhook it is; your own organisation's when left out.
    """
    organisations: list[UUID] | None = None
    severities: list[Literal["critical", "high", "medium", "low", "info"]] | None = None
    sites: list[UUID] | None = None
    url: str


class Note(BaseModel):
    """
    A note, by whom and when.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    may_withdraw: bool
    """
    Whether the caller may take it back: it is of their own side, and still stands.
    """
    text: str
    to_at: AwareDatetime | None
    """
    Null: the note is of an instant.
    """
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    written_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    written_by: str


class NotePage(BaseModel):
    """
    Notes of a machine, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Note]
    next_cursor: str | None


class Notice(BaseModel):
    """
    One message to one person by one channel.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID | None
    answer: str | None
    """
    What the provider said last.
    """
    attempts: int
    body: str
    """
    As it was sent, links without their tokens; empty until then.
    """
    channel: str
    due_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    ended_at: AwareDatetime | None
    id: UUID
    kind: Literal["alarm", "reminder", "collected", "test", "code", "report", "help"] | str
    language: Literal["zh", "en"] | str
    login: str
    made_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    person_id: UUID
    reason: Literal["quiet_hours", "digest", "rate_limit", "rate_limit_critical", "service", "chattering"] | str | None
    """
    Why several are in one.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    state: Literal["collecting", "queued", "sending", "sent", "dead"] | str
    """
    `collecting`: more may join it until `due_at`; `dead`: given up after a day, or refused for good.
    """
    subject: str


class NoticeAddress(BaseModel):
    """
    Where somebody is reached by a channel. An e-mail in the person's own record counts without being here.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    address: str
    channel: Literal["email", "webhook", "dingtalk", "wecom", "feishu", "apprise"] | str
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    signing_secret: str | None
    """
    Of a webhook, in the answer that made it and nowhere else.
    """
    verified: bool
    """
    Notices go there only when it is; beside it there may be one of the same channel that waits for its code.
    """


class NoticeAddressPage(BaseModel):
    """
    All addresses of one person.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[NoticeAddress]
    next_cursor: str | None


class NoticeAsked(BaseModel):
    """
    The notice that is on its way.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    notice_id: UUID


class NoticeAttempt(BaseModel):
    """
    What became of an attempt; equal failures one after the other are one entry.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answer: str
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    attempt: int
    first_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    latency_ms: int | None
    outcome: Literal["delivered", "retrying", "refused", "given_up", "interrupted"] | str
    """
    `interrupted`: the sender died before it knew; the notice was sent once more with the same id.
    """
    times: int


class NoticeAttemptPage(BaseModel):
    """
    The log of one notice, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[NoticeAttempt]
    next_cursor: str | None


class NoticeCode(BaseModel):
    """
    The code that was sent to an address.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    code: str


class NoticeMute(BaseModel):
    """
    A machine of which somebody is told nothing.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    machine_id: UUID
    name: str
    until: AwareDatetime | None
    """
    null: until it is ended.
    """


class NoticeMutePage(BaseModel):
    """
    The machines that one person has muted.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[NoticeMute]
    next_cursor: str | None


class NoticePage(BaseModel):
    """
    A page of notices, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Notice]
    next_cursor: str | None


class NoticePreference(BaseModel):
    """
    How somebody is told.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    channels: dict[str, list[Literal["critical", "high", "medium", "low", "info"] | str]]
    """
    By each channel the severities that are told by it.
    """
    cleared: bool
    """
    Whether the end of an alarm is told.
    """
    digest: Literal["off", "hourly", "daily"] | str
    digest_at: str
    """
    When the daily digest is sent, on the person's own clocks.
    """
    digest_severities: list[Literal["critical", "high", "medium", "low", "info"] | str]
    """
    What is told in the digest only.
    """
    most_per_hour: int
    """
    Single messages an hour by one channel; those beyond are told in one. 0: any number.
    """
    quiet_from: str | None
    """
    On the person's own clocks; what comes until `quiet_to` is told in one message then.
    """
    quiet_to: str | None
    services: bool
    """
    Whether services that come near, are due or overdue are told, by every channel named above.
    """
    through_quiet: list[Literal["critical", "high", "medium", "low", "info"] | str]
    """
    What is told in quiet hours all the same.
    """
    version: int


class NoticePreferenceChange(BaseModel):
    """
    What is to change; members that are left out stay.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    channels: (
        dict[
            Literal["email", "webhook", "dingtalk", "wecom", "feishu", "apprise"],
            list[Literal["critical", "high", "medium", "low", "info"]],
        ]
        | None
    ) = None
    cleared: bool | None = None
    digest: Literal["off", "hourly", "daily"] | None = None
    digest_at: str | None = None
    """
    HH:MM.
    """
    digest_severities: list[Literal["critical", "high", "medium", "low", "info"]] | None = None
    most_per_hour: int | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    services: bool | None = None
    through_quiet: list[Literal["critical", "high", "medium", "low", "info"]] | None = None


class NoticePreview(BaseModel):
    """
    A text as a reader would see it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    body: str
    subject: str


class NoticeQueueEntry(BaseModel):
    """
    How many notices wait, or are dead.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    channel: str
    late_s: float
    """
    Since when the oldest of them is due.
    """
    notices: int
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    state: Literal["collecting", "queued", "sending", "sent", "dead"] | str


class NoticeTemplate(BaseModel):
    """
    A text of notices, as it is in force.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    body: str
    is_shipped: bool
    """
    True for the text that comes with the platform.
    """
    key: Literal["alarm", "collected", "reminder", "services", "test", "code", "report", "help"] | str
    language: Literal["zh", "en"] | str
    made_at: AwareDatetime | None
    made_by: str | None
    placeholders: list[str]
    """
    What may stand in braces in it.
    """
    subject: str
    version: int
    """
    0: nobody has written one.
    """


class NoticeTemplatePage(BaseModel):
    """
    All texts.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[NoticeTemplate]
    next_cursor: str | None


class NoticeTest(BaseModel):
    """
    By which channel to send a test.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    channel: Literal["email", "webhook", "dingtalk", "wecom", "feishu", "apprise"]


class NoticeText(BaseModel):
    """
    A text with placeholders in braces (`{machine}`); `{{` is a brace. An empty body: the text that ships.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    body: str
    subject: str


class OAuthError(BaseModel):
    """
    Why there is no token (RFC 6749, section 5.2).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    error: str
    """
    invalid_request, invalid_client, invalid_scope, unsupported_grant_type or temporarily_unavailable.
    """
    error_description: str


class OnDuty(BaseModel):
    """
    Somebody on duty, and how to reach them.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    email: str | None
    id: UUID
    language: Literal["zh", "en"] | str
    login: str
    name: str
    phone: str | None


class OpenAlarms(BaseModel):
    """
    How many alarms of a machine are open, and the worst of them.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    count: int
    severity: Literal["critical", "high", "medium", "low", "info"] | str | None


class Organisation(BaseModel):
    """
    An organisation of the tenancy tree.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    kind: Literal["ecc", "maker", "dealer", "customer"] | str
    name: str


class OrganisationChange(BaseModel):
    """
    What is to change; a member left out stays as it is, null clears it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    active: bool | None = None
    contact_email: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    external_no: str | None = None
    language: Literal["zh", "en"] | None = None
    name: str | None = None
    parent_id: UUID | None = None
    """
    Moves it with everything below it; null makes it a root, which only the platform does.
    """


class OrganisationDetail(BaseModel):
    """
    An organisation of the tenancy tree.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: bool
    """
    False: its people and clients cannot sign in; what it owns stays.
    """
    contact_email: str | None
    contact_name: str | None
    contact_phone: str | None
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    external_no: str | None
    """
    Its number in somebody's own books.
    """
    id: UUID
    kind: Literal["ecc", "maker", "dealer", "customer"] | str
    language: Literal["zh", "en"] | str
    """
    Of notices to it, and of its new people.
    """
    name: str
    parent_id: UUID | None
    """
    The one it stands under; null for a root, and when that one is not the caller's to see.
    """
    parent_name: str | None
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class OrganisationNew(BaseModel):
    """
    An organisation to be made. Dealers stand under makers or dealers, customers under makers or dealers.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    contact_email: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    external_no: str | None = None
    kind: Literal["maker", "dealer", "customer"]
    language: Literal["zh", "en"] | None = "zh"
    name: str
    parent_id: UUID | None = None
    """
    Left out: the caller's own organisation; for the platform a root.
    """


class OrganisationPage(BaseModel):
    """
    A page of organisations.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[OrganisationDetail]
    next_cursor: str | None


class OutOfService(BaseModel):
    """
    Why.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    reason: str


class OwnChange(BaseModel):
    """
    What people choose for themselves; what is left out stays as it is.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    language: Literal["zh", "en"] | None = None
    """
    Null: not chosen any more.
    """
    time_zone: str | None = None
    units: Literal["metric", "imperial"] | None = None


class OwnSession(BaseModel):
    """
    One place where the person is signed in.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    address: str | None
    browser: str | None
    company_login: str | None
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    is_this: bool
    """
    True for the session of this very request.
    """
    last_used_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class OwnSessions(BaseModel):
    """
    Where the person is signed in, the place used last first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[OwnSession]
    next_cursor: str | None = None


class PartLateness(BaseModel):
    """
    Of the machines of a site or an operator, or of one machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    counts: list[int]
    """
    Those of them that came within each of `limits_s` and not within the one before, and those that came later than
    all of them. Their sum is `minutes`.
    """
    id: UUID | None
    """
    The site or the machine; operators have none.
    """
    latest_s: float
    """
    Seconds from measuring to receiving, of the reading that took longest.
    """
    machines: int
    """
    Machines that were heard.
    """
    minutes: int
    """
    Minutes of theirs with readings.
    """
    name: str | None
    """
    None: machines without a site, or without an operator that anybody entered.
    """


class PasswordLink(BaseModel):
    """
    A link by which a person chooses a password, which is shown this once.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    link: str
    """
    The console's page for it, to be handed to the person; a path only where the platform does not know its own
    address (`ECC_PUBLIC_URL`): put `https://` and its host before it.
    """
    login: str
    person_id: UUID


class PasswordLinkShown(BaseModel):
    """
    What the holder of a link is told: whose password it is for, and who made it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    language: Literal["zh", "en"] | str | None
    """
    That of the account; null while none is chosen.
    """
    login: str
    made_by: str
    organisation_name: str


class PeerBand(BaseModel):
    """
    One signal's band, parallel to `at`; null where fewer than `least` machines worked.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    high: list[float | None]
    """
    10 % lie above.
    """
    low: list[float | None]
    """
    10 % of the machines' means lie below.
    """
    machines: list[int]
    middle: list[float | None]
    """
    The median.
    """
    unit: str


class Peers(BaseModel):
    """
    Where the other machines of a machine's model stood, those that the caller sees, while their engines ran.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: list[AwareDatetime]
    """
    Starts of the buckets.
    """
    bucket_s: float
    least: int
    """
    Of fewer there is no band, so that none of them can be told apart.
    """
    machines: int
    """
    That are seen in this span; at most 60 are counted.
    """
    model: str | None
    none_because: Literal["no_model", "too_few", "no_signal", "no_readings"] | str | None
    """
    Why there is no band; null where there is one.
    """
    signals: dict[str, PeerBand]


class Person(BaseModel):
    """
    Somebody who may sign in.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: bool
    """
    False: cannot sign in; sessions ended when it became so.
    """
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    email: str | None
    id: UUID
    language: Literal["zh", "en"] | str | None
    """
    Null while the person has chosen none.
    """
    login: str
    name: str
    organisation_id: UUID
    organisation_name: str
    phone: str | None
    role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | str
    )
    time_zone: str
    """
    IANA name.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class PersonChange(BaseModel):
    """
    What is to change; a member left out stays as it is, null clears it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    active: bool | None = None
    email: str | None = None
    language: Literal["zh", "en"] | None = None
    name: str | None = None
    phone: str | None = None
    role: (
        Literal[
            "owner",
            "operator",
            "dealer",
            "expert",
            "lead",
            "service_engineer",
            "administrator",
            "integrator",
            "auditor",
        ]
        | None
    ) = None
    time_zone: str | None = None


class PersonNew(BaseModel):
    """
    An account to be made, without a password: an invitation or the company's login gives the way in.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    email: str | None = None
    language: Literal["zh", "en"] | None = None
    """
    Left out: the browser's, until the person chooses one.
    """
    login: str
    name: str
    organisation_id: UUID | None = None
    """
    Left out: the caller's own organisation.
    """
    phone: str | None = None
    role: Literal[
        "owner", "operator", "dealer", "expert", "lead", "service_engineer", "administrator", "integrator", "auditor"
    ]
    time_zone: str | None = "Asia/Shanghai"


class PersonPage(BaseModel):
    """
    A page of people.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Person]
    next_cursor: str | None


class Place(BaseModel):
    """
    A place, WGS 84.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    latitude_deg: float
    longitude_deg: float


class PlanCheck(BaseModel):
    """
    A point of a check-list.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    en: str
    zh: str


class PlanPart(BaseModel):
    """
    A part that an item takes.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    name: str
    quantity: float | None = 1


class PointGeometry(BaseModel):
    """
    The middle of a circle: [longitude, latitude], WGS 84.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    coordinates: list[float]
    type: Literal["Point"]


class PolygonGeometry(BaseModel):
    """
    Closed rings, the first around the area, the others around its holes.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    coordinates: list[list[list[float]]]
    type: Literal["Polygon"]


class Position(BaseModel):
    """
    Where a machine last was, WGS 84.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    is_coarse: bool
    """
    True: rounded to 0.1 degree, for those without the right to positions.
    """
    latitude_deg: float
    longitude_deg: float
    measured_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class Problem(BaseModel):
    """
    RFC 9457 problem details; `code` is the stable name to program against.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    detail: str
    errors: Annotated[list[FieldProblem] | None, Field(validate_default=True)] = []
    status: int
    title: str
    type: str


class Proposal(BaseModel):
    """
    A stricter variant that keeps every confirmed fault which the rule finds in the stored history.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    edits: str
    """
    The site's edits with it: a file for POST /rule-sets, to be replayed like any other.
    """
    faults_kept: int
    findings: int
    """
    On the machines with verdicts, judged or not.
    """
    findings_before: int
    later_s: float
    """
    How much later it finds the faults; half of them more.
    """
    members: dict[str, Any]
    """
    The rule's members that it has otherwise.
    """
    nuisances_saved: list[UUID]
    """
    The findings that it would not have raised.
    """


class QuarantineEntry(BaseModel):
    """
    A message, or a row of one, that was refused and is kept.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    boot: str | None
    detail: str
    id: UUID
    part: Literal["message", "events", "row"] | str
    """
    What of the message was refused: all of it, its events, or one row.
    """
    payload_bytes: int
    reason: (
        Literal[
            "malformed_json",
            "schema",
            "bad_gzip",
            "too_large",
            "bad_topic",
            "bad_time",
            "bad_frame",
            "unknown_terminal",
            "not_installed",
            "clock_past",
            "clock_future",
            "no_signals",
            "refused_by_database",
        ]
        | str
    )
    received_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    replayed_at: AwareDatetime | None
    """
    When it was last sent again; null while it waits.
    """
    row: int | None
    seq: int | None
    """
    Its place in the power cycle; null with `boot` when the message names none.
    """
    terminal: str | None
    """
    The terminal that the topic names; null where it names none.
    """
    topic: str


class QuarantinePage(BaseModel):
    """
    A page of what was refused, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[QuarantineEntry]
    next_cursor: str | None


class QuarantineReasonCount(BaseModel):
    """
    How many entries wait for one reason.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    newest_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    oldest_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    reason: (
        Literal[
            "malformed_json",
            "schema",
            "bad_gzip",
            "too_large",
            "bad_topic",
            "bad_time",
            "bad_frame",
            "unknown_terminal",
            "not_installed",
            "clock_past",
            "clock_future",
            "no_signals",
            "refused_by_database",
        ]
        | str
    )
    waiting: int


class QuarantineReasonCounts(BaseModel):
    """
    How much waits for which reason, the most first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[QuarantineReasonCount]


class QuarantineReplay(BaseModel):
    """
    One replay; numbers are of messages but for `entries`.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    again: bool
    asked_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    asked_by: str
    entries: int
    failure: Literal["broker_away", "broker_refused", "nobody_listens", "not_found", "lost"] | str | None
    finished_at: AwareDatetime | None
    id: int
    ids: list[UUID] | None
    kept: int
    messages: int
    not_sendable: list[UUID]
    """
    Entries that cannot be changed as asked, at most 100: their payload is no JSON of the contract.
    """
    offset_ms: int
    progress_ratio: float
    """
    0 to 1; one half is sending, the other until it is known what became of each.
    """
    reason: (
        Literal[
            "malformed_json",
            "schema",
            "bad_gzip",
            "too_large",
            "bad_topic",
            "bad_time",
            "bad_frame",
            "unknown_terminal",
            "not_installed",
            "clock_past",
            "clock_future",
            "no_signals",
            "refused_by_database",
        ]
        | str
        | None
    )
    refused_again: dict[
        Literal[
            "malformed_json",
            "schema",
            "bad_gzip",
            "too_large",
            "bad_topic",
            "bad_time",
            "bad_frame",
            "unknown_terminal",
            "not_installed",
            "clock_past",
            "clock_future",
            "no_signals",
            "refused_by_database",
        ]
        | str,
        int,
    ]
    """
    These wait in quarantine as before, with the reason of this time.
    """
    sent: int
    started_at: AwareDatetime | None
    state: Literal["queued", "running", "done", "failed"] | str
    terminal: str | None
    unknown: int
    """
    Not committed within half a minute; the broker keeps them for the gateway.
    """
    without_sign: int
    """
    They name no place in a power cycle, so nothing tells that they are kept; none of them was refused again.
    """


class QuarantineReplayPage(BaseModel):
    """
    A page of replays, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[QuarantineReplay]
    next_cursor: str | None


class QuarantinedPayload(BaseModel):
    """
    An entry with the message as it came, made readable.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    boot: str | None
    detail: str
    id: UUID
    is_cut: bool
    is_gzip: bool
    """
    True when it came zipped; `payload` shows it unzipped.
    """
    part: Literal["message", "events", "row"] | str
    """
    What of the message was refused: all of it, its events, or one row.
    """
    payload: str
    """
    Indented JSON, text, or a hex dump (offset, 16 bytes, the printable ASCII among them); at most 64 KiB of it.
    """
    payload_bytes: int
    payload_form: Literal["json", "text", "hex"] | str
    reason: (
        Literal[
            "malformed_json",
            "schema",
            "bad_gzip",
            "too_large",
            "bad_topic",
            "bad_time",
            "bad_frame",
            "unknown_terminal",
            "not_installed",
            "clock_past",
            "clock_future",
            "no_signals",
            "refused_by_database",
        ]
        | str
    )
    received_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    replayed_at: AwareDatetime | None
    """
    When it was last sent again; null while it waits.
    """
    row: int | None
    seq: int | None
    """
    Its place in the power cycle; null with `boot` when the message names none.
    """
    terminal: str | None
    """
    The terminal that the topic names; null where it names none.
    """
    topic: str


class Rate(BaseModel):
    """
    Alarms a seat and so long, beside the limits of ISA-18.2.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    above_share: float
    """
    Share of the time above what can be managed.
    """
    acceptable: int
    manageable: int
    mean: float
    peak: float


class Readiness(BaseModel):
    """
    What the process needs to serve.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    fleet_index: Literal["off", "in_use", "not_loaded", "failing"] | str
    """
    Whether lists of machines are found in memory: otherwise the database finds them, more slowly.
    """
    schema_version: str
    status: Literal["ready"] | str


class RefreshRequest(BaseModel):
    """
    A refresh token, from a program; a browser sends its cookie instead.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    refresh_token: str | None = None


class RefusedHour(BaseModel):
    """
    What was refused in an hour for a reason.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    reason: str
    refused: int
    waiting: int


class RefusedReason(BaseModel):
    """
    What was refused for a reason; the reasons are in docs/wire-contract.md.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    last_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    reason: str
    refused: int
    waiting: int
    """
    Not replayed yet.
    """


class RemoteResolution(BaseModel):
    """
    Problems (findings whose last verdict is a true fault or a sensor) by how they were solved.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by_visit: int
    goal: float
    handed_over: int
    """
    Of the problems, those that were handed over for a visit.
    """
    problems: int
    remotely: int
    share: float | None
    """
    Solved remotely, of those solved; null without any.
    """
    share_high: float | None
    share_low: float | None
    """
    Its 95 % interval (Wilson).
    """
    unsolved: int
    """
    Nobody has said yet how they were solved.
    """


class Replay(BaseModel):
    """
    From where to send again: behind a place of the event log, or from a time on.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    from_: Annotated[str | AwareDatetime, Field(alias="from")]


class ReplayMachine(BaseModel):
    """
    The machine of a finding.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    name: str
    pin: str


class ReportSubscription(BaseModel):
    """
    A brief that is mailed to somebody; neither machine nor site: of all machines that they see.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: str
    """
    HH:MM.
    """
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    form: Literal["pdf", "html", "csv"] | str
    id: UUID
    machine_id: UUID | None
    machine_name: str | None
    next_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    period: Literal["day", "week", "month"] | str
    """
    Mailed each day, on Mondays, or on the first of each month; of the one before.
    """
    site_id: UUID | None
    site_name: str | None


class ReportSubscriptionPage(BaseModel):
    """
    All of a person's.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[ReportSubscription]
    next_cursor: str | None


class RosterException(BaseModel):
    """
    A date on which no weekly shift begins; dated shifts do.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    date: date_aliased
    note: str | None = None


class RuleDifference(BaseModel):
    """
    A rule that two sets have differently.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    members: list[MemberDifference]


class RuleDifferences(BaseModel):
    """
    What differs between two sets, rule by rule.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[RuleDifference]


class RuleDraft(BaseModel):
    """
    A site's edits on a shipped set as far as they are written.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    base: str | None = "base"
    """
    The shipped set that they lie on; the newest when left out.
    """
    rule: str | None = None
    """
    Only this rule's tests are run; those of all changed and added rules when left out.
    """
    text: str
    """
    TOML: the whole of the site's edits (docs/rule-language.md).
    """


class RuleLimits(BaseModel):
    """
    The limits of a changed rule's condition, for drawing; none of a condition that is more than comparisons.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    limits: list[AlarmLimit]
    rule: str


class RuleSet(BaseModel):
    """
    Rules that are judged together. Sets are never changed; `revision` counts what becomes of them.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    base_id: int | None
    entered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    entered_by: str
    id: int
    kind: Literal["base", "site"] | str
    """
    `base`: it shipped; `site`: a site's edits on one that shipped.
    """
    note: str
    replays: int
    """
    Records that let it be promoted.
    """
    revision: int
    """
    Its ETag: a replay that is done, and any set that goes live or into shadow, make it another one.
    """
    role: Literal["live", "shadow"] | str | None
    rules_version: str
    """
    The name that findings have it by; sets that differ in words only share one.
    """


class RuleSetPage(BaseModel):
    """
    A page of rule sets, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[RuleSet]
    next_cursor: str | None


class RuleSetSwitch(BaseModel):
    """
    A rule set took a role.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    action: Literal["enter", "promote", "rollback", "shadow"] | str
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    by: str
    id: int
    replay_id: int | None
    """
    The record by which it went live.
    """
    role: Literal["live", "shadow"] | str
    rule_set_id: int | None
    """
    Null: no set is in shadow any more.
    """


class RuleSetSwitchPage(BaseModel):
    """
    A page of switches, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    back_to: int | None
    """
    The set that POST /rule-sets/rollback would make live; null: there was none before.
    """
    items: list[RuleSetSwitch]
    next_cursor: str | None


class Series(BaseModel):
    """
    One signal over the answer's instants; null where nothing was reported.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    max: list[float | None] | None
    """
    The bucket's greatest value: a spike of one reading is kept. Null in a raw answer.
    """
    mean: list[float | None]
    """
    The bucket's mean (a raw answer: the reading itself; positions, states and counters: the last value).
    """
    min: list[float | None] | None
    """
    The bucket's least value; null in a raw answer.
    """
    unit: str


class ServerMetadata(BaseModel):
    """
    Where the token endpoint is and what it takes (RFC 8414).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    grant_types_supported: list[str]
    issuer: str
    response_types_supported: list[str]
    scopes_supported: list[str]
    service_documentation: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str]


class ShadowCounts(BaseModel):
    """
    How many findings of a rule held in that time: the set's, and the live one's (late rows, which a set in shadow
    does not see, left out).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    live: int
    shadow: int
    source_key: str


class ShadowFinding(BaseModel):
    """
    What a set in shadow would have raised.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    held_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    machine: ReplayMachine
    rules_version: str
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    source_key: str
    to_at: AwareDatetime | None
    """
    Null: it had not ended when it was last in shadow.
    """
    values: dict[str, float | None]
    """
    The signals that drove it, when it held.
    """


class ShadowSpan(BaseModel):
    """
    When the set was in shadow; `until` null: it still is.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    until: AwareDatetime | None


class ShareEnd(BaseModel):
    """
    When the share ends; null: never.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    to_at: AwareDatetime | None


class SharedMachine(BaseModel):
    """
    The machine that is shared.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    name: str
    pin: str


class Shelving(BaseModel):
    """
    Until when, and why.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    reason: str
    until: AwareDatetime
    """
    RFC 3339.
    """


class SignalEntry(BaseModel):
    """
    One measurable quantity of the catalogue.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    aggregation: Literal["gauge", "counter", "state", "position"] | str
    en: str
    hold_s: float
    iso15143: str | None
    key: str
    name: str
    """
    In the language asked for by Accept-Language.
    """
    pgn: int | None
    spn: int | None
    unit: str
    valid_max: float
    valid_min: float
    zh: str


class SignalList(BaseModel):
    """
    The catalogue in column order.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[SignalEntry]


class SignalValue(BaseModel):
    """
    A signal's value at the instant the rule had held long enough.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    unit: str
    value: float


class SignedOut(BaseModel):
    """
    Signed out here; where the session came by a company login, its provider may be left as well.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    provider_logout_url: str


class SilentStretch(BaseModel):
    """
    Minutes in which no machine was heard.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    minutes: int
    platform_down_minutes: int
    """
    Those of them in which the platform could not hear.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class Sim(BaseModel):
    """
    The SIM card in a terminal.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    iccid: str
    imsi: str | None
    msisdn: str | None
    operator: str | None
    status: Literal["active", "suspended", "ended"] | str
    valid_to: str | None
    """
    The last day of its contract.
    """


class Snooze(BaseModel):
    """
    Nothing is said of the item until then; its state goes on being shown.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    reason: str | None = None
    until: AwareDatetime
    """
    RFC 3339.
    """


class SoftwareHistory(BaseModel):
    """
    What was on a machine's controllers since when, the latest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[InstalledSoftware]
    machine_id: UUID


class SoftwareVersion(BaseModel):
    """
    A release of a controller's software.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    controller: str
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    model_id: UUID | None
    """
    The model it is for; null: any.
    """
    note: str | None
    release: str
    released_at: AwareDatetime | None
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int
    """
    Of this entry, for If-Match; the software's own is `release`.
    """


class SoftwareVersionChange(BaseModel):
    """
    What is to change of a release.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    controller: str | None = None
    model_id: UUID | None = None
    note: str | None = None
    release: str | None = None
    released_at: AwareDatetime | None = None


class SoftwareVersionPage(BaseModel):
    """
    A page of releases.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[SoftwareVersion]
    next_cursor: str | None


class Stage(BaseModel):
    """
    When somebody is told: so much of each unit after the item is due, negative before; null: not by this one.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    days: float | None = None
    h: float | None = None
    key: str
    km: float | None = None
    l: float | None = None


class Standing(BaseModel):
    """
    What stands now.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: int
    by_design: int
    inhibited: int
    investigating: int
    stale: int
    """
    Longer than the settings say, and not held back.
    """
    unacknowledged: int


class Stretch(BaseModel):
    """
    A finding of a test, in seconds from the test's start.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str | None
    """
    Of a fault code: `SA/SPN/FMI`.
    """
    from_s: float
    held_s: float | None
    """
    When it had held long enough; null where the test does not say.
    """
    to_s: float | None
    """
    Null: still open at the end.
    """


class TerminalChange(BaseModel):
    """
    What is to change of a terminal; its name stays. `sim` is taken as a whole; null takes it out.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    clock_offset_s: float | None = None
    coordinate_system: Literal["wgs84", "gcj02", "bd09"] | None = None
    firmware: str | None = None
    hardware: str | None = None
    organisation_id: UUID | None = None
    sim: NewSim | None = None


class TerminalInstallation(BaseModel):
    """
    A terminal's time on a machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    coordinate_system: Literal["wgs84", "gcj02", "bd09"] | str
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    from_at: AwareDatetime | None
    """
    null: since the beginning of time.
    """
    id: UUID
    machine_id: UUID
    terminal: str
    terminal_id: UUID
    to_at: AwareDatetime | None
    """
    null: still installed.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class TerminalMachine(BaseModel):
    """
    The machine a terminal is on now.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    name: str
    pin: str


class TerminalSwap(BaseModel):
    """
    One terminal goes, another comes, at the same instant; `at` is now when left out.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    at: AwareDatetime | None = None
    install: UUID
    """
    The terminal that comes.
    """
    remove: UUID | None = None
    """
    The terminal that goes, where there are several.
    """


class TestAsked(BaseModel):
    """
    A test event is on its way.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    event: str
    """
    Its id, in the delivery log and in the header ECC-Event-Id.
    """


class ToldNotice(BaseModel):
    """
    A notice that told somebody of this alarm.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answer: str | None
    """
    What the provider said last.
    """
    body: str
    channel: str
    ended_at: AwareDatetime | None
    language: str
    made_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    state: Literal["collecting", "queued", "sending", "sent", "dead"] | str
    subject: str
    """
    Empty until it is sent.
    """
    to: str | None
    """
    Login; null for people whom the caller does not see.
    """
    transition: str


class ToldNotices(BaseModel):
    """
    What was told of an alarm, the newest first, at most 200.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[ToldNotice]


class Transfer(BaseModel):
    """
    A sale as it was recorded.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    corrected_by: UUID | None
    corrects: UUID | None
    """
    The transfer that this one undid.
    """
    document_no: str | None
    from_organisation_id: UUID | None
    """
    The seller; null when nobody owned the machine.
    """
    id: UUID
    machine_id: UUID
    recorded_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    recorded_by: str
    to_organisation_id: UUID


class TransferList(BaseModel):
    """
    The sales of a machine in which the caller's organisations have a part, the latest recorded first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Transfer]
    next_cursor: str | None


class Transition(BaseModel):
    """
    A change of an alarm.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actor: str | None
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    detail: dict[str, Any]
    kind: str
    """
    One of the code list `alarm_transitions`; more may come.
    """
    version: str | None


class Trip(BaseModel):
    """
    Movement between two places where the machine stood for 5 minutes or more; times are to the minute.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    distance_m: float
    """
    Along one position a minute: what that cuts of bends is missing.
    """
    driving_s: float
    """
    Of its minutes those in which it came on at 0.5 m/s or more.
    """
    end: Place
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    is_heard: bool
    """
    False: it was moved while nothing was heard of it for 10 minutes or more, and the line is straight.
    """
    latitude_deg: list[float]
    """
    The way, simplified to within 5 m; parallel to `longitude_deg`.
    """
    longitude_deg: list[float]
    start: Place
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class Trips(BaseModel):
    """
    The trips of a machine in a span (from <= t < to), in order.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    bucket_s: float | None
    """
    How far apart the positions are that the lines are drawn from; null: every position that was reported.
    """
    distance_m: float
    driving_s: float
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    is_withheld: bool
    """
    True when the exact places of some of the span are not the caller's to see; nothing is told of that time.
    """
    items: list[Trip]
    machine_id: UUID
    pending: bool
    """
    True while late readings in this span still wait to be rolled up; ask again later.
    """
    positions: int
    """
    How many those are.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class TuningResult(BaseModel):
    """
    What a tuning came to.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    faults: int
    least_faults: int
    least_nuisances: int
    may_be_lost_ratio: float
    """
    So many of such faults may be lost although all of these were kept (95 %).
    """
    nuisances: int
    proposals: list[Proposal]
    reason: Literal["too_few_faults", "too_few_nuisances", "nothing_saved"] | str | None
    """
    Why nothing is proposed.
    """
    tried: int


class Unit(BaseModel):
    """
    A unit in which signals and fields are given.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    """
    As `unit` of a signal says it.
    """
    en: str
    name: str
    """
    In the language asked for by Accept-Language.
    """
    quantity: str | None
    """
    What it measures; null for a unit that only a site's own signal has.
    """
    suffix: str | None
    """
    How names of fields and signals end that are given in it: `_kpa`, without the underscore.
    """
    zh: str


class UnitList(BaseModel):
    """
    All units.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Unit]
    next_cursor: Annotated[None, Field(None)] = None


class UsedPart(BaseModel):
    """
    A part that was used.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    name: str
    quantity: float | None = 1


class VerdictCounts(BaseModel):
    """
    How many findings have which verdict as their last.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    not_found: int
    nuisance: int
    sensor: int
    true_fault: int


class VisiblePeriod(BaseModel):
    """
    A period of the machine's history that the caller may see; from_at <= t < to_at.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime | None
    to_at: AwareDatetime | None


class WatchedSignal(BaseModel):
    """
    One signal, parallel to the answer's readings.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    unit: str
    values: list[float | None]
    """
    Null where this reading did not carry the signal.
    """


class WearValue(BaseModel):
    """
    An index on a day.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    day_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    minutes: int
    """
    It is the median of so many minutes.
    """
    value: float


class Webhook(BaseModel):
    """
    Where events are sent. What the caller does not see any more is left out of the conditions.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: bool
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    cursor: str
    """
    The place in the event log up to which everything is delivered, given up or not for this webhook.
    """
    description: str
    failed_in_a_row: int
    """
    Events given up since one was delivered.
    """
    id: UUID
    kinds: list[str]
    machine_kinds: list[str]
    machines: list[UUID]
    models: list[UUID]
    next_attempt_at: AwareDatetime | None
    old_secret_until: AwareDatetime | None
    """
    Until when what is sent carries a second signature, by the secret before.
    """
    organisation_id: UUID
    organisations: list[UUID]
    paused_at: AwareDatetime | None
    paused_reason: Literal["failing", "gone", "client_ended", "person_inactive", "right_lost"] | str | None
    """
    `failing`: five events in a row were given up; `gone`: the receiver said 410; `client_ended`: the client that
    made it is revoked, has expired or may not read any more; `person_inactive`: whoever made it is not active now;
    `right_lost`: whoever made it lost the role for it, or stands above its organisation no more.
    """
    severities: list[Literal["critical", "high", "medium", "low", "info"] | str]
    sites: list[UUID]
    state: Literal["active", "retrying", "paused", "off"] | str
    """
    `retrying`: the event behind the cursor failed and is sent again; `paused`: see `paused_reason`; set `active`.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    url: str
    version: int


class WebhookChange(BaseModel):
    """
    What is to change of a webhook. `active: true` ends a pause as well.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    active: bool | None = None
    description: str | None = None
    kinds: list[str] | None = None
    machine_kinds: list[str] | None = None
    machines: list[str] | None = None
    models: list[UUID] | None = None
    organisations: list[UUID] | None = None
    severities: list[Literal["critical", "high", "medium", "low", "info"]] | None = None
    sites: list[UUID] | None = None
    url: str | None = None


class WebhookPage(BaseModel):
    """
    A page of webhooks.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Webhook]
    next_cursor: str | None


class WebhookWithSecret(BaseModel):
    """
    A webhook with its secret, which no other answer shows.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: bool
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    cursor: str
    """
    The place in the event log up to which everything is delivered, given up or not for this webhook.
    """
    description: str
    failed_in_a_row: int
    """
    Events given up since one was delivered.
    """
    id: UUID
    kinds: list[str]
    machine_kinds: list[str]
    machines: list[UUID]
    models: list[UUID]
    next_attempt_at: AwareDatetime | None
    old_secret_until: AwareDatetime | None
    """
    Until when what is sent carries a second signature, by the secret before.
    """
    organisation_id: UUID
    organisations: list[UUID]
    paused_at: AwareDatetime | None
    paused_reason: Literal["failing", "gone", "client_ended", "person_inactive", "right_lost"] | str | None
    """
    `failing`: five events in a row were given up; `gone`: the receiver said 410; `client_ended`: the client that
    made it is revoked, has expired or may not read any more; `person_inactive`: whoever made it is not active now;
    `right_lost`: whoever made it lost the role for it, or stands above its organisation no more.
    """
    secret: str
    """
    Signs what is sent; see docs/live-and-webhooks.md.
    """
    severities: list[Literal["critical", "high", "medium", "low", "info"] | str]
    sites: list[UUID]
    state: Literal["active", "retrying", "paused", "off"] | str
    """
    `retrying`: the event behind the cursor failed and is sent again; `paused`: see `paused_reason`; set `active`.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    url: str
    version: int


class WebhooksRotation(BaseModel):
    """
    How long the secret so far goes on signing beside the new one.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    overlap_hours: int | None = 24


class Words(BaseModel):
    """
    A text in the languages the platform speaks.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    en: str
    zh: str


class WorkingStretch(BaseModel):
    """
    from_at <= t < to_at.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class Alarm(BaseModel):
    """
    One episode on one machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    asks: Literal["nothing", "acknowledgement", "reset"] | str
    """
    What it asks of people before it is over; `reset`: it latches.
    """
    assigned_to: str | None
    chattering: bool
    """
    Its source came again and again on this machine: three times within ten minutes, as the platform is set.
    """
    cleared_at: AwareDatetime | None
    committed_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    escalation: int
    """
    How often somebody else was told because nobody acknowledged it.
    """
    finding_id: UUID
    """
    Whose evidence and first diagnosis are at `/findings/{finding_id}`.
    """
    fleeting: bool
    """
    It went as soon as it came: within 30 s, as the platform is set.
    """
    historic: bool
    """
    Found in readings that came late, and not in live ones since; nobody was paged.
    """
    id: UUID
    inhibited_by: UUID | None
    """
    The alarm of the cause that explains it.
    """
    investigated_by: str | None
    investigating_since: AwareDatetime | None
    lifecycle: (
        Literal["normal", "active_unacknowledged", "active_acknowledged", "returned_unacknowledged", "latched"] | str
    )
    """
    Where it stands with people (ISA-18.2), beside `state`, the condition of the machine.
    """
    machine: AlarmMachine
    raised_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    source_key: str
    """
    Key of a rule or a signal, SA/SPN/FMI of a fault code, or cascade:KEY[:SA] of several without a root.
    """
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    state: Literal["active", "cleared", "withdrawn"] | str
    suppression: Literal["shelved", "out_of_service", "by_design"] | str | None
    """
    Why it calls nobody: held back by a person, or by design while the machine is repaired, moved or stored.
    """
    text: Words
    values: list[SignalValue]
    """
    The signals that drove it, in the order in which its rule names them; empty for a fault code or silence.
    """


class AlarmCode(BaseModel):
    """
    One of several fault codes that have one cause.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    fmi: int
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    has_own_alarm: bool
    """
    It was raised by itself before its cause was known.
    """
    source_address: int | None
    spn: int
    text: Words
    to_at: AwareDatetime | None
    """
    When it ended; None while it is active, and where it has an alarm of its own.
    """


class AlarmPage(BaseModel):
    """
    A page of alarms.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Alarm]
    next_cursor: str | None


class BadActor(BaseModel):
    """
    A source and what it raised.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarms: int
    chattering_points: int
    """
    Machines on which it chattered.
    """
    fleeting: int
    machines: int
    share: float
    source_key: str
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    text: Words


class BriefAlarm(BaseModel):
    """
    An alarm that was raised.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    cleared_at: AwareDatetime | None
    id: UUID
    machine_id: UUID
    machine_name: str
    raised_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    source_key: str
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    state: Literal["active", "cleared"] | str
    text: Words


class BriefDay(BaseModel):
    """
    A day, all machines together.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    day: date_aliased
    numbers: BriefNumbers


class BriefHour(BaseModel):
    """
    An hour of the day, all machines together, each by its own site's clock.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    begins: str
    """
    As clocks show it: "08:00".
    """
    numbers: BriefNumbers


class CalendarException(BaseModel):
    """
    A date with hours of its own instead of its weekday's; none on a holiday.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    date: date_aliased
    hours: Annotated[list[HoursSpan] | None, Field(validate_default=True)] = []
    note: str | None = None


class CheckPoint(BaseModel):
    """
    A point of a check-list.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    text: Words


class Client(BaseModel):
    """
    An integrator's program.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    created_by: str
    expires_at: AwareDatetime | None
    id: UUID
    """
    Also its `client_id` at /oauth/token.
    """
    last_used_at: AwareDatetime | None
    name: str
    organisation_id: UUID
    organisation_name: str
    revoked_at: AwareDatetime | None
    role: Literal["integrator", "auditor"] | str
    scopes: list[
        Literal["fleet:read", "positions", "aemp:read", "webhooks", "audit:read", "machines:write", "sites:write"] | str
    ]
    """
    All that it may do.
    """
    secrets: list[ClientSecret]
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class ClientPage(BaseModel):
    """
    A page of clients.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Client]
    next_cursor: str | None


class CommissioningItem(BaseModel):
    """
    One thing that was looked at.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    advice: Words | None
    """
    What to do about it.
    """
    code: (
        Literal[
            "terminal", "arriving", "clock", "units", "position", "expected", "keys", "ledger", "quarantine", "identity"
        ]
        | str
    )
    facts: dict[str, Any]
    """
    The evidence.
    """
    finding: str
    """
    What was found, as a name to program against.
    """
    text: Words
    verdict: Literal["ok", "warning", "failed", "unknown"] | str


class DiagnosisItem(BaseModel):
    """
    A check or a part.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    text: Words


class DiagnosisObservation(BaseModel):
    """
    A condition of the rule language that was looked at when the finding held.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    text: Words
    when: str


class DisabledRule(BaseModel):
    """
    A shipped rule that the site switched off.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by: str
    note: str
    """
    What was said of the rule set that switched it off.
    """
    rule: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """
    text: Words


class DoneRecord(BaseModel):
    """
    Work on an item as it was recorded; `service_id` is shared by what was recorded together.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    checks: list[CheckDone]
    corrects: UUID | None
    cycle: int
    done_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    hours_h: float | None
    id: UUID
    item: str
    minutes: int | None
    note: str | None
    parts: list[UsedPart]
    recorded_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    recorded_by: str
    service_id: UUID
    text: Words


class DueItem(BaseModel):
    """
    An item of a machine's plan and where it stands.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    cycle: int
    """
    Raised by one each time the work is recorded.
    """
    due_high: date_aliased | None
    due_low: date_aliased | None
    """
    Four times in five it becomes due between this day and `due_high`; null: not within a year, or not known.
    """
    due_on: date_aliased | None
    evaluated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    item: str
    left: Left
    machine_id: UUID
    machine_name: str
    snoozed_until: AwareDatetime | None
    state: Literal["overdue", "due", "soon", "ok"] | str
    task: Literal["service", "inspection"] | str
    text: Words


class DuePage(BaseModel):
    """
    A page of items, the most urgent first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[DueItem]
    next_cursor: str | None


class DutySeat(BaseModel):
    """
    A named post of the centre.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID | None = None
    """
    Keep it when the seat stays; left out: a new seat.
    """
    name: str
    role: Literal["expert", "lead", "dealer", "service_engineer", "administrator"] | str
    shifts: Annotated[list[DutyShift] | None, Field(validate_default=True)] = []


class DutyTurn(BaseModel):
    """
    A stretch of duty with the same people throughout.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime | None
    """
    Null: for more than a week.
    """
    people: list[OnDuty]
    until: AwareDatetime | None
    """
    Null: for more than 35 days.
    """


class EnteredRuleSet(BaseModel):
    """
    A set that a site's edits made, and what they do.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    added: list[str]
    base_id: int | None
    changed: list[str]
    entered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    entered_by: str
    id: int
    is_new: bool
    """
    False: the very same edits were there.
    """
    kind: Literal["base", "site"] | str
    """
    `base`: it shipped; `site`: a site's edits on one that shipped.
    """
    note: str
    off: list[str]
    overrides: int
    """
    Machines that the edits give limits of their own.
    """
    replays: int
    """
    Records that let it be promoted.
    """
    revision: int
    """
    Its ETag: a replay that is done, and any set that goes live or into shadow, make it another one.
    """
    role: Literal["live", "shadow"] | str | None
    rules_version: str
    """
    The name that findings have it by; sets that differ in words only share one.
    """
    warnings: list[Words]
    """
    What may be a slip: kinds and models that no machine has yet.
    """


class EventPage(BaseModel):
    """
    Events, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MachineEvent]
    next_cursor: str | None


class EvidenceCode(BaseModel):
    """
    One of several fault codes with one cause.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    fmi: int
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    source_address: int | None
    spn: int
    text: Words
    to_at: AwareDatetime | None


class EvidenceLimit(BaseModel):
    """
    A number of the rule with a name, as it was for this machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    name: str
    own: EvidenceOwnLimit | None
    unit: str
    value: float


class EvidenceSignal(BaseModel):
    """
    A signal's curve: at most 500 samples as they were, at their instants, its extremes among them.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: list[AwareDatetime]
    key: str
    role: Literal["rule", "observation", "context"] | str
    """
    The rule reads it, an observation of the diagnosis does, or it says what the machine was at.
    """
    samples: int
    """
    How many there were in the window.
    """
    text: Words
    unit: str
    values: list[float]


class EvidenceSilencedRule(BaseModel):
    """
    A rule that is silent as long as the sensor is not trusted.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    text: Words


class EvidenceThresholds(BaseModel):
    """
    The rule's condition.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    borders: list[EvidenceBorder]
    """
    Its plain comparisons, for drawing; of a share of the nominal voltage in volts.
    """
    clear: str | None
    for_s: float
    limits: list[EvidenceLimit]
    nominal_voltage_v: float | None
    when: str
    """
    As it is written in the rule.
    """


class EvidenceValue(BaseModel):
    """
    A signal's last value when the finding held.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    age_s: float
    is_held: bool
    """
    Young enough for rules to use it.
    """
    key: str
    text: Words
    unit: str
    value: float


class ExtraPage(BaseModel):
    """
    Values, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[ExtraValue]
    machine_id: UUID
    next_cursor: str | None


class FalseAlarms(BaseModel):
    """
    A source, and what its wrong findings took of the seats, by verdicts (see finding-quality).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    judged: int
    minutes: float
    source_key: str
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    text: Words
    wrong: int


class Fault(BaseModel):
    """
    The present state of one fault code of a machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: bool
    first_seen_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    fmi: int
    key: str
    """
    SA/SPN/FMI, as alarms of kind dtc name it; - for an unknown SA.
    """
    last_seen_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    occurrence_count: int | None
    signal: str | None
    """
    The catalogue's signal with this SPN.
    """
    source_address: int | None
    spn: int
    text: Words


class FaultList(BaseModel):
    """
    A machine's fault codes: active ones first, then the newest.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Fault]
    machine_id: UUID
    truncated: bool


class Finding(BaseModel):
    """
    One episode in which a rule, a fault code, a model or the platform found something on a machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID | None
    evidence: Literal["waiting", "made", "failed"] | str
    """
    Whether `/findings/{id}/evidence` is there; it follows a finding within about a second.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    held_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    historic: bool
    """
    Found in readings that came late.
    """
    id: UUID
    machine: AlarmMachine
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    source_key: str
    """
    Rule key, SA/SPN/FMI of a fault code, or a model's name and signal.
    """
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    text: Words
    to_at: AwareDatetime | None
    """
    When it was over; null while it holds.
    """
    values: list[SignalValue]
    """
    The signals that drove it, at `held_at`.
    """
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str | None
    """
    What turned out to be the matter; the last word counts.
    """
    version: str
    """
    Of the rule set or the model.
    """
    withdrawn_at: AwareDatetime | None
    """
    When it was taken back: late readings have shown that it never was. Lists leave these out unless asked for
    them (`withdrawn=true`).
    """


class FindingPage(BaseModel):
    """
    A page of findings, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Finding]
    next_cursor: str | None


class FindingQuality(BaseModel):
    """
    How well one version of a rule or a model does, by the verdicts on its findings.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    false_alarm_minutes: float
    """
    What wrong findings took of the control centre's seats: from acknowledging to the verdict, at most 60 minutes
    each, 5 where nobody acknowledged; none of `info` and of what was found late.
    """
    findings: int
    lead_h_least: float | None
    lead_h_median: float | None
    """
    Hours from the finding to the failure, half of them more; below 0: after it.
    """
    leads: int
    """
    True faults whose lead is known: by `failed_at`, or by a fault code of one of its signals within 30 days.
    """
    precision: float | None
    """
    Share of the findings with a verdict that were right; null without one. `sensor` is right of a distrusted sensor
    only, everything but `true_fault` wrong of all others.
    """
    precision_high: float | None
    precision_low: float | None
    """
    Its 95 % interval (Wilson).
    """
    source_key: str
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    text: Words
    verdicts: VerdictCounts
    version: str


class FindingQualityPage(BaseModel):
    """
    A page of sources and versions.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[FindingQuality]
    next_cursor: str | None


class FleetLateness(BaseModel):
    """
    How late the data of the machines came whose readings are the caller's to see, by whole hours of measuring.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    counted_from: AwareDatetime | None
    """
    Nothing measured before is counted; None: nothing is yet.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    hours: list[HourLateness]
    """
    In order; hours without a reading are left out.
    """
    limits_s: list[int]
    operators: list[PartLateness]
    """
    Of the SIM cards in the machines now, the largest 20.
    """
    silent: list[SilentStretch]
    """
    In order, the newest 200.
    """
    silent_minutes: int
    """
    Minutes in which no machine was heard, of those that are counted by now.
    """
    sites: list[PartLateness]
    """
    Where the machines stand now, the largest 50.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    total: Lateness
    worst: list[PartLateness]
    """
    The 20 with most minutes later than 15 minutes, then than one; none that was never later than a minute.
    """


class FleetMatrix(BaseModel):
    """
    Last values of chosen signals, machine by signal, as columns.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    machines: list[UUID]
    names: list[str]
    signals: dict[str, MatrixColumn]
    """
    By signal key.
    """
    truncated: bool
    """
    True when there are more machines than the answer's cap.
    """


class Geofence(BaseModel):
    """
    An area, a circle or a corridor of a site or of an organisation.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    buffer_m: float
    """
    How far outside still counts as inside, for positions that are not exact.
    """
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    geometry: Annotated[PointGeometry | LineGeometry | PolygonGeometry, Field(discriminator="type")]
    """
    GeoJSON (RFC 7946): outer rings counter-clockwise, holes clockwise.
    """
    id: UUID
    name: str
    organisation_id: UUID
    organisation_name: str
    purpose: Literal["site", "work_area", "parking", "forbidden", "route", "other"] | str
    radius_m: float | None
    """
    Of a circle, whose geometry is a Point.
    """
    site_id: UUID | None
    """
    Null: the organisation's, wherever its machines are.
    """
    site_name: str | None
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    valid_from: AwareDatetime | None
    valid_to: AwareDatetime | None
    version: int
    width_m: float | None
    """
    Of a corridor, whose geometry is a LineString: the whole width.
    """


class GeofenceChange(BaseModel):
    """
    What is to change; a member left out stays as it is, null clears it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    buffer_m: float | None = None
    geometry: PointGeometry | LineGeometry | PolygonGeometry | None = None
    name: str | None = None
    purpose: Literal["site", "work_area", "parking", "forbidden", "route", "other"] | None = None
    radius_m: float | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    width_m: float | None = None


class GeofenceNew(BaseModel):
    """
    A geofence to be made: a Polygon, a Point with radius_m, or a LineString with width_m.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    buffer_m: float | None = 0
    geometry: Annotated[PointGeometry | LineGeometry | PolygonGeometry, Field(discriminator="type")]
    name: str
    organisation_id: UUID | None = None
    """
    Without a site: whose it is; left out: the caller's own organisation's.
    """
    purpose: Literal["site", "work_area", "parking", "forbidden", "route", "other"] | None = "site"
    radius_m: float | None = None
    site_id: UUID | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    width_m: float | None = None


class GeofencePage(BaseModel):
    """
    A page of geofences.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Geofence]
    next_cursor: str | None


class GuidedCause(BaseModel):
    """
    A cause as it stands after the answers.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    first_share: float | None
    """
    Before anybody answered.
    """
    key: str
    parts: list[DiagnosisItem]
    share: float | None
    """
    0 to 1, all causes together 1; null where nobody has weighed them: then only their order follows the answers.
    """
    text: Words


class GuidedQuestion(BaseModel):
    """
    Whether a check showed its cause, or whether an observation that no signal tells holds.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answer: Literal["yes", "no", "unsure"] | str | None
    """
    The last; null: nobody has answered yet.
    """
    answered_at: AwareDatetime | None
    answered_by: str | None
    cause: str | None
    """
    Null: the check settles none of the causes; it is done or not.
    """
    cause_text: Words | None
    check: str | None
    is_next: bool
    """
    The one to ask now.
    """
    minutes: float | None
    """
    How long the check takes; 0: what makes it safe. Null of an observation.
    """
    text: Words
    """
    Of the check or the observation.
    """
    when: str | None


class HandOverNote(BaseModel):
    """
    What a shift wrote for the next one, and who took over.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    confirmed_at: AwareDatetime | None
    confirmed_by: str | None
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    note: str
    place: str | None
    """
    Roster and seat, as they were called then.
    """
    roster_id: UUID | None
    seat_id: UUID | None
    standing: Standing
    """
    What stood when it was written.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    written_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    written_by: str


class HandOverNotePage(BaseModel):
    """
    A page of notes, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[HandOverNote]
    next_cursor: str | None


class HandedAnswer(BaseModel):
    """
    An answer that counted when it was handed over.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answer: Literal["yes", "no", "unsure"] | str
    answered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    answered_by: str
    cause: str | None
    cause_text: Words | None
    check: str | None
    text: Words
    when: str | None


class HeldAlarm(BaseModel):
    """
    A machine's source that somebody holds back.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID
    by: str
    hold: Literal["shelved", "out_of_service"] | str
    machine_id: UUID
    machine_name: str
    machine_pin: str
    reason: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """
    source_key: str
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    text: Words
    until: AwareDatetime | None


class Holes(BaseModel):
    """
    What the ledger lacks: power cycles, and messages by their numbers, of the caller's machines.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    machines: list[MachineHoles]
    """
    At most 20, those that lack most first.
    """
    messages: int
    over_downs: int
    """
    Of the power cycles, those that lived through a time in which the platform was down.
    """
    over_downs_messages: int
    power_cycles: int


class ImportReport(BaseModel):
    """
    How many were created, changed and already so; of a dry run, would be. Of rosters, rosters are counted.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created: int
    dry_run: bool
    entries: int
    """
    Lines of the table or features of the map; a roster has several lines.
    """
    made: list[Made]
    """
    What was made by the way, because machines refer to it.
    """
    unchanged: int
    updated: int


class InstallationList(BaseModel):
    """
    The terminals that were on a machine, the latest first, at most 1000.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[TerminalInstallation]
    next_cursor: str | None


class Ledger(BaseModel):
    """
    Which messages of a machine's terminals are kept and which are missing; newest power cycle first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    is_cut: bool
    """
    True when power cycles are left out that reach beyond the time in which the machine is the caller's to see.
    """
    items: list[LedgerEntry]
    machine_id: UUID
    missing_messages: int
    truncated: bool


class LiveAlarm(BaseModel):
    """
    `alarm`: a transition, with the alarm as it is now. Its id resumes the stream.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm: Alarm
    transition: Transition


class LiveFrame(BaseModel):
    """
    The shapes of `data`, by the `event` that carries them (documentation of the stream).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm: LiveAlarm | None = None
    end: LiveEnd | None = None
    entry: LiveEntry | None = None
    hello: Hello | None = None
    machines: LiveMachines | None = None
    place: LivePlace | None = None
    reset: LiveReset | None = None


class MachineDetail(BaseModel):
    """
    One machine.

    Of a machine that was the caller's to see and is not now, what its present owner enters is null (equipment id, mode,
    site, organisation, version, ...), and its PIN stands for its name.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    attributes: dict[str, str]
    """
    Text attributes the machine reported, such as software_id.
    """
    equipment_id: str | None
    id: UUID
    installations: list[Installation]
    kind: str
    """
    excavator, wheel_loader, truck_crane, concrete_pump_truck, roller, ...
    """
    maker: str | None
    measured_at: AwareDatetime | None
    """
    Machine clock of the newest reading.
    """
    mode: str | None
    model: str | None
    model_id: UUID | None
    name: str
    nominal_voltage_v: int | None
    online: bool | None
    """
    null: nothing was heard of it in the time that is the caller's to see.
    """
    open_alarms: OpenAlarms
    options: list[str]
    """
    Codes of its factory options; the model's list explains them.
    """
    organisation: str | None
    """
    The owner now; null when nobody is recorded.
    """
    organisation_id: UUID | None
    """
    Whose it is now.
    """
    pin: str
    position: Position | None
    received_at: AwareDatetime | None
    registered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    serial_number: str | None
    signals: dict[str, LastValue]
    """
    Last values of the signals asked for with `signals`.
    """
    site: str | None
    site_id: UUID | None
    time_zone: str | None
    updated_at: AwareDatetime | None
    version: int | None
    """
    What a change names in If-Match.
    """
    visible: list[VisiblePeriod]
    """
    When anything of it is the caller's to see.
    """
    visible_classes: dict[str, list[VisiblePeriod]]
    """
    The same by class of data: readings, position, hours, alarms.
    """
    work_state: str | None
    """
    working, travelling, idle, off; null while unknown.
    """


class MachineItem(BaseModel):
    """
    An item of a machine's plan with its check-list.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    checks: list[CheckPoint]
    """
    What an inspection asks; empty: it has no check-list.
    """
    cycle: int
    """
    Raised by one each time the work is recorded.
    """
    due_high: date_aliased | None
    due_low: date_aliased | None
    """
    Four times in five it becomes due between this day and `due_high`; null: not within a year, or not known.
    """
    due_on: date_aliased | None
    evaluated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    item: str
    left: Left
    machine_id: UUID
    machine_name: str
    snoozed_until: AwareDatetime | None
    state: Literal["overdue", "due", "soon", "ok"] | str
    task: Literal["service", "inspection"] | str
    text: Words


class MachineMaintenance(BaseModel):
    """
    A machine's meters and the items of its plan, the most urgent first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MachineItem]
    machine_id: UUID
    meters: MachineMeters
    plan_id: UUID | None
    """
    Null: there is no plan for its model or kind.
    """
    plan_name: str | None


class MachineRuleOff(BaseModel):
    """
    A rule that people switched off for a machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by: str
    machine_id: UUID
    machine_name: str
    reason: str
    rule: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """
    text: Words
    until: AwareDatetime
    """
    RFC 3339, UTC.
    """


class MachineState(BaseModel):
    """
    The last values of one machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    machine_id: UUID
    measured_at: AwareDatetime | None
    online: bool | None
    """
    null: nothing was heard of it in the time that is the caller's to see.
    """
    position: Position | None
    received_at: AwareDatetime | None
    signals: dict[str, AgedValue]
    """
    By signal key.
    """
    work_state: str | None


class MachineSummary(BaseModel):
    """
    One line of the machine list.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    equipment_id: str | None
    id: UUID
    kind: str
    """
    excavator, wheel_loader, truck_crane, concrete_pump_truck, roller, ...
    """
    maker: str | None
    measured_at: AwareDatetime | None
    """
    Machine clock of the newest reading.
    """
    mode: str | None
    model: str | None
    name: str
    online: bool | None
    """
    null: nothing was heard of it in the time that is the caller's to see.
    """
    open_alarms: OpenAlarms
    organisation: str | None
    """
    The owner now; null when nobody is recorded.
    """
    pin: str
    position: Position | None
    received_at: AwareDatetime | None
    serial_number: str | None
    signals: dict[str, LastValue]
    """
    Last values of the signals asked for with `signals`.
    """
    site: str | None
    work_state: str | None
    """
    working, travelling, idle, off; null while unknown.
    """


class Me(BaseModel):
    """
    The signed-in person, or the integrator's client.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    grants: dict[str, list[str]]
    """
    The roles that the caller may give, by the kind of the organisation: by invitation, to people, of clients.
    """
    id: UUID
    kind: Literal["person", "client"] | str
    language: Literal["zh", "en"] | str | None
    """
    Null while the person has chosen none: texts are in the language of Accept-Language. Null for a client.
    """
    login: str
    """
    A client's name.
    """
    may_acknowledge: bool
    organisation: Organisation
    rights: list[str]
    """
    What the caller may do at all, by the names of `api/rights.py`; whose things, their organisation decides.
    """
    role: str
    scopes: list[str] | None
    """
    What a client was given; null for a person, whose role decides.
    """
    time_zone: str | None
    """
    Null for a client, as the next two.
    """
    units: Literal["metric", "imperial"] | str | None
    version: int | None


class MissingMinutes(BaseModel):
    """
    Every minute of a span: those with readings counted, those without by stretch and reason.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by_reason: dict[
        Literal[
            "not_visible",
            "not_installed",
            "platform_down",
            "refused",
            "back_fill",
            "engine_off",
            "offline",
            "not_arrived",
            "unknown",
        ]
        | str,
        int,
    ]
    """
    Minutes by reason; their sum is missing_minutes.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    items: list[MissingStretch]
    """
    In order, disjoint.
    """
    machine_id: UUID
    minutes: int
    missing_minutes: int
    pending: bool
    """
    True while more than six hours wait to be rolled up: minutes of those may be told as missing.
    """
    present_minutes: int
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class Model(BaseModel):
    """
    A model of machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    def_tank_l: float | None
    expected_signals: list[str] | None
    """
    What a machine is expected to report; null: what its kind says.
    """
    fuel_tank_l: float | None
    id: UUID
    kind: str
    """
    The code of its kind.
    """
    maker: str | None
    name: str
    nominal_voltage_v: int | None
    """
    12 or 24; battery rules are unknown where it is null.
    """
    options: list[ModelOption]
    preferred_source_addresses: list[int]
    """
    J1939 source addresses whose values win, the first most.
    """
    rated_engine_speed_rpm: float | None
    slot_s: float
    """
    Length of the slots into which CAN frames are put.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class ModelChange(BaseModel):
    """
    What is to change of a model; `options` are taken as a whole.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    def_tank_l: float | None = None
    expected_signals: list[str] | None = None
    fuel_tank_l: float | None = None
    kind: str | None = None
    maker: str | None = None
    name: str | None = None
    nominal_voltage_v: Literal[12, 24] | None = None
    options: list[NewModelOption] | None = None
    preferred_source_addresses: list[int] | None = None
    rated_engine_speed_rpm: float | None = None
    slot_s: float | None = None


class ModelPage(BaseModel):
    """
    A page of models.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Model]
    next_cursor: str | None


class NewModel(BaseModel):
    """
    A model to add.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    def_tank_l: float | None = None
    expected_signals: list[str] | None = None
    fuel_tank_l: float | None = None
    kind: str | None = "other"
    maker: str | None = None
    name: str
    nominal_voltage_v: Literal[12, 24] | None = None
    options: list[NewModelOption] | None = None
    preferred_source_addresses: list[int] | None = None
    rated_engine_speed_rpm: float | None = None
    slot_s: float | None = 1.0


class NewService(BaseModel):
    """
    Work that was done: one item or several.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    corrects: UUID | None = None
    """
    The record of the one item's last work that this one replaces.
    """
    done_at: AwareDatetime | None = None
    """
    Left out: now. Of the past: back-dated, and said so by `recorded_at`.
    """
    hours_h: float | None = None
    """
    What the hour meter showed.
    """
    items: list[DoneItem]
    minutes: int | None = None
    note: str | None = None
    parts: Annotated[list[UsedPart] | None, Field(validate_default=True)] = []


class NoticeQueue(BaseModel):
    """
    What waits, and what is dead, by state, severity and channel.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[NoticeQueueEntry]
    next_cursor: str | None


class OpenCheck(BaseModel):
    """
    A point of an item's check-list of which nothing was said.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    code: str
    item: str
    text: Words


class PlanItem(BaseModel):
    """
    One thing to be done; due when the first of its intervals is over.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    checks: Annotated[list[PlanCheck] | None, Field(validate_default=True)] = []
    code: str
    en: str
    every_h: float | None = None
    every_km: float | None = None
    every_l: float | None = None
    every_months: int | None = None
    minutes: int | None = None
    parts: Annotated[list[PlanPart] | None, Field(validate_default=True)] = []
    recurrence: Literal["floating", "fixed", "once"] | str | None = "floating"
    """
    `once`: a running-in service, at this reading of the meter and never again.
    """
    task: Literal["service", "inspection"] | str | None = "service"
    tell_at: list[str] | None = []
    """
    The stages of the plan at which somebody is told of this item; empty: all.
    """
    wear: str | None = None
    """
    An index of `GET /machines/{machine}/wear`: due when the pessimistic end of its outlook reaches the limit.
    """
    zh: str


class PlanNew(BaseModel):
    """
    A plan to be entered: for a kind (its code) or for one model (its name), whose own plan stands in its kind's
    place.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[PlanItem]
    kind: str | None = None
    model: str | None = None
    name: str
    source: str | None = None
    """
    Where its intervals come from: a manual, a standard.
    """
    stages: list[Stage] | None = None
    """
    In the order in which they come; left out: 50 h, 1,000 km, 1,000 l or 14 days before; due; 25 h, 500 km, 500 l or
    14 days after.
    """
    tell: list[Literal["owner", "dealer"] | str] | None = ["owner", "dealer"]


class PlanVersion(BaseModel):
    """
    A version of a plan as it was entered.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    entered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    entered_by: str
    plan: PlanNew
    version: int


class PlanVersionPage(BaseModel):
    """
    A plan's versions, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[PlanVersion]
    next_cursor: str | None


class PlatformTime(BaseModel):
    """
    When the platform itself was down; the same for everybody but for `holes`.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    available_share: float | None
    """
    Of the span, as far as it is recorded.
    """
    behind_s: float
    """
    In which it worked and had more waiting than it could take at once: nothing was lost, what it told was late.
    """
    down_s: float
    downs: list[Down]
    """
    The newest first, at most 200.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    healthy_until: AwareDatetime | None
    """
    Until when it is known to have heard; written every few seconds.
    """
    holes: Holes
    is_down: bool
    recorded_from: AwareDatetime | None
    """
    Nothing is known of before.
    """
    starts: int
    """
    How often it began to hear: after a start or an outage.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class Readings(BaseModel):
    """
    One machine's readings between two instants (from <= t < to).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: list[AwareDatetime]
    """
    Start of each bucket, or the reading's instant.
    """
    bucket_s: float | None
    """
    Width of a bucket; null when every point is one reading.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    machine_id: UUID
    next_from: AwareDatetime | None = None
    """
    `resolution=raw`: where to go on when there are more readings than `max_points`; null when these are all.
    """
    pending: bool
    """
    True while late readings in this span still wait to be rolled up; ask again later.
    """
    resolution: Literal["raw", "1m", "15m", "1h"] | str
    """
    What the answer was made from: the readings themselves or one of the rollups.
    """
    signals: dict[str, Series]
    """
    By signal key.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    withheld: list[str]
    """
    Signals asked for that are not the caller's to see in this span.
    """


class Refusals(BaseModel):
    """
    Messages and rows that were refused, by whole hours in which they came; of terminals on the caller's machines.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    hours: list[RefusedHour]
    """
    In order; hours without any are left out.
    """
    reasons: list[RefusedReason]
    """
    The most frequent first.
    """
    refused: int
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    waiting: int


class Reminder(BaseModel):
    """
    That a stage of a plan was reached: told once in each cycle, and again after a snooze (`again:1`).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    cycle: int
    due_high: date_aliased | None
    due_low: date_aliased | None
    due_on: date_aliased | None
    id: UUID
    is_open: bool
    """
    Whether the work is still to be done.
    """
    item: str
    left: Left
    """
    As it was then, as are the days.
    """
    machine_id: UUID
    machine_name: str
    snoozed_by: str | None
    snoozed_until: AwareDatetime | None
    stage: str
    state: Literal["soon", "due", "overdue"] | str
    text: Words


class ReminderPage(BaseModel):
    """
    A page of reminders, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Reminder]
    next_cursor: str | None


class ReplayFinding(BaseModel):
    """
    A finding that the replayed set has and the live one has not, or the other way round, or at other times
    (moved), or at the same times with another severity (regraded).
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    change: Literal["new", "gone", "moved", "regraded"] | str
    finding_id: UUID | None
    """
    The finding on record that is the live set's.
    """
    found: Episode | None
    id: int
    live: Episode | None
    live_severity: Literal["critical", "high", "medium", "low", "info"] | str | None
    """
    The live set's; null where it has no such finding, and in replays of before this was kept.
    """
    machine: ReplayMachine
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    """
    The replayed set's; the live one's of what is gone.
    """
    source_key: str
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str | None
    """
    Its last verdict.
    """


class ReplayFindingPage(BaseModel):
    """
    A page of what a replay found otherwise, machine by machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[ReplayFinding]
    next_cursor: str | None


class Roster(BaseModel):
    """
    Seats, their shifts and the people on them.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    exceptions: list[RosterException]
    id: UUID
    name: str
    organisation_id: UUID
    organisation_name: str
    seats: list[DutySeat]
    time_zone: str
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class RosterChange(BaseModel):
    """
    What is to change; a member left out stays as it is. `seats` are all of them, `exceptions` too.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    exceptions: list[RosterException] | None = None
    name: str | None = None
    seats: list[DutySeat] | None = None
    time_zone: str | None = None


class RosterNew(BaseModel):
    """
    A roster to be made.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    exceptions: Annotated[list[RosterException] | None, Field(validate_default=True)] = []
    name: str
    organisation_id: UUID | None = None
    """
    Left out: the caller's own organisation.
    """
    seats: Annotated[list[DutySeat] | None, Field(validate_default=True)] = []
    time_zone: str | None = "Asia/Shanghai"


class RosterPage(BaseModel):
    """
    A page of rosters.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Roster]
    next_cursor: str | None


class RuleProblem(BaseModel):
    """
    What is wrong in a text, or may be a slip.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    column: int | None
    end_column: int | None
    """
    Behind the last character on that line.
    """
    line: int | None
    """
    Lines and columns count from 1; null where the text has no such place.
    """
    message: Words
    where: str
    """
    The rule and its member; empty: the whole text.
    """


class RuleReplay(BaseModel):
    """
    A rule set over the stored history, beside the set that was live when it was asked for.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    against_id: int | None
    done_until: AwareDatetime | None
    error: Words | None
    """
    Why it failed.
    """
    finished_at: AwareDatetime | None
    from_at: AwareDatetime | None
    id: int
    kind: Literal["no_history", "history"] | str
    """
    `no_history`: the record with which the shipped set enters a fresh site.
    """
    machines: list[UUID] | None
    """
    Null: all.
    """
    progress_ratio: float
    rows: int
    rule_set_id: int
    started_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    started_by: str
    state: Literal["queued", "running", "done", "failed", "cancelled"] | str
    summary: dict[str, Any]
    """
    Once it is done: findings by rule; confirmed faults and nuisances that both sets have, by the last verdicts;
    hours of lead; alarms a seat and 10 minutes with the limits of ISA-18.2. `raised`: on the stream, by what was live
    then; `live`: the live set replayed.
    """
    to_at: AwareDatetime | None


class RuleReplayPage(BaseModel):
    """
    A page of replays, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[RuleReplay]
    next_cursor: str | None


class RuleTestRun(BaseModel):
    """
    A test that stands beside a rule, judged by the engine that judges the stream.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at_s: list[float]
    """
    The instants of its rows, in seconds from its start.
    """
    codes: list[CaseCode]
    expected: list[Stretch]
    facts: dict[str, str]
    """
    What it says of its machine.
    """
    found: list[Stretch]
    line: int | None
    """
    Where it begins in the text; null for one that shipped with the rule.
    """
    name: str
    passed: bool
    rule: str
    signals: dict[str, list[float | None]]
    """
    At these instants; null: not reported.
    """


class RuleWords(BaseModel):
    """
    A cause or a check with its words.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    text: Words


class SeatDuty(BaseModel):
    """
    Who holds a seat, and who is next.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    name: str
    next: DutyTurn | None
    """
    Null: nobody within 35 days.
    """
    now: DutyTurn | None
    """
    Null: nobody.
    """
    role: Literal["expert", "lead", "dealer", "service_engineer", "administrator"] | str
    seat_id: UUID


class Service(BaseModel):
    """
    Work as it was recorded.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: UUID
    items: list[DoneRecord]
    unanswered: list[OpenCheck]
    """
    What the check-lists of its items still ask; `corrects` records the work again with all answers.
    """


class ShadowFindingPage(BaseModel):
    """
    A page of what a set found in shadow, those that held last first; `by_rule` counts all of them.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    by_rule: list[ShadowCounts]
    in_shadow: list[ShadowSpan]
    items: list[ShadowFinding]
    next_cursor: str | None


class ShadowRule(BaseModel):
    """
    A rule that judges beside the live ones and raises nothing.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    is_new: bool
    """
    False: the live set has it, too, but otherwise.
    """
    rule: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """
    text: Words


class Share(BaseModel):
    """
    The sight of a class of a machine's data, given to an organisation for a time.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    data_class: Literal["all", "readings", "position", "hours", "alarms"] | str
    """
    `readings` covers `hours`; `all` covers everything.
    """
    from_at: AwareDatetime | None
    id: UUID
    machine: SharedMachine
    organisation: str | None
    """
    Its name, where it is the caller's to see.
    """
    organisation_id: UUID
    """
    Whom it is given to.
    """
    owner_id: UUID | None
    """
    Who owns the machine now.
    """
    to_at: AwareDatetime | None
    """
    null: open-ended.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class SharePage(BaseModel):
    """
    A page of shares.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Share]
    next_cursor: str | None


class SignalTrust(BaseModel):
    """
    A time in which a signal was not trusted.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    checks: list[str]
    """
    What says so: see docs/fault-knowledge.md.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    reasons: list[Literal["stuck", "rate", "physics", "dropout", "errors"] | str]
    score: float
    """
    From 0, nothing speaks for it, to 1; below 0.5 it is not trusted.
    """
    signal: str
    silent_rules: list[str]
    """
    Rules that cannot hold meanwhile.
    """
    text: Words
    to_at: AwareDatetime | None
    """
    None while it lasts.
    """


class SignedIn(BaseModel):
    """
    A session: the cookies are set as well; `token` serves as a bearer token where there are no cookies.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    expires_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    refresh_token: str | None
    """
    For `POST /auth/refresh`, once. Null for a browser, which has it in a cookie that scripts cannot read.
    """
    session_ends_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    token: str
    token_type: Literal["bearer"] | str | None = "bearer"
    user: Me


class Silence(BaseModel):
    """
    Why a machine is silent, as judged from what was known.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    reason: (
        Literal["engine_off", "no_coverage", "power_cut", "terminal_removed", "clock_wrong", "broker_or_us", "unknown"]
        | str
    )
    share: float
    """
    How likely it is, 0 to 1; of `unknown`: the likeliest reason's.
    """
    signs: list[Words]
    """
    What spoke for it, the strongest first; of `unknown`: for the likeliest one.
    """


class SimilarCase(BaseModel):
    """
    A past finding of the same source.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID | None
    distance: float | None
    """
    Between the two freeze frames, in standard deviations of a signal; null: no signal in common.
    """
    finding_id: UUID
    held_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    machine: AlarmMachine
    note: str | None
    part: str | None
    part_named: DiagnosisItem | None
    """
    The part that the text names.
    """
    same_machine: bool
    same_model: bool
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str | None
    """
    Null: nobody has said yet.
    """


class Terminal(BaseModel):
    """
    A terminal.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    clock_offset_s: float
    """
    Added to every time that it reports.
    """
    coordinate_system: Literal["wgs84", "gcj02", "bd09"] | str
    """
    In which it states its places. Readings keep what came; answers are WGS 84.
    """
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    firmware: str | None
    hardware: str | None
    id: UUID
    machine: TerminalMachine | None
    name: str
    """
    What its MQTT topics carry.
    """
    organisation_id: UUID | None
    """
    Whose stock it is in; null: the platform's, or an organisation that is not the caller's to see.
    """
    sim: Sim | None
    """
    Only for who keeps it, or owns the machine it is on.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class TerminalPage(BaseModel):
    """
    A page of terminals.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Terminal]
    next_cursor: str | None


class Tuning(BaseModel):
    """
    A search for a stricter threshold, `for` or `clear` of one rule.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    done_until: AwareDatetime | None
    error: Words | None
    """
    Why it failed.
    """
    finished_at: AwareDatetime | None
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: int
    machines: list[UUID] | None
    progress_ratio: float
    result: TuningResult | None
    """
    Once it is done.
    """
    rule: str
    rule_set_id: int
    """
    The set whose rule it is: the live one when it was asked for.
    """
    started_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    started_by: str
    state: Literal["queued", "running", "done", "failed", "cancelled"] | str
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class TuningPage(BaseModel):
    """
    A page of tunings, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Tuning]
    next_cursor: str | None


class Verdict(BaseModel):
    """
    What somebody who looked says of a finding; the last one counts.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    failed_at: AwareDatetime | None
    given_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    given_by: str
    id: UUID
    note: str | None
    part: str | None
    part_key: str | None
    """
    Which of the parts that diagnoses name it is; null of any other text, a maker's number for example.
    """
    part_meant: DiagnosisItem | None
    """
    Of a text that is none of them: the part that the finding names and that is written nearly so; ask back.
    """
    part_named: DiagnosisItem | None
    """
    That part with its words.
    """
    solved: Literal["remote", "visit"] | str | None
    """
    How it was solved; null: nobody has said that it is.
    """
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str


class VerdictPage(BaseModel):
    """
    A finding's verdicts, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Verdict]
    next_cursor: str | None


class VisitHandOver(BaseModel):
    """
    An alarm that was handed over for a visit, with what was known then. Never changed: a newer one replaces it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID
    answers: list[HandedAnswer]
    causes: list[GuidedCause]
    """
    As ranked then.
    """
    evidence_revision: int | None
    """
    Which evidence there was; `/findings/{id}/evidence` shows the newest.
    """
    finding_id: UUID
    id: UUID
    made_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    made_by: str
    note: str | None
    parts: list[DiagnosisItem]
    tools: list[DiagnosisItem]
    wanted_by: AwareDatetime | None


class VisitHandOverPage(BaseModel):
    """
    An alarm's hand-overs, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[VisitHandOver]
    next_cursor: str | None


class Watched(BaseModel):
    """
    Readings as they came, in order of measuring, with every signal but the place.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: list[AwareDatetime]
    """
    When each was measured.
    """
    machine_id: UUID
    received_at: list[AwareDatetime]
    """
    When the platform took each; the latest is what to ask on from.
    """
    signals: dict[str, WatchedSignal]
    """
    By signal key; those that some of these readings carried.
    """
    truncated: bool
    """
    True when there were more than `limit`: the newest are here.
    """


class Wear(BaseModel):
    """
    A degradation index: what the machine shows when it does the same thing each day.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    as_of: AwareDatetime
    """
    RFC 3339, UTC.
    """
    days: int
    """
    Days that the trend is drawn through; nothing is said from fewer than 14.
    """
    expected_days: float | None
    """
    From the last day on until the limit; null: it is not known to go there within a year.
    """
    high_days: float | None
    """
    Null beside low_days: the interval has no end.
    """
    id: str
    """
    oil_pressure_hot_idle, coolant_over_ambient, hydraulic_temp_per_power or air_filter_restriction.
    """
    level: float | None
    """
    Where the trend stands on the last of them.
    """
    limit: float | None
    low_days: float | None
    """
    80 of 100 cases lie between low_days and high_days.
    """
    remind_at: AwareDatetime | None
    """
    When the limit may be reached at the earliest: low_days after the last day.
    """
    slope_per_day: float | None
    text: Words
    unit: str
    values: list[WearValue]
    worse: Literal["rising", "falling"] | str
    """
    The way it goes with wear.
    """


class WholeRule(BaseModel):
    """
    One rule of a set with all that stands beside it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    applies_to: str
    causes: list[RuleWords]
    checks: list[RuleWords]
    clear: str
    expert: Words
    for_s: float
    inhibits: list[str]
    """
    Rules and fault codes that follow from it.
    """
    key: str
    latched: bool
    limits: dict[str, str]
    """
    Numbers with a name that a machine may have its own value of.
    """
    max_gap_s: float
    owner: Words
    """
    One plain sentence for the machine's owner.
    """
    plain_limits: list[AlarmLimit]
    """
    For drawing; none of a condition that is more than comparisons.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str | None
    """
    Null: by the code.
    """
    shipped: str | None
    """
    The file in which it shipped; null for a rule of the site's own.
    """
    signals: list[str]
    """
    It reads these.
    """
    sources: list[str]
    """
    Where its thresholds come from.
    """
    suppressed_in: list[str]
    tests: list[RuleTestRun]
    text: str
    """
    What decides on its findings and alarms, with its tests, as TOML to begin an edit with.
    """
    title: Words
    when: str


class WithheldRule(BaseModel):
    """
    A rule that cannot hold on machines whose sensors are not believed.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    machines: int
    named: list[DistrustedMachine]
    """
    At most 20, the longest first.
    """
    rule: str
    since: AwareDatetime
    """
    RFC 3339, UTC.
    """
    text: Words


class WorkingCalendarBody(BaseModel):
    """
    When the site works. Hours belong to the day on which they begin; those of one day must not overlap.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    exceptions: Annotated[list[CalendarException] | None, Field(validate_default=True)] = []
    weekdays: Annotated[
        dict[
            Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | str, list[HoursSpan]
        ]
        | None,
        Field(validate_default=True),
    ] = {}


class WorkingHours(BaseModel):
    """
    When a site works in a span, and for how long. Hours as they pass, also over a change of the clocks.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    hours: float | None
    """
    Null for a site without a calendar: nobody has said when it works.
    """
    stretches: list[WorkingStretch]
    time_zone: str
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """


class AlarmDetail(BaseModel):
    """
    One alarm with its history and the limits of its rule.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None
    advice: Words | None
    """
    One plain sentence for the machine's owner.
    """
    asks: Literal["nothing", "acknowledgement", "reset"] | str
    """
    What it asks of people before it is over; `reset`: it latches.
    """
    assigned_to: str | None
    chattering: bool
    """
    Its source came again and again on this machine: three times within ten minutes, as the platform is set.
    """
    cleared_at: AwareDatetime | None
    codes: list[AlarmCode]
    """
    The fault codes of an alarm that several have, the first one first; empty otherwise.
    """
    committed_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    escalation: int
    """
    How often somebody else was told because nobody acknowledged it.
    """
    finding_id: UUID
    """
    Whose evidence and first diagnosis are at `/findings/{finding_id}`.
    """
    fleeting: bool
    """
    It went as soon as it came: within 30 s, as the platform is set.
    """
    from_at: AwareDatetime | None
    """
    Machine clock: first instant of the condition.
    """
    historic: bool
    """
    Found in readings that came late, and not in live ones since; nobody was paged.
    """
    hold: AlarmHold | None
    id: UUID
    inhibited_by: UUID | None
    """
    The alarm of the cause that explains it.
    """
    investigated_by: str | None
    investigating_since: AwareDatetime | None
    lifecycle: (
        Literal["normal", "active_unacknowledged", "active_acknowledged", "returned_unacknowledged", "latched"] | str
    )
    """
    Where it stands with people (ISA-18.2), beside `state`, the condition of the machine.
    """
    limits: list[AlarmLimit]
    """
    Empty where the rule is more than plain comparisons of signals with numbers.
    """
    machine: AlarmMachine
    raised_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    silence: Silence | None
    """
    Of the alarm `machine_silent`.
    """
    source_key: str
    """
    Key of a rule or a signal, SA/SPN/FMI of a fault code, or cascade:KEY[:SA] of several without a root.
    """
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    state: Literal["active", "cleared", "withdrawn"] | str
    suppression: Literal["shelved", "out_of_service", "by_design"] | str | None
    """
    Why it calls nobody: held back by a person, or by design while the machine is repaired, moved or stored.
    """
    text: Words
    transitions: list[Transition]
    values: list[SignalValue]
    """
    The signals that drove it, in the order in which its rule names them; empty for a fault code or silence.
    """


class AlarmLoad(BaseModel):
    """
    How many alarms called whoever answers them, and which are to be mended.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarms: int
    """
    That called: neither of severity info, nor found late, nor held back, nor explained by another one.
    """
    answers: list[AnswerTimes]
    chattering_points: int
    """
    Machines and sources that chattered.
    """
    day: Rate
    false_alarms: list[FalseAlarms]
    fleeting: int
    flood_share: float
    """
    Share of the ten minutes with more than 10 alarms a seat.
    """
    flood_share_most: float
    floods: list[AlarmFlood]
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    held: list[HeldAlarm]
    """
    Shelved and out of service now, with since when and why; at most 200.
    """
    hour: Rate
    seats: int
    severity_share: dict[str, float]
    """
    ISA-18.2 aims at 5 % high (here critical and high), 15 % medium and 80 % low.
    """
    stale_most: int
    standing: Standing
    ten_minutes: Rate
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    top: list[BadActor]
    """
    The ten that raised most; they should have no more than 1 to 5 % of all.
    """
    top_share: float


class BriefMachine(BaseModel):
    """
    One machine.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarms: int
    """
    How many were raised.
    """
    fuel_is_by_rate: bool
    """
    The machine counts no fuel: the mean rate over the time it ran.
    """
    hours_are_by_meter: bool
    """
    It reports less often than once a minute: what was heard stands for as much as its hour meter grew by. It is not
    compared with others then.
    """
    id: UUID
    kind: str
    model: str | None
    name: str
    next_service: DueItem | None
    """
    The most urgent item of its plan, as it stands now; null also for who does not see the machine any more.
    """
    numbers: BriefNumbers
    peers: BriefPeers | None
    pin: str
    site: str | None
    """
    Where it stands now.
    """
    time_zone: str
    """
    The one by which its days are counted.
    """


class CheckedEdits(BaseModel):
    """
    What a site's edits come to. Every rule is looked at, also where another one has a mistake.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    added: list[str]
    changed: list[str]
    limits: list[RuleLimits]
    off: list[str]
    overrides: int
    """
    Machines that they give limits of their own.
    """
    problems: list[RuleProblem]
    """
    With these they are refused.
    """
    tests: list[RuleTestRun]
    """
    Of rules without a mistake. Edits with a test that fails are refused, too.
    """
    warnings: list[RuleProblem]
    """
    What may be a slip: kinds and models that no machine has yet.
    """


class Commissioning(BaseModel):
    """
    The check of a machine: is data arriving, are units plausible, is the clock right, is it on its site.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    items: list[CommissioningItem]
    machine_id: UUID
    name: str
    pin: str
    verdict: Literal["ok", "warning", "failed", "unknown"] | str
    """
    The worst of the items; items that cannot be judged do not count.
    """


class DiagnosisCause(BaseModel):
    """
    A possible cause with its share of the whole, and what speaks for it, against it, or is not known.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    key: str
    note: Words | None = None
    """
    Where no signal speaks of this cause: that only the check tells.
    """
    parts: list[DiagnosisItem] | None = None
    """
    What it is likely to need; empty where work, a fill or a talk is all it needs.
    """
    share: float | None
    """
    0 to 1, all causes together 1; null where nobody has weighed the causes (`basis` is order).
    """
    speaks_against: list[DiagnosisObservation]
    speaks_for: list[DiagnosisObservation]
    text: Words
    unknown: list[DiagnosisObservation]
    """
    Observations whose signals the machine does not tell.
    """


class DonePage(BaseModel):
    """
    What was done on a machine, the newest record first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[DoneRecord]
    next_cursor: str | None


class Guide(BaseModel):
    """
    The guided checks of a finding, the same for everybody who works on it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    answers: list[GivenAnswer]
    """
    All that were ever given, the newest first, at most 1,000; of a question the last counts.
    """
    basis: Literal["weighed", "typical", "order"] | str | None = None
    """
    Of the shares before the answers.
    """
    causes: list[GuidedCause]
    """
    The likeliest first: the diagnosis's shares by Bayes' rule with what was answered.
    """
    customer: str | None
    """
    Whose machine it was when it was found.
    """
    customer_language: str | None
    """
    Which most of its owners have chosen; null: none, or the caller does not see them.
    """
    finding_id: UUID
    parts: list[DiagnosisItem]
    """
    The likeliest cause's first.
    """
    questions: list[GuidedQuestion]
    """
    Open checks in the order to make them, then observations, then what was answered.
    """
    tools: list[DiagnosisItem]
    """
    What the open checks need, in their order.
    """
    version: int
    """
    How many answers there are.
    """


class HandOver(BaseModel):
    """
    What a shift leaves to the next one.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    active: list[Alarm]
    """
    The most severe first, at most 100.
    """
    done: dict[str, int]
    """
    Transitions of the shift by kind.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    held: list[HeldAlarm]
    standing: Standing
    to_answer: list[Alarm]
    """
    Gone before anybody acknowledged them, or to be reset; the newest first, at most 100.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    told: list[AlarmSaid]
    """
    Comments, verdicts, shelving, escalations, assignments of the shift, the newest first, at most 200.
    """


class MachinePage(BaseModel):
    """
    A page of machines.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MachineSummary]
    next_cursor: str | None
    """
    Give it back as `cursor` for the next page; null on the last one.
    """


class MachineTrust(BaseModel):
    """
    What is not trusted of a machine, and what was not in the last 90 days; every other signal is.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[SignalTrust]
    machine_id: UUID
    next_cursor: Annotated[None, Field(None)] = None


class MachineWear(BaseModel):
    """
    All indices of a machine that say anything.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Wear]
    machine_id: UUID
    next_cursor: Annotated[None, Field(None)] = None


class MaintenancePlan(BaseModel):
    """
    A plan in the version that is in force.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    items: list[PlanItem]
    kind: str | None
    model: str | None
    name: str
    retired_at: AwareDatetime | None
    """
    When it was taken out of force; machines follow it no more.
    """
    source: str | None
    stages: list[Stage]
    tell: list[Literal["owner", "dealer"] | str]
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int


class MaintenancePlanPage(BaseModel):
    """
    A page of plans.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[MaintenancePlan]
    next_cursor: str | None


class PlanChange(BaseModel):
    """
    What is to change; a member left out stays. `items` and `stages` are given whole.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    items: list[PlanItem] | None = None
    kind: str | None = None
    model: str | None = None
    name: str | None = None
    source: str | None = None
    stages: list[Stage] | None = None
    tell: list[Literal["owner", "dealer"]] | None = None


class RosterDuty(BaseModel):
    """
    The seats of a roster at an instant.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    name: str
    roster_id: UUID
    seats: list[SeatDuty]
    time_zone: str


class RuleOfSet(BaseModel):
    """
    One rule as its set has it.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    applies_to: str
    causes: list[RuleWords]
    checks: list[RuleWords]
    clear: str
    for_s: float
    key: str
    limits: dict[str, str]
    """
    Numbers with a name that a machine may have its own value of.
    """
    severity: Literal["critical", "high", "medium", "low", "info"] | str | None
    """
    Null: by the code.
    """
    sources: list[str]
    """
    Where its thresholds come from.
    """
    title: Words
    when: str


class RuleSetDetail(BaseModel):
    """
    A rule set with its rules and its texts.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    base_id: int | None
    entered_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    entered_by: str
    files: dict[str, str]
    """
    As they were entered; of a site's set its edits.
    """
    id: int
    kind: Literal["base", "site"] | str
    """
    `base`: it shipped; `site`: a site's edits on one that shipped.
    """
    note: str
    replays: int
    """
    Records that let it be promoted.
    """
    revision: int
    """
    Its ETag: a replay that is done, and any set that goes live or into shadow, make it another one.
    """
    role: Literal["live", "shadow"] | str | None
    rules: list[RuleOfSet]
    rules_version: str
    """
    The name that findings have it by; sets that differ in words only share one.
    """


class RulesOff(BaseModel):
    """
    Rules that raise nothing now; of machines, those that the caller sees.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    disabled: list[DisabledRule]
    off_for_machines: list[MachineRuleOff]
    """
    At most 1,000, the longest first.
    """
    rules: int
    """
    In the live set.
    """
    shadow: list[ShadowRule]
    withheld: list[WithheldRule]
    """
    Those that are withheld on most machines first.
    """


class Site(BaseModel):
    """
    A place where machines work.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    address: str | None
    created_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    id: UUID
    latitude_deg: float | None
    """
    WGS 84; a point for maps. Where the site ends, its geofences say.
    """
    longitude_deg: float | None
    name: str
    organisation_id: UUID | None
    """
    Null: the platform's.
    """
    organisation_name: str | None
    time_zone: str
    """
    IANA name.
    """
    updated_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    version: int
    working_calendar: WorkingCalendarBody | None


class SiteChange(BaseModel):
    """
    What is to change; a member left out stays as it is, null clears it.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    address: str | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    name: str | None = None
    time_zone: str | None = None
    working_calendar: WorkingCalendarBody | None = None


class SiteNew(BaseModel):
    """
    A site to be made; an organisation has no two of one name.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    address: str | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    name: str
    organisation_id: UUID | None = None
    """
    Left out: the caller's own organisation.
    """
    time_zone: str
    working_calendar: WorkingCalendarBody | None = None


class SitePage(BaseModel):
    """
    A page of sites.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Site]
    next_cursor: str | None


class Brief(BaseModel):
    """
    What a machine, a site's machines or all of them did in some days.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarms: list[BriefAlarm]
    """
    The gravest 500; refuellings are none.
    """
    alarms_by_severity: dict[Literal["critical", "high", "medium", "low", "info"] | str, int]
    days: list[BriefDay]
    from_day: date_aliased
    fuel: list[BriefFuel]
    hours: list[BriefHour]
    """
    Of a brief of one day; else empty.
    """
    id: UUID | None
    """
    Of the machine or the site.
    """
    is_over: bool
    """
    Whether all of the days are; readings that come late change a brief nevertheless.
    """
    kind: Literal["machine", "site", "fleet"] | str
    machines: list[BriefMachine]
    made_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    name: str
    numbers: BriefNumbers
    time_zone: str | None
    """
    Null: the machines stand in several, and each one's days are its own site's.
    """
    to_day: date_aliased
    """
    The last day, in it.
    """
    truncated: bool
    """
    True when alarms or fuel are not all listed; the counts are of all.
    """


class Diagnosis(BaseModel):
    """
    The first diagnosis of a finding.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    basis: Literal["weighed", "typical", "order"] | str | None = None
    """
    Of the shares: weighed with what this machine told; typical of such findings; order: as written, not weighed.
    """
    causes: list[DiagnosisCause]
    """
    The likeliest first.
    """
    checks: list[DiagnosisItem]
    """
    In the order to make them.
    """
    next_check: DiagnosisItem | None
    """
    The one that tells most for its time.
    """
    owner: Words | None
    """
    One plain sentence: may I go on working, what waiting costs.
    """
    parts: list[DiagnosisItem]


class Evidence(BaseModel):
    """
    What a finding stands on. Readings that are not the caller's to see are left out.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    codes: list[EvidenceCode]
    contributions: list[EvidenceContribution]
    diagnosis: Diagnosis
    expected: list[EvidenceExpected]
    """
    Of a model's finding, the greatest contribution first.
    """
    finding: Finding
    freeze_frame: list[EvidenceValue]
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    is_cut: bool
    """
    The finding lasted longer than the window, which ends 30 minutes after it had held.
    """
    made_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    quality: EvidenceQuality | None
    """
    Null for those who do not see all readings of the window, as is the next.
    """
    regime: EvidenceRegime | None
    revision: int
    """
    1 when it was found; more since it has changed or ended.
    """
    signals: list[EvidenceSignal]
    silenced_rules: list[EvidenceSilencedRule]
    """
    Of a sensor that is not trusted: the live rules that cannot hold without it.
    """
    similar: list[SimilarCase]
    """
    Up to three past cases of the same rule or code; empty: none is known.
    """
    thresholds: EvidenceThresholds | None
    """
    Null where no rule is behind it.
    """
    to_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    track: EvidenceTrack | None
    """
    Of a rule that asks where the machine is.
    """
    trust: list[EvidenceTrust]
    withdrawn: Words | None = None
    """
    Of a finding that was taken back, that it was; null of one that stands.
    """
    withheld: list[str]
    """
    Signals that are not the caller's to see here.
    """


class FindingDetail(BaseModel):
    """
    One finding with its first diagnosis.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    alarm_id: UUID | None
    diagnosis: Diagnosis | None
    """
    Null until its evidence is made.
    """
    evidence: Literal["waiting", "made", "failed"] | str
    """
    Whether `/findings/{id}/evidence` is there; it follows a finding within about a second.
    """
    from_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    held_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    historic: bool
    """
    Found in readings that came late.
    """
    id: UUID
    machine: AlarmMachine
    severity: Literal["critical", "high", "medium", "low", "info"] | str
    source_key: str
    """
    Rule key, SA/SPN/FMI of a fault code, or a model's name and signal.
    """
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    text: Words
    to_at: AwareDatetime | None
    """
    When it was over; null while it holds.
    """
    values: list[SignalValue]
    """
    The signals that drove it, at `held_at`.
    """
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str | None
    """
    What turned out to be the matter; the last word counts.
    """
    version: str
    """
    Of the rule set or the model.
    """
    withdrawn: Words | None = None
    """
    Of a finding that was taken back, that it was; null of one that stands.
    """
    withdrawn_at: AwareDatetime | None
    """
    When it was taken back: late readings have shown that it never was. Lists leave these out unless asked for
    them (`withdrawn=true`).
    """
