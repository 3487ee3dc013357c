"""Putting the boards into a Grafana: its folder, its data source, then each board, by Grafana's HTTP API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, GrafanaUnauthorizedError

from dashboards.grafana.boards import BOARDS
from dashboards.grafana.build import Made, build
from dashboards.grafana.query import DATASOURCE_TYPE, DATASOURCE_UID
from dashboards.grafana.words import say
from fleet.errors import EccError

FOLDER_UID = "ecc"
TIMEOUT_S = 15.0
Answer = TypeVar("Answer")


class GrafanaRefused(EccError):
    """Grafana does not do what it was asked for."""

    code = "grafana_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where Grafana finds the database, as it reaches it, and ecc_grafana's password."""

    host: str
    name: str
    password: str
    sslmode: str = "require"

    @classmethod
    def at(cls, url: str, *, host: str | None = None) -> "Database":
        """Of ecc_grafana's own address; host: how Grafana reaches it, where that is another way."""
        parts = urlsplit(url)
        address = host or f"{parts.hostname}:{parts.port or 5432}"
        local = address.rpartition(":")[0] in {"127.0.0.1", "localhost", "::1"}
        return cls(
            host=address,
            name=parts.path.lstrip("/"),
            password=unquote(parts.password or ""),
            sslmode="disable" if local else "require",
        )


def datasource(database: Database) -> dict[str, Any]:
    """The data source as Grafana keeps it."""
    return {
        "uid": DATASOURCE_UID,
        "name": "ECC",
        "type": DATASOURCE_TYPE,
        "access": "proxy",
        "url": database.host,
        "user": "ecc_grafana",
        "jsonData": {
            "database": database.name,
            "sslmode": database.sslmode,
            "timescaledb": True,
            "postgresVersion": 1500,
            "timeInterval": "1m",
            "maxOpenConns": 10,
        },
        "secureJsonData": {"password": database.password},
    }


def push(url: str, credential: str | tuple[str, str], made: Made, *, database: Database | None) -> Sequence[str]:
    """Put folder, data source (where a database is given) and boards there, in place of those of before; returns the
    boards' addresses. Raises GrafanaRefused, which says in words what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise GrafanaRefused("grafana_url_wrong", url=url)
    grafana = GrafanaApi.from_url(url, credential=credential, timeout=TIMEOUT_S)
    title = say(made.language, "links", "folder")
    if _found(url, lambda: grafana.folder.get_folder(FOLDER_UID)) is None:
        _asked(url, lambda: grafana.folder.create_folder(title, uid=FOLDER_UID))
    else:
        _asked(url, lambda: grafana.folder.update_folder(FOLDER_UID, title=title, overwrite=True))
    if database is not None:
        _put_datasource(grafana, url, datasource(database))
    return [_put_board(grafana, url, build(board, made)) for board in BOARDS]


def _put_datasource(grafana: GrafanaApi, url: str, wanted: dict[str, Any]) -> None:
    if _found(url, lambda: grafana.datasource.get_datasource_by_uid(DATASOURCE_UID)) is None:
        _asked(url, lambda: grafana.datasource.create_datasource(wanted))
    else:
        _asked(url, lambda: grafana.datasource.update_datasource_by_uid(DATASOURCE_UID, wanted))


def _put_board(grafana: GrafanaApi, url: str, board: dict[str, Any]) -> str:
    given = {"dashboard": board, "folderUid": FOLDER_UID, "overwrite": True, "message": "ecc dashboards push"}
    answer = _asked(url, lambda: grafana.dashboard.update_dashboard(given))
    return str(answer.get("url") or f"/d/{board['uid']}")


def _found(url: str, ask: Callable[[], Answer]) -> Answer | None:
    """What Grafana answers; None where it has no such thing."""
    try:
        return _asked(url, ask)
    except GrafanaRefused as refused:
        if isinstance(refused.__cause__, GrafanaClientError) and refused.__cause__.status_code == 404:
            return None
        raise


def _asked(url: str, ask: Callable[[], Answer]) -> Answer:
    """What Grafana answers. Raises GrafanaRefused with its own words."""
    place = urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()  # without a password
    try:
        return ask()
    except GrafanaUnauthorizedError as error:
        raise GrafanaRefused("grafana_unauthorised", url=place) from error
    except GrafanaException as error:
        if error.status_code == 403:
            raise GrafanaRefused("grafana_forbidden", url=place, said=error.message) from error
        raise GrafanaRefused("grafana_refused", url=place, said=error.message) from error
    except (OSError, ValueError) as error:  # what its HTTP library raises: no connection, no JSON
        raise GrafanaRefused("grafana_unreachable", url=place, said=type(error).__name__) from error
