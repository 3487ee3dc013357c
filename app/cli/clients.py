"""`ecc clients`: programs of integrators, their scopes and secrets."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from api.rights import GRANTABLE
from app.cli.master_data import AsJson, Operator, as_json, now, platform, run
from app.columns import shown_width, table_lines
from fleet.errors import InvalidInput, NotFound
from storage.read_pool import Connection
from usecases import edit_clients
from usecases.edit_clients import SCOPES, Client, ClientWithSecret, Powers
from usecases.import_directory import Directory
from usecases.master_data import ListWish

app = typer.Typer(help="Programs of integrators: API keys and OAuth 2 clients.", no_args_is_help=True)
Reference = Annotated[str, typer.Argument(help="Id, or the whole name.")]
_PAGE = 1_000


@app.command("list")
def list_clients(
    revoked: Annotated[bool, typer.Option("--revoked", help="Revoked ones as well.")] = False, is_json: AsJson = False
) -> None:
    """All clients, by name."""
    clients = run(_list(revoked))
    if is_json:
        print(as_json(clients))
        return
    rows = [
        (c.id, c.name, c.organisation_name, " ".join(c.scopes), _day(c.last_used_at), _day(c.expires_at), _state(c))
        for c in clients
    ]
    header = ("id", "name", "organisation", "scopes", "last used", "expires", "state")
    print("\n".join(table_lines([header, *rows], width=shown_width())))


def _day(at: datetime | None) -> str:
    return "-" if at is None else at.strftime("%Y-%m-%d %H:%M")


def _state(client: Client) -> str:
    return "revoked" if client.revoked_at else f"{len(client.secrets)} secrets" if len(client.secrets) > 1 else "open"


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    organisation: Annotated[str, typer.Option(help="Whose program it is: name or external number.")],
    scope: Annotated[list[str], typer.Option(help=f"May be given several times: {', '.join(SCOPES)}.")],
    role: Annotated[str, typer.Option(help="integrator or auditor.")] = "integrator",
    days: Annotated[int | None, typer.Option(min=1, help="It expires after so many days.")] = None,
    is_json: AsJson = False,
) -> None:
    """Make a client and print its secret, this once."""
    _show(run(_create(name, organisation, scope, role, days)), is_json)


@app.command()
def rotate(
    client: Reference,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="So long the secret so far stays valid.")] = 24,
    is_json: AsJson = False,
) -> None:
    """Give a client a new secret and print it, this once."""
    _show(run(_rotate(client, timedelta(hours=overlap_hours))), is_json)


@app.command()
def revoke(client: Reference) -> None:
    """End a client: its secrets and tokens are refused from now on."""
    found = run(_revoke(client))
    print(f"{found.name} ({found.id}) is revoked.")


def _show(made: ClientWithSecret, is_json: bool) -> None:
    if is_json:
        print(as_json(made))
        return
    print(f"client_id     {made.id}\nclient_secret {made.secret}")
    print("The secret is not kept and not shown again. It serves as API key, or as client_secret at /oauth/token.")


async def _list(with_revoked: bool) -> list[Client]:
    clients: list[Client] = []
    async with platform("clients list") as (conn, by):
        after: tuple[str, int] | None = None
        while True:
            wish = ListWish(after=after, limit=_PAGE)
            page = await edit_clients.list_clients(conn, by.scope, wish, with_revoked=with_revoked, now=now())
            clients += page.items
            if page.end is None:
                return clients
            after = page.end


async def _create(name: str, organisation: str, scopes: list[str], role: str, days: int | None) -> ClientWithSecret:
    async with platform("clients create") as (conn, by):
        owner = (await Directory.of(conn, by.scope)).get(organisation, "organisation")
        values = {
            "name": name,
            "organisation_id": owner.public_id,
            "scopes": scopes,
            "role": role,
            "expires_at": None if days is None else now() + timedelta(days=days),
        }
        return await edit_clients.create_client(conn, by, values, powers=Powers(grantable=_grantable), now=now())


def _grantable(kind: str) -> frozenset[str]:
    """Every role that somebody may give to a client of an organisation of this kind."""
    return frozenset[str]().union(*GRANTABLE.get(kind, {}).values()) & {"integrator", "auditor"}


async def _find(conn: Connection, by: Operator, reference: str) -> UUID:
    try:
        return UUID(reference)
    except ValueError:
        page = await edit_clients.list_clients(conn, by.scope, ListWish(limit=_PAGE), with_revoked=False, now=now())
    found = [client.id for client in page.items if client.name == reference]
    if not found:
        raise NotFound(f"There is no client called {reference!r}; `ecc clients list` shows all.")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} clients are called {reference!r}: {', '.join(found)}.")
    return UUID(found[0])


async def _rotate(reference: str, overlap: timedelta) -> ClientWithSecret:
    async with platform("clients rotate") as (conn, by):
        client_id = await _find(conn, by, reference)
        powers = Powers(grantable=_grantable)
        return await edit_clients.rotate_secret(conn, by, client_id, overlap=overlap, powers=powers, now=now())


async def _revoke(reference: str) -> Client:
    async with platform("clients revoke") as (conn, by):
        client_id = await _find(conn, by, reference)
        await edit_clients.revoke_client(conn, by, client_id, version=None, grantable=_grantable, now=now())
        return await edit_clients.get_client(conn, by.scope, client_id, now=now())
