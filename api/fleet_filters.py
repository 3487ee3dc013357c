"""The conditions that lists of machines take, the same for pages and for the fleet as a whole."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query

from api.schemas.shape import SeverityName
from storage.machine_filter import MachineFilter


async def _filters(
    *,
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=100,
            pattern="^[^\\x00]*$",
            description="Part of name, PIN, serial number or equipment id.",
        ),
    ] = None,
    kind: Annotated[str | None, Query(max_length=64, pattern="^[^\\x00]*$", examples=["excavator"])] = None,
    online: Annotated[bool | None, Query(description="`false`: also those of which it is not known.")] = None,
    has_open_alarm: bool | None = None,
    severity: Annotated[SeverityName | None, Query(description="Of the machine's worst open alarm.")] = None,
    organisation: Annotated[UUID | None, Query(description="Owned now by this organisation or one below it.")] = None,
    site: UUID | None = None,
    model: UUID | None = None,
    mode: Literal["in_service", "transport", "in_repair", "stored", "scrapped"] | None = None,
) -> MachineFilter:
    return MachineFilter(
        q=q,
        kind=kind,
        online=online,
        has_open_alarm=has_open_alarm,
        severity=severity,
        organisation=organisation,
        site=site,
        model=model,
        mode=mode,
    )


MachineFilters = Annotated[MachineFilter, Depends(_filters)]
