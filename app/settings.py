"""Every setting, from the environment (ECC_...), checked once, explained in words."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.embedded import EmbeddedError, RunningServers, default_data_dir, running

Role = Literal["ecc_owner", "ecc_gateway", "ecc_diagnose", "ecc_sender", "ecc_housekeeping", "ecc_api", "ecc_grafana"]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[int, Field(gt=0)]
Days = Annotated[int, Field(ge=0, le=36_500)]  # 0: for ever
Count = Annotated[int, Field(ge=0, le=1_000_000)]  # 0: no limit
MQTT_SCHEMES = ("mqtt", "mqtts")
DATABASE_SCHEMES = ("postgresql", "postgres")
SILENCE_AT_LEAST_S = 240  # who went silent within two minutes, before it or after it, is known by then
NOT_SETTINGS = ("ECC_FUZZ_CASES",)  # read by tests only
NEAR = 0.8  # of two names, as difflib measures it: from here on one is the other misspelt


class Settings(BaseSettings):
    """Settings of every process. Without ECC_DATABASE_URL and ECC_MQTT_URL the embedded servers are used."""

    model_config = SettingsConfigDict(env_prefix="ECC_", extra="ignore", frozen=True, hide_input_in_errors=True)

    # database: one address; each role logs in with its own password where one is given
    database_url: SecretStr | None = None
    owner_password: SecretStr | None = None
    gateway_password: SecretStr | None = None
    diagnose_password: SecretStr | None = None
    sender_password: SecretStr | None = None
    housekeeping_password: SecretStr | None = None
    api_password: SecretStr | None = None
    grafana_password: SecretStr | None = None

    # broker
    mqtt_url: str | None = None
    mqtt_username: str | None = None
    mqtt_password: SecretStr | None = None
    mqtt_ca_file: Path | None = None
    mqtt_cert_file: Path | None = None
    mqtt_key_file: Path | None = None

    # the API, and each process's own /healthz, /readyz and /metrics
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    api_metrics_port: Port = 0  # the API's /metrics, which its own port does not serve
    trusted_proxies: str | None = None  # addresses or networks, by commas, whose X-Forwarded-For and -Proto count
    gateway_http_port: Port = 0
    sender_http_port: Port = 0
    housekeeping_http_port: Port = 0
    diagnose_http_port: Port = 0

    session_secret: SecretStr | None = None  # signs logins; made once in the data directory when not given
    cookie_secure: bool = False  # True where the API is behind TLS
    public_url: str | None = None  # https://host, as people and integrators reach the API; else as a request came
    grafana_url: str | None = None  # https://host or https://host/grafana: where the console leads to its boards
    company_secrets_dir: Path | None = None  # where `file:` references of company logins lie
    reads_per_minute: Count = 1_200  # of one caller at one API process
    expensive_reads_per_minute: Count = 120
    writes_per_minute: Count = 300
    aemp_polls_per_quarter_hour: Count = 30  # of one ISO 15143-3 snapshot by one caller
    anonymous_reads_per_minute: Count = 600  # of one address, by whoever is not signed in
    anonymous_writes_per_minute: Count = 120  # signing in, tokens, invitations
    live_streams_per_caller: Count = 50  # open at one API process at once
    live_streams_per_organisation: Count = 2_000

    data_dir: Path = Field(default_factory=default_data_dir)
    gateway_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,23}$")] = "gateway-1"
    auto_register: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = True

    webhook_allow_private: bool = False  # webhooks to http and private addresses: tests, closed networks
    company_login_allow_private: bool = False  # OpenID providers at private addresses: tests, closed networks

    # notices
    smtp_url: SecretStr | None = None  # smtp://user:password@host:587 (STARTTLS), smtps://...:465; none: no e-mail
    mail_from: str | None = None  # in whose name; ecc@<host of the mail server> when not given
    notice_retry_scale: Annotated[float, Field(gt=0, le=1)] = 1.0  # shortens every pause before a new attempt: tests

    # ingest
    rules_on: bool = True  # False: keep and do not judge (benchmarks)
    silence_after_s: Seconds = 900  # at least SILENCE_AT_LEAST_S
    silence_scale: Annotated[float, Field(gt=0, le=1)] = 1.0  # shortens it: tests
    late_after_s: Seconds = 900
    retention_years: Annotated[int, Field(ge=1, le=100)] = 10
    quarantine_days: Days = 90
    event_log_days: Days = 90
    alarm_history_days: Days = 3650
    audit_days: Days = 1095
    ledger_days: Days = 400
    ledger_warm_days: Annotated[int, Field(ge=1, le=36_500)] = 7  # held in the gateway's memory
    future_tolerance_s: Seconds = 300
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = 2000
    batch_rows_limit: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    batch_age_ms: Annotated[int, Field(ge=1, le=10_000)] = 50
    receive_maximum: Annotated[int, Field(ge=1, le=65535)] = 20_000

    @field_validator("silence_after_s")
    @classmethod
    def _silence_can_be_judged(cls, value: int) -> int:
        if value < SILENCE_AT_LEAST_S:
            at_least = f"must be at least {SILENCE_AT_LEAST_S}"
            raise ValueError(f"{at_least}: why a machine is silent shows by who else went silent within two minutes")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url_is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in DATABASE_SCHEMES:
            raise ValueError("must begin with postgresql:// and name a PostgreSQL database")
        return value

    @field_validator("mqtt_url")
    @classmethod
    def _mqtt_url_is_mqtt(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in MQTT_SCHEMES or not parts.hostname:
            raise ValueError("must look like mqtt://host:1883 or mqtts://host:8883")
        if parts.username or parts.password:
            raise ValueError("must not carry a login; use ECC_MQTT_USERNAME and ECC_MQTT_PASSWORD")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url_is_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value() if value else "smtp://host")
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must look like smtp://user:password@host:587 or smtps://user:password@host:465")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and ("@" not in parseaddr(value)[1] or "\n" in value):
            raise ValueError("must be an e-mail address, like ECC <ecc@example.com>")
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_origin(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
            raise ValueError("must look like https://ecc.example.com, without a path")
        return value

    @field_validator("grafana_url")
    @classmethod
    def _grafana_url_is_http(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("must look like https://grafana.example.com or https://example.com/grafana")
        return value.rstrip("/") if value else None

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str | None) -> str | None:
        try:
            for one in value.split(",") if value else ():
                ip_network(one.strip())
        except ValueError:
            raise ValueError("must be addresses or networks separated by commas, like 10.0.0.5,10.1.0.0/16") from None
        return value

    @field_validator("mqtt_ca_file", "mqtt_cert_file", "mqtt_key_file")
    @classmethod
    def _file_exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"names a file that is not there: {value}")
        return value

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        if (self.database_url is None) != (self.mqtt_url is None):
            given, missing = ("ECC_DATABASE_URL", "ECC_MQTT_URL")
            if self.database_url is None:
                given, missing = missing, given
            raise ValueError(f"{given} is set and {missing} is not; set both, or neither for the embedded servers")
        if (self.mqtt_cert_file is None) != (self.mqtt_key_file is None):
            raise ValueError("ECC_MQTT_CERT_FILE and ECC_MQTT_KEY_FILE belong together; only one is set")
        if self.mqtt_password is not None and self.mqtt_username is None:
            raise ValueError("ECC_MQTT_PASSWORD is set and ECC_MQTT_USERNAME is not")
        if 0 < self.ledger_days <= self.ledger_warm_days:
            raise ValueError("ECC_LEDGER_DAYS must be more than ECC_LEDGER_WARM_DAYS, or 0 to keep the ledger for ever")
        tls_files = (self.mqtt_ca_file, self.mqtt_cert_file)
        if any(tls_files) and not (self.mqtt_url or "").startswith("mqtts://"):
            raise ValueError("certificate files need an ECC_MQTT_URL that begins with mqtts://")
        return self

    @property
    def uses_embedded_servers(self) -> bool:
        """True when neither server is named, so that the embedded ones are used."""
        return self.database_url is None

    def database_url_for(self, role: Role) -> str:
        """The database's address for a role.

        Raises EmbeddedError when the embedded servers are wanted and do not run.
        """
        if self.database_url is None:
            return self._embedded().database_url(role)
        password: SecretStr | None = getattr(self, f"{role.removeprefix('ecc_')}_password")
        if password is None:
            return self.database_url.get_secret_value()
        parts = urlsplit(self.database_url.get_secret_value())
        place = parts.netloc.rpartition("@")[2]
        login = f"{role}:{quote(password.get_secret_value(), safe='')}"
        return urlunsplit(parts._replace(netloc=f"{login}@{place}"))

    def role_passwords(self) -> dict[str, str]:
        """role -> password, of the worker roles that have one set."""
        names = ("gateway", "diagnose", "sender", "housekeeping", "api", "grafana")
        given = {name: getattr(self, f"{name}_password") for name in names}
        return {f"ecc_{name}": secret.get_secret_value() for name, secret in given.items() if secret is not None}

    def broker_url(self) -> str:
        """The broker's address; raises EmbeddedError when the embedded servers are wanted and not running."""
        return self.mqtt_url if self.mqtt_url is not None else self._embedded().mqtt_url

    def _embedded(self) -> RunningServers:
        servers = running(self.data_dir) or running(self.data_dir / "demo")
        if servers is None:
            raise EmbeddedError(
                f"No embedded servers run on {self.data_dir}. Start them with `./ecc up` or `make demo`, "
                "or set ECC_DATABASE_URL and ECC_MQTT_URL."
            )
        return servers


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; keyword arguments (command-line options) win. Raises ValidationError."""
    return Settings(**overrides)  # type: ignore[arg-type]


def explain(error: ValidationError) -> list[str]:
    """One sentence for each thing that is wrong, naming its variable; no value is repeated, it may be secret."""
    sentences = []
    for problem in error.errors(include_url=False, include_input=False):
        place = "_".join(str(part) for part in problem["loc"])
        text = _in_words(problem["type"], problem.get("ctx", {}), problem["msg"])
        sentences.append(f"ECC_{place.upper()} {text}." if place else f"{text}.")
    return sentences


WORDS = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "must be 1 to 23 letters, digits, - or _",
}


def _in_words(kind: str, context: Mapping[str, object], message: str) -> str:
    if kind in WORDS:
        return WORDS[kind].format(**context)
    return message.removeprefix("Value error, ")


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each ECC_ variable that no setting reads, with the nearest name that one does."""
    known = [name.upper() for name in Settings.model_fields]
    sentences = []
    for name in sorted(environment):
        if name.startswith("ECC_") and name not in NOT_SETTINGS and (own := name.removeprefix("ECC_")) not in known:
            near = difflib.get_close_matches(own, known, n=1, cutoff=NEAR)
            hint = f"did you mean ECC_{near[0]}?" if near else "docs/operations.md lists them all."
            sentences.append(f"{name} is not a setting; {hint}")
    return sentences
