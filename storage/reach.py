"""Whether a database can be reached with the settings; for `ecc check-config`."""

from urllib.parse import urlsplit

import psycopg


class Unreachable(Exception):
    """No connection. `answered`: there is a server, and it said no; the text is why, without a password."""

    def __init__(self, why: str, *, answered: bool) -> None:
        self.answered = answered
        super().__init__(why)


def try_database(url: str, *, within_s: int) -> None:
    """Connect and leave again, `within_s` (2 at least) for each address of the host. Raises Unreachable."""
    try:
        psycopg.connect(url, connect_timeout=within_s, application_name="ecc check-config").close()
    except psycopg.OperationalError as error:
        first, _, fatal = str(error).partition("FATAL:")
        why = (fatal or first.rpartition("failed:")[2]).strip().partition("\n")[0]
        raise Unreachable(why, answered=bool(fatal)) from None


def place_of(url: str) -> str:
    """host:port of a database's address, without its login."""
    return urlsplit(url).netloc.rpartition("@")[2]
