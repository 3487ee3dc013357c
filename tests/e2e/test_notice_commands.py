"""`ecc notices`: the queue, dead letters, their log, sending again."""

from __future__ import annotations

import json

import psycopg

from tests.api.world import World
from tests.e2e.stack import Stack

DEAD = """
WITH n AS (
    INSERT INTO notice (public_id, user_id, channel, kind, severity, language, state, made_at, due_at, ended_at)
    SELECT gen_random_uuid(), user_id, 'email', 'test', 'high', 'en', 'dead', now(), now(), now() FROM app_user
    WHERE login = 'owner' RETURNING notice_id, public_id
), d AS (
    INSERT INTO notice_delivery (notice_id, attempt, first_at, at, outcome, answer)
    SELECT notice_id, 1, now(), now(), 'refused', '550 no such mailbox' FROM n
)
SELECT public_id::text FROM n
"""


def test_a_dead_letter_is_found_explained_and_sent_again(stack: Stack) -> None:
    with psycopg.connect(stack.owner_url, autocommit=True) as conn:
        World.build(conn)
        row = conn.execute(DEAD).fetchone()
        assert row is not None
        assert "550 no such mailbox" in stack.ecc("notices", "dead").stdout
        queued = json.loads(stack.ecc("notices", "queue", "--json").stdout)
        assert [(one["state"], one["notices"]) for one in queued] == [("dead", 1)]
        assert "refused" in stack.ecc("notices", "log", row[0]).stdout
        stack.ecc("notices", "resend", row[0])
        assert conn.execute("SELECT state FROM notice").fetchone() == ("queued",)
        assert "Only a dead notice" in stack.ecc("notices", "resend", row[0], check=False).stderr
