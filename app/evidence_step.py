"""Evidence for findings that have none of what they are now: a batch at a time, the newest critical ones first."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app import metrics
from app.logging import get_logger
from fleet.findings import SourceKind
from fleet.signals import Catalogue
from storage.evidence import (
    DueFinding,
    count_waiting,
    list_due,
    put_evidence,
    put_failure,
    renew_sensors,
    settle,
)
from storage.failures import is_away
from storage.pool import Connection
from storage.signals_write import load_catalogue
from usecases.evidence_plan import Plan, RuleShelf, plan_for
from usecases.make_evidence import make_evidence, portions

AT_ONCE = 100
FIRST_AGAIN_S, LONGEST_AGAIN_S = 5.0, 3600.0
CATALOGUE_EVERY = timedelta(seconds=30)

log = get_logger("diagnose.evidence")


class EvidenceStep:
    """The step `evidence` of `ecc diagnose`. A pack that cannot be made is recorded with the reason and made later."""

    def __init__(self) -> None:
        self._shelf: RuleShelf | None = None
        self._catalogue_until: datetime | None = None

    def __call__(self, conn: Connection, now: datetime) -> bool:
        """Make a batch of packs; True when there was one."""
        due = list_due(conn, now=now, most=AT_ONCE)
        if due:
            shelf = self._refreshed(conn, now)
            withdrawn = [finding for finding in due if finding.is_withdrawn]
            with conn.transaction():
                settle(conn, withdrawn)
                _renew_sensors(conn, withdrawn)
            self._make_all(conn, shelf, [finding for finding in due if not finding.is_withdrawn], now)
        metrics.EVIDENCE_WAITING.set(count_waiting(conn) if due else 0)
        return bool(due)

    def _refreshed(self, conn: Connection, now: datetime) -> RuleShelf:
        if self._shelf is None or self._catalogue_until is None or now >= self._catalogue_until:
            catalogue = load_catalogue(conn)
            if self._shelf is None or catalogue.keys != self._shelf.catalogue.keys:
                self._shelf = RuleShelf(catalogue)
            self._catalogue_until = now + CATALOGUE_EVERY
        return self._shelf

    def _make_all(self, conn: Connection, shelf: RuleShelf, due: Sequence[DueFinding], now: datetime) -> None:
        now_us = round(now.timestamp() * 1_000_000)
        plans: list[Plan] = []
        for finding in due:
            try:
                plans.append(plan_for(conn, shelf, finding, now_us))
            except Exception as error:  # one finding's fault must not cost the others their packs
                if is_away(error):
                    raise
                self._failed(conn, finding, error, now)
        for portion in portions(plans):
            self._make(conn, portion, shelf.catalogue, now)

    def _make(self, conn: Connection, plans: Sequence[Plan], catalogue: Catalogue, now: datetime) -> None:
        """All of them at once; where that fails, one by one."""
        try:
            made = make_evidence(conn, plans, catalogue)
            with conn.transaction():
                put_evidence(conn, made, now=now)
                settle(conn, [plan.due for plan in plans])
                _renew_sensors(conn, [plan.due for plan in plans])
        except Exception as error:  # one finding's fault must not cost the others their packs
            if is_away(error):
                raise
            if len(plans) == 1:
                self._failed(conn, plans[0].due, error, now)
                return
            for plan in plans:
                self._make(conn, [plan], catalogue, now)
        else:
            metrics.EVIDENCE_PACKS.labels("made").inc(len(plans))

    def _failed(self, conn: Connection, finding: DueFinding, error: Exception, now: datetime) -> None:
        again_s = min(LONGEST_AGAIN_S, FIRST_AGAIN_S * 4.0 ** min(finding.attempts, 10))
        log.error(
            "no evidence could be made of a finding; it is tried again",
            finding=str(finding.finding_id),
            source=finding.source_key,
            again_s=again_s,
            exc_info=error,
        )
        metrics.EVIDENCE_PACKS.labels("failed").inc()
        why = f"{type(error).__name__}: {error}"
        put_failure(conn, finding, why=why, again=now + timedelta(seconds=again_s), now=now)


def _renew_sensors(conn: Connection, done: Sequence[DueFinding]) -> None:
    """What is said of a sensor that is not believed goes with the alarms that stand on it."""
    machines = {finding.machine_id for finding in done if finding.source_kind in (SourceKind.RULE, SourceKind.DTC)}
    if machines:
        renew_sensors(conn, sorted(machines))
