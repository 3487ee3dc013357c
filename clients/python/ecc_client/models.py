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
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"]
    """
    `true_fault`: the machine had it; `nuisance`: nothing was wrong; `sensor`: the sensor or its wiring was;
    `not_found`: somebody looked and found nothing.
    """


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


class Readiness(BaseModel):
    """
    What the process needs to serve.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
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


class SimilarCase(BaseModel):
    """
    A past finding of the same source.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
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
    same_machine: bool
    same_model: bool
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str | None
    """
    Null: nobody has said yet.
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
    raised, revised, cleared, withdrawn, acknowledged.
    """
    version: str | None


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
    verdict: Literal["true_fault", "nuisance", "sensor", "not_found"] | str


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


class VerdictPage(BaseModel):
    """
    A finding's verdicts, the newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    items: list[Verdict]
    next_cursor: str | None


class VisiblePeriod(BaseModel):
    """
    A period of the machine's history that the caller may see; from_at <= t < to_at.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    from_at: AwareDatetime | None
    to_at: AwareDatetime | None


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
    cleared_at: AwareDatetime | None
    committed_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    finding_id: UUID
    """
    Whose evidence and first diagnosis are at `/findings/{finding_id}`.
    """
    historic: bool
    """
    Found in readings that came late; nobody was paged.
    """
    id: UUID
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
    cleared_at: AwareDatetime | None
    codes: list[AlarmCode]
    """
    The fault codes of an alarm that several have, the first one first; empty otherwise.
    """
    committed_at: AwareDatetime
    """
    RFC 3339, UTC.
    """
    finding_id: UUID
    """
    Whose evidence and first diagnosis are at `/findings/{finding_id}`.
    """
    from_at: AwareDatetime | None
    """
    Machine clock: first instant of the condition.
    """
    historic: bool
    """
    Found in readings that came late; nobody was paged.
    """
    id: UUID
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
    source_key: str
    """
    Key of a rule or a signal, SA/SPN/FMI of a fault code, or cascade:KEY[:SA] of several without a root.
    """
    source_kind: Literal["rule", "model", "dtc", "platform", "sensor"] | str
    state: Literal["active", "cleared", "withdrawn"] | str
    text: Words
    transitions: list[Transition]
    values: list[SignalValue]
    """
    The signals that drove it, in the order in which its rule names them; empty for a fault code or silence.
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


class ReplayFinding(BaseModel):
    """
    A finding that the replayed set has and the live one has not, or the other way round, or at other times.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    change: Literal["new", "gone", "moved"] | str
    finding_id: UUID | None
    """
    The finding on record that is the live set's.
    """
    found: Episode | None
    id: int
    live: Episode | None
    machine: ReplayMachine
    severity: Literal["critical", "high", "medium", "low", "info"] | str
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
