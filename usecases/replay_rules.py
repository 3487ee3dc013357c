"""A rule set over the stored history, beside the live one: what it would have found, and how many alarms that is."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from diagnosis.ruleset import RuleSet, fingerprint
from fleet.errors import EccError, InvalidInput
from fleet.findings import Finding
from fleet.signals import Catalogue
from storage.pool import Connection
from storage.rule_replays import (
    Difference,
    JudgedEpisode,
    NewReplay,
    Plots,
    ReplayRecord,
    ReplayState,
    begin_replay,
    count_seats,
    finish_replay,
    get_replay,
    list_judged,
    list_raised,
    machines_of,
    machines_with,
    save_progress,
)
from storage.rule_sets import StoredRules, get_rules
from storage.signals_write import load_catalogue
from usecases.ask_replays import check_span
from usecases.replay_outcome import (
    ACCEPTABLE,
    DTC,
    FLOOD,
    MANAGEABLE,
    by_rule,
    clipped,
    compare,
    rule_key,
    seat_alarms,
    seat_load,
    verdict_summary,
)
from usecases.replay_pass import CalledOff, Passed, Span, Tell, judge_span
from usecases.rules_in_force import parsed

Progress = Callable[[int, int], None]
"""Told of how much of how much is done, microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOrder:
    """What to replay against which live set; pins None: all machines; seats None: those of the rosters; workers 0: as
    many processes as there are processors."""

    rules: StoredRules
    against: StoredRules
    from_at: datetime
    to_at: datetime
    pins: Sequence[str] | None = None
    seats: int | None = None
    workers: int = 0
    by: str


def replay_rules(
    conn: Connection,
    order: ReplayOrder,
    *,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    progress: Progress = lambda done, of: None,
) -> ReplayRecord:
    """Judge the stored history by both sets in one pass, each row read once and only in the columns that they use.

    Facts of machines are those of now. Kept as the set's replay with its progress; `conn` must not be in a
    transaction. Raises InvalidInput and RuleError.
    """
    new = NewReplay(
        rule_set_id=order.rules.rule_set_id,
        against_id=order.against.rule_set_id,
        from_at=order.from_at,
        to_at=order.to_at,
        machine_ids=None if order.pins is None else checked_machines(conn, order.pins),
        seats=order.seats,
        by=order.by,
    )
    check_span(new.from_at, new.to_at)
    replay = begin_replay(conn, new, now=clock())
    return work_replay(conn, replay, clock=clock, say=say, progress=progress, workers=order.workers)


def checked_machines(conn: Connection, pins: Sequence[str]) -> list[int]:
    """The machines of these PINs. Raises InvalidInput unless all are there."""
    machines = machines_with(conn, pins)
    if unknown := [pin for pin in dict.fromkeys(pins) if pin not in machines]:
        raise InvalidInput("replay_machines_unknown", where="machines", names=unknown)
    return sorted(machines.values())


def work_replay(
    conn: Connection,
    replay: int,
    *,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    progress: Progress = lambda done, of: None,
    workers: int = 0,
) -> ReplayRecord:
    """Do a replay that is running: judge, compare, draw, keep. One that was called off ends as cancelled."""
    record = get_replay(conn, replay)
    span = span_of(conn, record, now=clock())
    with finished(conn, replay, clock=clock):
        rules, against = get_rules(conn, record.rule_set_id), get_rules(conn, record.against_id)
        passed = judge_span(
            conn,
            partial(_both, rules, against),
            span,
            tell=telling(conn, replay, span, clock=clock, progress=progress),
            say=say,
            workers=workers,
        )
        catalogue = load_catalogue(conn)
        shared = _shared(parsed(rules, catalogue), parsed(against, catalogue))
        alike = [finding for finding in passed.found[0] if rule_key(finding) in shared]
        summary, differences, plots = _outcome(
            record,
            span,
            clipped(passed.found[0], span.from_us, span.to_us),
            clipped(alike + passed.found[1], span.from_us, span.to_us),
            judged=list_judged(conn, span.machines, _instant(span.from_us), _instant(span.to_us)),
            raised=list_raised(conn, span.machines, _instant(span.from_us), _instant(span.to_us)),
            seats=max(1, count_seats(conn) if record.seats is None else record.seats),
        )
        finish_replay(conn, replay, _cost(passed, span) | summary, differences, plots, now=clock())
    return get_replay(conn, replay)


