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
    token_lifetime: timedelta = timedelta(minutes=10)  # of a person's access token
    client_token_lifetime: timedelta = timedelta(minutes=30)  # of an access token from /oauth/token
    refresh_grace: timedelta = timedelta(seconds=10)  # in which a second tab may come with a used refresh token
    free_sign_in_attempts: int = 5  # for one login from one address; each further one waits longer
    public_url: str | None = None  # https://host; None: whatever address a request was sent to
    grafana_url: str | None = None  # of the boards, without a slash at its end; None: the console has no link to them
    company_secrets_dir: Path | None = None  # where `file:` references of company logins lie
    reads_per_minute: int = 1_200  # of one caller at this process; 0: as many as it likes, as for the next two
    expensive_reads_per_minute: int = 120  # long history, the whole fleet at once
    writes_per_minute: int = 300
    aemp_polls_per_quarter_hour: int = 30  # of one ISO 15143-3 snapshot by one caller; 0: as many as it likes
    statement_timeout_ms: int = 5_000
    database_wait_s: float = 5.0  # for a connection, then 503
    pool_size: int = 8
    fleet_index: bool = True  # what lists of machines are sorted and filtered by is kept in memory
    max_body_bytes: int = 64 * 1024
    live_lifetime: timedelta = timedelta(minutes=15)  # of one stream; its client connects again
    webhook_allow_private: bool = False  # http and private addresses too: tests, closed networks
    company_login_allow_private: bool = False  # providers at private addresses: tests, closed networks
    live_queue: int = 256  # frames waiting for one subscriber before it is dropped
    live_queue_bytes: int = 2 * 1024 * 1024  # of them; a single frame may be larger
    live_max_subscribers: int = 10_000
    live_streams_per_caller: int = 50  # open at this process at once; 0: as many as it likes, as for the next
    live_streams_per_organisation: int = 2_000
    anonymous_reads_per_minute: int = 600  # of one address, of whoever is not signed in; 0: any number, as for the next
    anonymous_writes_per_minute: int = 120  # signing in, tokens, accepting an invitation

    def __post_init__(self) -> None:
        if len(self.session_secret) < 32:
            raise ValueError("session_secret must have at least 32 characters")
