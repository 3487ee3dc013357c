"""What the API needs to know to start; app/settings.py fills it."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Settings of one API process. `database_url` is that of the role ecc_api."""

    database_url: str = field(repr=False)
    session_secret: str = field(repr=False)  # at least 32 characters; changing it signs everybody out
    console_dist: Path | None = None  # dashboards/console/dist
    poll_interval_s: float = 0.25  # how often the live stream reads the event log
    heartbeat_s: float = 3.0
    cookie_secure: bool = False  # True behind TLS
    session_lifetime: timedelta = timedelta(hours=12)
    token_lifetime: timedelta = timedelta(minutes=30)  # renewed with the session while it is used
    login_attempts_per_quarter_hour: int = 10  # for one login from one address
    statement_timeout_ms: int = 5_000
    database_wait_s: float = 5.0  # for a connection, then 503
    pool_size: int = 8
    max_body_bytes: int = 64 * 1024
    live_queue: int = 256  # frames waiting for one subscriber before it is dropped
    live_max_subscribers: int = 10_000

    def __post_init__(self) -> None:
        if len(self.session_secret) < 32:
            raise ValueError("session_secret must have at least 32 characters")