@contextmanager
def finished(conn: Connection, replay: int, *, clock: Callable[[], datetime]) -> Iterator[None]:
    """Whatever ends the work on a replay is kept as its state; what failed with why."""
    state: ReplayState | None = "failed"
    why: dict[str, Any] = {}
    try:
        yield
        state = None
    except CalledOff:
        state = "cancelled"
    except Exception as error:  # whatever it is, people who asked for the replay are told
        why = {"error": _said(error)}
        raise
    finally:
        if state is not None and not conn.closed:
            finish_replay(conn, replay, why, state=state, now=clock())


def _said(error: Exception) -> dict[str, str]:
    """Why it failed, in both languages; of what is no sentence for people the kind only."""
    own = error.in_language if isinstance(error, EccError) else lambda _: ""
    kind = type(error).__name__
    return {
        "zh": own("zh") or own("en") or f"回放程序出错（{kind}），详见 `ecc diagnose` 的日志。",
        "en": own("en") or f"The program that replays failed ({kind}); see the log of `ecc diagnose`.",
    }


def telling(conn: Connection, replay: int, span: Span, *, clock: Callable[[], datetime], progress: Progress) -> Tell:
    """Keeps how far a replay is, and says so."""

    def tell(reached_us: int, rows: int) -> bool:
        goes_on = save_progress(conn, replay, done_until=_instant(reached_us), rows=rows, now=clock())
        progress(reached_us - span.from_us, span.to_us - span.from_us)
        return goes_on

    return tell


def span_of(conn: Connection, record: ReplayRecord, *, now: datetime) -> Span:
    """Whose history a replay is about."""
    assert record.from_at is not None, "only the record 'no history' has no span"
    assert record.to_at is not None, "only the record 'no history' has no span"
    machines = machines_of(conn) if record.machine_ids is None else record.machine_ids
    return Span(machines=machines, from_us=_us(record.from_at), to_us=_us(record.to_at), now_us=_us(now))


def _both(rules: StoredRules, against: StoredRules, catalogue: Catalogue) -> list[RuleSet]:
    """The replayed set, and of the live one what it has otherwise: rules that both have alike are judged once."""
    found, live = parsed(rules, catalogue), parsed(against, catalogue)
    others = [rule for rule in live.rules if rule.key not in _alike(found, live)]
    overrides = [override for rule in others for override in live.overrides_of(rule.key)]
    return [found, RuleSet(others, overrides)]


def _alike(found: RuleSet, live: RuleSet) -> set[str]:
    """Keys of the rules that both sets have alike, with the sets' own overrides of them."""
    marks = {fingerprint(rule): found.overrides_of(rule.key) for rule in found.rules}
    return {rule.key for rule in live.rules if marks.get(fingerprint(rule)) == live.overrides_of(rule.key)}


def _shared(found: RuleSet, live: RuleSet) -> set[str]:
    """The same, as findings name them: fault codes are one rule."""
    return {DTC if live.by_key[key].when is None else key for key in _alike(found, live)}


def _cost(passed: Passed, span: Span) -> dict[str, Any]:
    return {
        "rows": passed.rows,
        "machines": len(span.machines),
        "signals": passed.signals,
        "read_cpu_seconds": round(passed.read_s, 3),
        "judge_cpu_seconds": round(passed.judge_s, 3),
    }


def _outcome(
    record: ReplayRecord,
    span: Span,
    found: Sequence[Finding],
    live: Sequence[Finding],
    *,
    judged: Sequence[JudgedEpisode],
    raised: Sequence[Finding],
    seats: int,
) -> tuple[dict[str, Any], list[Difference], Plots]:
    """What the replayed set finds beside the live one: in numbers, one by one, and as a picture.

    What was raised on the stream is told beside both: a replay leaves out what was found untrusted later, and judges by
    the facts of now.
    """
    ends = span.from_us, span.to_us
    differences = compare(found, live)
    summary = {
        "seats": seats,
        "changes": dict(Counter(one.change for one in differences)),
        "by_rule": by_rule(found, live, differences, raised),
        "verdicts": verdict_summary(judged, found, live),
        "load": {
            "found": seat_load(found, *ends, seats),
            "live": seat_load(live, *ends, seats),
            "raised": seat_load(raised, *ends, seats),
            "limits": {"acceptable": ACCEPTABLE, "manageable": MANAGEABLE, "flood": FLOOD},
        },
    }
    from usecases import replay_picture  # matplotlib: half a second of every start of whoever only lists replays

    drawing = replay_picture.Drawing(
        numbers=(record.replay_id, record.rule_set_id, record.against_id),
        from_us=span.from_us,
        to_us=span.to_us,
        differences=differences,
        found=seat_alarms(found, *ends, seats),
        live=seat_alarms(live, *ends, seats),
        raised=seat_alarms(raised, *ends, seats),
    )
    return summary, differences, replay_picture.draw(drawing)


def _instant(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
