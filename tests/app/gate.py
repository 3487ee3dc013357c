"""A gateway without a broker: deliveries go straight into the decoder, commits and ticks run on the real database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.aside import Aside
from app.gateway_state import load_state
from app.pipeline import Outcome, Pipeline, PipelineSettings
from app.ticks import Ticks
from gateway.decode import BatchBuilder, Decoder
from storage.pool import Connection, connect
from storage.registry import take_over

S = 1_000_000
T0_S = 1_795_200_000
NOW_S = T0_S + 7 * 24 * 3600
YEAR_US = 365 * 86_400 * S


def at(seconds: float) -> datetime:
    """An instant of the test, seconds after T0_S."""
    return datetime.fromtimestamp(T0_S + seconds, UTC)


def sample(terminal: str, seq: int, t_s: float, *, boot: str = "b", **signals: float) -> tuple[str, dict[str, Any]]:
    """One native message with one sample `t_s` seconds after T0_S."""
    return terminal, {"boot": boot, "seq": seq, "t": round((T0_S + t_s) * 1000), "signals": signals}


@dataclass
class Gate:
    """A pipeline with its state and ticks on one connection."""

    conn: Connection
    url: str
    auto_register: bool = True
    silence_after_s: int = 900
    hears: bool = True
    connected: bool = True
    warm_days: int = 7
    settings: PipelineSettings = field(init=False)
    said: list[str] = field(default_factory=list)
    last_s: float | None = None
    aside: Aside | None = None

    def __post_init__(self) -> None:
        self.conn.autocommit = True
        self.start()

    def start(self) -> None:
        """Take over and load everything from the database, as a restarted gateway does."""
        self.settings = PipelineSettings(
            gateway_id="g",
            epoch=take_over(self.conn, "g"),
            auto_register=self.auto_register,
            retention_us=10 * YEAR_US,
            future_tolerance_us=300 * S,
            late_after_us=900 * S,
            ledger_warm_us=self.warm_days * 86_400 * S,
        )
        with self.conn.transaction():
            self.state = load_state(
                self.conn,
                gateway_id="g",
                silence_after_us=self.silence_after_s * S,
                ledger_since=at((self.last_s or 0.0) - self.warm_days * 86_400),
                late_after_us=self.settings.late_after_us,
                rules_on=True,
                now=at(self.last_s or 0.0),
                say=self.said.append,
            )
        self.pipeline = Pipeline(self.settings, self.state)
        if self.aside is not None:
            self.aside.close()
        self.aside = Aside(self.connect_aside)
        self.ticks = Ticks(
            self.settings,
            self.state,
            self.aside,
            can_hear=lambda: self.hears,
            is_connected=lambda: self.connected,
        )
        self.ticks.settle(self.conn, at(0.0 if self.last_s is None else self.last_s))
        self.decoder = Decoder(self.state.catalogue)

    def connect(self) -> Connection:
        """The connection, or another one to the same database when it was given up."""
        if self.conn.closed:
            self.conn = self.connect_aside()
        return self.conn

    def connect_aside(self) -> Connection:
        """A connection for machine states."""
        conn = connect(self.url, application="test")
        conn.autocommit = True
        return conn

    def close(self) -> None:
        """Give the connections back."""
        self.ticks.close()
        self.conn.close()

    def deliver(
        self, messages: Iterable[tuple[str, Any]], *, received_s: float = 0.0, redelivered: bool = False
    ) -> Outcome:
        """Decode and commit messages as one batch, received `received_s` seconds after T0_S."""
        self.last_s = received_s
        builder = BatchBuilder(self.state.catalogue)
        for number, (terminal, content) in enumerate(messages):
            payload = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.decoder.decode(
                builder,
                f"ecc/v1/{terminal}/telemetry",
                payload,
                round((T0_S + received_s) * S),
                redelivered,
                (1, number),
            )
        outcome = self.pipeline.commit(self.conn, builder.finish(), {}, now=at(received_s))
        self.decoder.adopt(builder.parts)
        self.ticks.await_ack(outcome.touched)
        self.ticks.changed_rules |= outcome.rows > 0
        self.ticks.has_due |= outcome.late_machines > 0
        return outcome

    def tick(self, now_s: float) -> list[tuple[str, bytes]]:
        """Run what is due `now_s` seconds after T0_S, to its end."""
        acks = self.ticks.run(self.conn, at(now_s))
        self.ticks.finish_states()
        return acks

    def findings(self) -> set[tuple[Any, ...]]:
        """Identities of all findings that are not withdrawn."""
        rows = self.conn.execute(
            "SELECT machine_id, source_kind, source_key, from_at, to_at FROM finding WHERE withdrawn_at IS NULL"
        )
        return set(rows.fetchall())

    def all(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.conn.execute(query, list(parameters)).fetchall()  # type: ignore[arg-type]
