"""What a finding stands on."""

from typing import Literal

from api.schemas.alarms import AlarmMachine
from api.schemas.findings import DIAGNOSIS, FINDING, Diagnosis, DiagnosisItem, Finding, VerdictName
from api.schemas.shape import AT, Instant, SeverityName, Shape, UuidText, Words, example

SignalRole = Literal["rule", "observation", "context"]
GapReason = Literal["platform_away", "engine_off", "not_received"]
RegimeName = Literal["unknown", "off", "running", "idle", "light", "medium", "heavy"]
_HELD = FINDING["held_at"]
_OIL = {"zh": "发动机机油压力", "en": "Engine oil pressure"}


class EvidenceSignal(Shape):
    """A signal's curve: at most 500 samples as they were, at their instants, its extremes among them."""

    key: str
    unit: str
    text: Words
    role: SignalRole
    """The rule reads it, an observation of the diagnosis does, or it says what the machine was at."""
    samples: int
    """How many there were in the window."""
    at: list[Instant]
    values: list[float]


class EvidenceTrack(Shape):
    """Where the machine was, in WGS 84; at most 500 places."""

    at: list[Instant]
    latitude_deg: list[float]
    longitude_deg: list[float]
    is_coarse: bool
    """On a grid of 0.1 degree, for those who do not see exactly where the machine was."""


class EvidenceOwnLimit(Shape):
    """Why the machine has another limit than the rule's."""

    shipped: float
    """The rule's own."""
    reason: str
    until: Instant


class EvidenceLimit(Shape):
    """A number of the rule with a name, as it was for this machine."""

    name: str
    value: float
    unit: str
    own: EvidenceOwnLimit | None


class EvidenceBorder(Shape):
    """Where the signal has to be for the condition to hold."""

    key: str
    comparison: Literal["<", "<=", ">", ">="]
    value: float
    unit: str


class EvidenceThresholds(Shape):
    """The rule's condition."""

    when: str
    """As it is written in the rule."""
    clear: str | None
    for_s: float
    limits: list[EvidenceLimit]
    borders: list[EvidenceBorder]
    """Its plain comparisons, for drawing; of a share of the nominal voltage in volts."""
    nominal_voltage_v: float | None


class EvidenceGap(Shape):
    """A time without readings."""

    from_at: Instant
    to_at: Instant
    reason: GapReason
    """The platform could not hear; the engine had been switched off; nothing came."""


class EvidenceQuality(Shape):
    """How good the data of the window is."""

    rows: int
    interval_s: float | None
    """The usual time between readings."""
    received_ratio: float | None
    """Readings that came, of those expected at that interval."""
    gaps: list[EvidenceGap]
    """The longest 20."""
    out_of_order: int
    """Readings that came after later ones."""
    late: int
    """Readings that came more than 15 minutes after they were measured."""
    quarantined: dict[str, int]
    """What came in this time and was refused, by reason."""
    sensor_errors: dict[str, int]
    """How often a signal reported an error, by signal."""


class EvidenceRegime(Shape):
    """What the machine was at, by engine speed and load: `off` below `off_below_rpm`; `idle` below the first of
    `loads_pct`; then `light`, `medium` and `heavy` work. `running`: the load is unknown; `unknown`: the speed is."""

    at_held: RegimeName
    shares: dict[str, float]
    """Of the window's time."""
    off_below_rpm: float
    loads_pct: list[float]


class EvidenceValue(Shape):
    """A signal's last value when the finding held."""

    key: str
    unit: str
    text: Words
    value: float
    age_s: float
    is_held: bool
    """Young enough for rules to use it."""


class EvidenceContribution(Shape):
    """How much a signal drove a model's finding; 1 is the model's border."""

    key: str
    value: float


class EvidenceCode(Shape):
    """One of several fault codes with one cause."""

    source_address: int | None
    spn: int
    fmi: int
    text: Words
    from_at: Instant
    to_at: Instant | None


class EvidenceTrust(Shape):
    """A signal of the machine that was not to be trusted at some time of the window."""

    key: str
    score: float
    """0 to 1, when it was last looked at."""
    reasons: list[str]
    """stuck, rate, physics, dropout, errors ..."""
    from_at: Instant
    to_at: Instant | None


