"""Replays and tunings that people asked for, worked one after the other."""

from collections.abc import Callable
from datetime import datetime

from diagnosis.errors import RuleError
from fleet.errors import InvalidInput
from storage.pool import Connection
from storage.rule_replays import claim_replay, get_replay
from usecases.replay_rules import work_replay
from usecases.tune_rule import work_tuning


def work_replays(
    conn: Connection, *, clock: Callable[[], datetime], say: Callable[[str], None], workers: int = 0
) -> int:
    """Do all that wait; how many there were. What cannot be done is kept as failed, and said."""
    done = 0
    while (replay := claim_replay(conn, now=clock())) is not None:
        work = work_replay if get_replay(conn, replay).rule is None else work_tuning
        try:
            record = work(conn, replay, clock=clock, say=say, workers=workers)
            say(f"replay {replay}: {record.state}, {record.rows:,} rows")
        except (InvalidInput, RuleError) as error:
            say(f"replay {replay} failed: {error}")
        done += 1
    return done
