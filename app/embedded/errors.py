"""What can go wrong with the embedded servers, in sentences a person can act on."""

from __future__ import annotations

WAY_OUT = (
    "Point ECC at servers of your own instead: set ECC_DATABASE_URL (PostgreSQL 15 or later with TimescaleDB) "
    "and ECC_MQTT_URL (Mosquitto 2.0 or later)."
)

ENGLISH = (
    "Work briefs on paper and pictures are in English where the host has no font with Chinese letters "
    "(Debian: apt-get install fonts-noto-cjk)."
)


class EmbeddedError(RuntimeError):
    """The embedded servers cannot be used; the message says why and what to do."""


class FetchError(EmbeddedError):
    """The server programs could not be fetched; the message names ECC_DATABASE_URL and ECC_MQTT_URL as the way out."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} {WAY_OUT}")
        self.reason = reason


class FontError(EmbeddedError):
    """The Chinese font could not be fetched; nothing but Chinese papers and pictures needs it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} {ENGLISH}")


class StartError(EmbeddedError):
    """A server did not come up; the message ends with the last lines of its log."""


class DataDirInUseError(EmbeddedError):
    """Another running ECC holds this data directory."""