class EvidenceSilencedRule(Shape):
    """A rule that is silent as long as the sensor is not trusted."""

    key: str
    text: Words
    severity: SeverityName


class EvidenceExpected(Shape):
    """What a model expected of a signal when its finding held; low, high: the ends of its band, null inside it."""

    key: str
    unit: str
    value: float
    low: float | None
    high: float | None


class SimilarCase(Shape):
    """A past finding of the same source."""

    finding_id: UuidText
    alarm_id: UuidText | None
    machine: AlarmMachine
    held_at: Instant
    same_machine: bool
    same_model: bool
    distance: float | None
    """Between the two freeze frames, in standard deviations of a signal; null: no signal in common."""
    verdict: VerdictName | None
    """Null: nobody has said yet."""
    part: str | None
    part_named: DiagnosisItem | None
    """The part that the text names."""
    note: str | None


class Evidence(Shape):
    """What a finding stands on. Readings that are not the caller's to see are left out."""

    withdrawn: Words | None = None
    """Of a finding that was taken back, that it was; null of one that stands."""
    finding: Finding
    revision: int
    """1 when it was found; more since it has changed or ended."""
    made_at: Instant
    from_at: Instant
    to_at: Instant
    is_cut: bool
    """The finding lasted longer than the window, which ends 30 minutes after it had held."""
    signals: list[EvidenceSignal]
    track: EvidenceTrack | None
    """Of a rule that asks where the machine is."""
    withheld: list[str]
    """Signals that are not the caller's to see here."""
    thresholds: EvidenceThresholds | None
    """Null where no rule is behind it."""
    quality: EvidenceQuality | None
    """Null for those who do not see all readings of the window, as is the next."""
    regime: EvidenceRegime | None
    freeze_frame: list[EvidenceValue]
    diagnosis: Diagnosis
    contributions: list[EvidenceContribution]
    codes: list[EvidenceCode]
    trust: list[EvidenceTrust]
    silenced_rules: list[EvidenceSilencedRule]
    """Of a sensor that is not trusted: the live rules that cannot hold without it."""
    expected: list[EvidenceExpected]
    """Of a model's finding, the greatest contribution first."""
    similar: list[SimilarCase]
    """Up to three past cases of the same rule or code; empty: none is known."""

    model_config = example(
        {
            "withdrawn": None,
            "finding": FINDING,
            "revision": 1,
            "made_at": "2026-11-21T10:00:11Z",
            "from_at": "2026-11-21T09:50:00Z",
            "to_at": _HELD,
            "is_cut": False,
            "signals": [
                {
                    "key": "engine_oil_pressure_kpa",
                    "unit": "kPa",
                    "text": _OIL,
                    "role": "rule",
                    "samples": 610,
                    "at": [AT, _HELD],
                    "values": [82.0, 80.0],
                }
            ],
            "track": None,
            "withheld": [],
            "thresholds": {
                "when": "engine_oil_pressure_kpa < 100 and engine_speed_rpm > 600",
                "clear": "engine_oil_pressure_kpa > 140 or engine_speed_rpm < 300",
                "for_s": 10.0,
                "limits": [],
                "borders": [{"key": "engine_oil_pressure_kpa", "comparison": "<", "value": 100.0, "unit": "kPa"}],
                "nominal_voltage_v": 24.0,
            },
            "quality": {
                "rows": 610,
                "interval_s": 1.0,
                "received_ratio": 1.0,
                "gaps": [],
                "out_of_order": 0,
                "late": 0,
                "quarantined": {},
                "sensor_errors": {},
            },
            "regime": {
                "at_held": "medium",
                "shares": {"idle": 0.2, "medium": 0.8},
                "off_below_rpm": 300.0,
                "loads_pct": [25.0, 50.0, 75.0],
            },
            "freeze_frame": [
                {
                    "key": "engine_oil_pressure_kpa",
                    "unit": "kPa",
                    "text": _OIL,
                    "value": 82.0,
                    "age_s": 0.0,
                    "is_held": True,
                }
            ],
            "diagnosis": DIAGNOSIS,
            "contributions": [],
            "codes": [],
            "trust": [],
            "silenced_rules": [],
            "expected": [],
            "similar": [],
        }
    )
