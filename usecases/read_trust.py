"""Which sensors of a machine are not trusted, as people look at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnosis.needs import rules_by_signal
from diagnosis.ruleset import packaged_ruleset
from diagnosis.trust import packaged_checks
from fleet.data_classes import DataClass
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.rule_sets import find_rule_sets
from storage.sight import Scope, get_machine_key
from storage.trust import TrustRow, list_trust
from usecases.read_alarm_words import Words
from usecases.rules_in_force import parsed

SHOWN = timedelta(days=90)
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalTrust:
    """A span in which a signal was not trusted; see api.schemas.trust."""

    signal: str
    text: Words
    score: float
    reasons: list[str]
    checks: list[str]
    from_at: datetime
    to_at: datetime | None
    silent_rules: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineTrust:
    """What is not trusted of a machine, and what was not; every other signal is."""

    machine_id: str
    items: list[SignalTrust]
    next_cursor: None = None


async def get_trust(
    conn: Connection, scope: Scope, reference: str, *, catalogue: Catalogue, now: datetime
) -> MachineTrust:
    """The spans of the last 90 days, the open ones first, at most 500; only those that began when the scope saw the
    machine's readings. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    periods = machine.periods(DataClass.READINGS)
    rows = await list_trust(conn, machine.machine_id, since=now - SHOWN, most=MOST)
    needing = await _rules_by_signal(conn, catalogue) if any(row.to_at is None for row in rows) else {}
    items = [
        _shown(row, catalogue, needing)
        for row in rows
        if row.signal_id < len(catalogue) and any(period.covers(row.from_at) for period in periods)
    ]
    return MachineTrust(machine_id=str(machine.public_id), items=items)


def _shown(row: TrustRow, catalogue: Catalogue, needing: dict[str, list[str]]) -> SignalTrust:
    signal = catalogue.signals[row.signal_id]
    reasons = {check.key: check.reason.value for check in packaged_checks(catalogue)}
    return SignalTrust(
        signal=signal.key,
        text=Words(zh=signal.zh, en=signal.en),
        score=row.score,
        reasons=sorted({reasons[key] for key in row.checks if key in reasons}),
        checks=row.checks,
        from_at=row.from_at,
        to_at=row.to_at,
        silent_rules=needing.get(signal.key, []) if row.to_at is None else [],
    )


async def _rules_by_signal(conn: Connection, catalogue: Catalogue) -> dict[str, list[str]]:
    """Signal -> keys of the live rules that cannot hold without it."""
    live = [parsed(stored, catalogue) for stored in await find_rule_sets(conn, "live")]
    rules = live[0] if live else packaged_ruleset(catalogue)  # it enters with the first gateway
    return {key: [rule.key for rule in silent] for key, silent in rules_by_signal(rules.thresholds).items()}
