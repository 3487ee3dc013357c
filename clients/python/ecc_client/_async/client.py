"""The client: one method for each thing that programs ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import BaseModel

from ecc_client import models
from ecc_client._async.collection import AsyncCollection
from ecc_client._async.credentials import AsyncApiKey, AsyncClientCredentials, AsyncCredentials, AsyncPassword
from ecc_client._async.live import live
from ecc_client._async.transport import API, AsyncTransport, Body, Model, told
from ecc_client.frames import Event
from ecc_client.retries import Retries
from ecc_client.tables import MEDIA_TYPE, Columns

Reference = UUID | str


class AsyncClient:
    """The API of one ECC server, for one caller. Close it, or use it in `async with`.

    `language` (zh or en) is that of texts and problems. `retries` says when requests are sent again. `http` is an
    httpx client of your own (proxies, certificates, limits); its base_url is set.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        credentials: AsyncCredentials | None = None,
        language: str = "en",
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        if (api_key is None) == (credentials is None):
            raise ValueError("Give an api_key, or use with_client_credentials or with_password.")
        self._http = http or httpx.AsyncClient(timeout=timeout_s)
        self._http.base_url = httpx.URL(base_url)
        self._http.headers["Accept-Language"] = language
        self.transport = AsyncTransport(
            self._http, credentials or AsyncApiKey(api_key or ""), Retries() if retries is None else retries
        )
        self._add_collections()

    @classmethod
    def with_client_credentials(
        cls, base_url: str, client_id: str, client_secret: str, *, scopes: Sequence[str] | None = None, **options: Any
    ) -> Self:
        """For an integrator's program: OAuth 2 client credentials; tokens are fetched and renewed as needed."""
        return cls(base_url, credentials=AsyncClientCredentials(client_id, client_secret, scopes), **options)

    @classmethod
    def with_password(cls, base_url: str, login: str, password: str, **options: Any) -> Self:
        """For a person: the password is sent once, then refresh tokens are exchanged."""
        return cls(base_url, credentials=AsyncPassword(login, password), **options)

    def _add_collections(self) -> None:
        m, of = models, self.transport
        self.machines = AsyncCollection[m.MachineSummary, m.MachineDetail](
            of, "machines", m.MachinePage, m.MachineDetail
        )
        self.terminals = AsyncCollection[m.Terminal, m.Terminal](of, "terminals", m.TerminalPage, m.Terminal)
        self.models = AsyncCollection[m.Model, m.Model](of, "models", m.ModelPage, m.Model)
        self.sites = AsyncCollection[m.Site, m.Site](of, "sites", m.SitePage, m.Site)
        self.geofences = AsyncCollection[m.Geofence, m.Geofence](of, "geofences", m.GeofencePage, m.Geofence)
        self.organisations = AsyncCollection[m.OrganisationDetail, m.OrganisationDetail](
            of, "organisations", m.OrganisationPage, m.OrganisationDetail
        )
        self.people = AsyncCollection[m.Person, m.Person](of, "people", m.PersonPage, m.Person)
        self.rosters = AsyncCollection[m.Roster, m.Roster](of, "rosters", m.RosterPage, m.Roster)
        self.alarms = AsyncCollection[m.Alarm, m.AlarmDetail](of, "alarms", m.AlarmPage, m.AlarmDetail)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def me(self) -> models.Me:
        """Who the server takes this client for, with its role and scopes."""
        return await self.transport.get(f"{API}/auth/me", models.Me)

    async def get(self, path: str, model: type[Model], **params: Any) -> Model:
        """Any other answer: `await client.get("/api/v1/units", models.UnitList)`."""
        return await self.transport.get(path, model, **params)

    def pages(self, path: str, page: type[BaseModel], **params: Any) -> AsyncIterator[Any]:
        """The items of any other list, over all its pages."""
        return self.transport.pages(path, page, **params)

    async def post(self, path: str, body: Body | None, model: type[Model], *, key: str | None = None) -> Model:
        """Any other POST that takes an Idempotency-Key, done once."""
        return await self.transport.post(path, body, model, key=key)

    async def signals(self) -> Sequence[models.SignalEntry]:
        """The catalogue of signals: keys, units, limits, names."""
        return (await self.transport.get(f"{API}/signals", models.SignalList)).items

    async def state(self, machine: Reference) -> models.MachineState:
        """The last value of every signal of a machine."""
        return await self.transport.get(_of(machine, "state"), models.MachineState)

    async def readings(
        self,
        machine: Reference,
        signals: Sequence[str] | None = None,
        from_: datetime | None = None,
        to: datetime | None = None,
        *,
        max_points: int = 1000,
    ) -> Columns:
        """Readings with from_ <= time < to: by `measured_at` as they were, or mean, min and max by `bucket_at`.

        Without a span the last hour; without signals what the machine reports, at most 20.
        """
        params = {"signals": _joined(signals), "from": from_, "to": to, "max_points": max_points}
        return _columns(await self._arrow(_of(machine, "readings"), params))

    async def raw_readings(
        self, machine: Reference, signals: Sequence[str], from_: datetime, to: datetime, *, max_points: int = 200_000
    ) -> AsyncIterator[Columns]:
        """The readings themselves, however long the span, in parts of at most `max_points`."""
        params = {"signals": _joined(signals), "to": to, "max_points": max_points, "resolution": "raw"}
        following: datetime | str | None = from_
        while following is not None:
            answer = await self._arrow(_of(machine, "readings"), {**params, "from": following})
            yield _columns(answer)
            following = answer.headers.get("ecc-next-from")

    async def fleet_matrix(self, signals: Sequence[str], **filters: Any) -> Columns:
        """The last value of these signals and when it was measured, for every machine that is yours to see."""
        return _columns(await self._arrow(f"{API}/fleet/matrix", {"signals": _joined(signals), **filters}))

    async def positions(self) -> Columns:
        """Every machine's place, work state and worst open alarm."""
        return _columns(await self._arrow(f"{API}/fleet/positions", {}))

    async def missing(
        self, machine: Reference, from_: datetime | None = None, to: datetime | None = None
    ) -> models.MissingMinutes:
        """Which minutes of a machine are missing, and why; the last day, unless told."""
        return await self.transport.get(_of(machine, "missing"), models.MissingMinutes, from_=from_, to=to)

    async def acknowledge(self, alarm: Reference) -> models.AlarmDetail:
        """Acknowledge an alarm. Raises Conflict when somebody already had; sent once, never repeated."""
        path = f"{API}/alarms/{quote(str(alarm), safe='')}/acknowledge"
        return models.AlarmDetail.model_validate_json((await self.transport.send("POST", path)).content)

    def live(self, *, last_event_id: str | None = None, **filters: Any) -> AsyncIterator[Event]:
        """Transitions and other events as they are committed, and changed machines once a second.

        For ever, over any number of connections: none is missed and none comes twice. Filters: kinds, severity,
        machine, site, model, machine_kind, organisation (lists), states, signals. After an event `reset` read anew
        what you keep: the place to resume from was too old. `gone` of `machines`: those not yours any more.
        """
        return live(self.transport, last_event_id=last_event_id, **filters)

    async def iso_fleet(self, *, edition: str = "2020") -> AsyncIterator[dict[str, Any]]:
        """The ISO 15143-3 snapshot of each machine, over all pages, in its JSON form."""
        path = f"/aemp/{edition}/Fleet"
        while path:
            fleet = (await self.transport.send("GET", path, headers={"Accept": "application/json"})).json()["Fleet"]
            for equipment in fleet["Equipment"]:
                yield equipment
            following = [link["href"] for link in fleet["Links"] if link["rel"] == "next"]
            path = httpx.URL(following[0]).raw_path.decode() if following else ""  # never to another server

    async def _arrow(self, path: str, params: dict[str, Any]) -> httpx.Response:
        return await self.transport.send("GET", path, params=told(params), headers={"Accept": MEDIA_TYPE})


def _joined(signals: Sequence[str] | None) -> str | None:
    return ",".join(signals) if signals else None


def _columns(answer: httpx.Response) -> Columns:
    withheld = answer.headers.get("ecc-withheld")
    return Columns(answer.content, tuple(withheld.split(",")) if withheld else ())


def _of(machine: Reference, part: str) -> str:
    return f"{API}/machines/{quote(str(machine), safe=':')}/{part}"
