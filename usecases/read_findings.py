"""Findings: pages of the list, one with its first diagnosis, and what it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from fleet.signals import Catalogue
from storage import read_findings
from storage.read_findings import FindingPosition, FindingQuery, FindingRow
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.read_alarm_words import RuleBooks, Words
from usecases.read_alarms import AlarmMachine, SignalValue, signal_values
from usecases.readings_columns import instant

EvidenceState = Literal["waiting", "made", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """Which findings; None is no condition. `machine` is a machine's id or alias; is_withdrawn: those taken back."""

    machine: str | None = None
    source_kind: str | None = None
    source_key: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    is_open: bool | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding; see api.schemas.findings."""

    id: str
    machine: AlarmMachine
    source_kind: str
    source_key: str
    version: str
    text: Words
    severity: str
    from_at: datetime
    held_at: datetime
    to_at: datetime | None
    historic: bool
    withdrawn_at: datetime | None
    alarm_id: str | None
    values: list[SignalValue]
    evidence: EvidenceState
    verdict: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Finding]
    end: tuple[int, str] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_findings(
    conn: Connection,
    scope: Scope,
    wanted: FindingFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    catalogue: Catalogue,
) -> FindingPage:
    """A page of findings that the scope sees. Raises NotFound when it asks for a machine that the scope does not see,
    and InvalidInput for a span that ends before it begins."""
    if wanted.from_at is not None and wanted.to_at is not None and wanted.from_at >= wanted.to_at:
        raise InvalidInput("span_backwards", where="from")
    machine = None if wanted.machine is None else await get_machine_key(conn, scope, wanted.machine)
    query = FindingQuery(
        machine_id=machine.machine_id if machine else None,
        source_kind=wanted.source_kind,
        source_key=wanted.source_key,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        is_open=wanted.is_open,
        is_withdrawn=wanted.is_withdrawn,
    )
    rows = await read_findings.list_findings(conn, scope, query, after=_place(after), limit=limit + 1)
    shown = rows[:limit]
    books = await RuleBooks.load(conn, [row.version for row in shown], catalogue)
    end = (_us(shown[-1].held_at), str(shown[-1].finding_id)) if len(rows) > limit else None
    return FindingPage(items=[finding_of(row, books) for row in shown], end=end)


def _place(after: Sequence[str | int | None] | None) -> FindingPosition | None:
    if after is None:
        return None
    match list(after):
        case [int(us), str(finding_id)] if 0 <= us < 2**53:
            try:
                return FindingPosition(at=instant(us), finding_id=UUID(finding_id))
            except ValueError as error:
                raise InvalidInput("cursor_foreign", where="cursor") from error
    raise InvalidInput("cursor_foreign", where="cursor")


def _us(at: datetime) -> int:
    return round((at - instant(0)) / timedelta(microseconds=1))


def finding_of(row: FindingRow, books: RuleBooks) -> Finding:
    """A stored finding as the API shows it."""
    source = row.source_kind, row.source_key, row.version
    name = row.machine_name if row.machine_is_seen else row.machine_pin
    return Finding(
        id=str(row.finding_id),
        machine=AlarmMachine(id=str(row.machine_public_id), pin=row.machine_pin, name=name, kind=row.machine_kind),
        source_kind=row.source_kind,
        source_key=row.source_key,
        version=row.version,
        text=books.words(*source, row.cascade),
        severity=row.severity,
        from_at=row.from_at,
        held_at=row.held_at,
        to_at=row.to_at,
        historic=row.historic,
        withdrawn_at=row.withdrawn_at,
        alarm_id=None if row.alarm_id is None else str(row.alarm_id),
        values=signal_values(row.evidence, books.rule(*source), books.catalogue),
        evidence=_state(row),
        verdict=row.verdict,
    )


def _state(row: FindingRow) -> EvidenceState:
    if row.revision:
        return "made"
    return "waiting" if row.failure is None else "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDetail(Finding):
    """One finding with its first diagnosis; see api.schemas.findings."""

    withdrawn: Words | None
    diagnosis: dict[str, Any] | None


WITHDRAWN = Words(
    zh="该判断已撤回：迟到的数据表明它并未发生，无需处理。",
    en="This was taken back: readings that came late showed that it never was. Nothing needs to be done.",
)


def withdrawn_words(row: FindingRow) -> Words | None:
    """What is said of a finding that was taken back, before anything else; None of one that stands."""
    return None if row.withdrawn_at is None else WITHDRAWN


def diagnosis_of(row: FindingRow, made: dict[str, Any] | None) -> dict[str, Any] | None:
    """The first diagnosis; of a finding that was taken back nobody is told to do anything."""
    if row.withdrawn_at is None or made is None:
        return made
    return made | {"owner": {"zh": WITHDRAWN.zh, "en": WITHDRAWN.en}, "next_check": None, "checks": [], "parts": []}


async def get_finding(conn: Connection, scope: Scope, finding_id: UUID, *, catalogue: Catalogue) -> FindingDetail:
    """One finding. Raises NotFound."""
    row = await get_row(conn, scope, finding_id)
    books = await RuleBooks.load(conn, [row.version], catalogue)
    finding = finding_of(row, books)
    return FindingDetail(
        **{name: getattr(finding, name) for name in Finding.__dataclass_fields__},
        withdrawn=withdrawn_words(row),
        diagnosis=diagnosis_of(row, await read_findings.find_diagnosis(conn, finding_id)),
    )


async def get_row(conn: Connection, scope: Scope, finding_id: UUID) -> FindingRow:
    """A finding that the scope sees. Raises NotFound."""
    rows = await read_findings.find_findings(conn, scope, [finding_id])
    if not rows:
        raise NotFound
    return rows[0]
