"""How a machine was used beside the others of its model, without telling how a single stranger's was."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from storage.read_briefs import BriefMachineRow, list_peers, list_visible, read_worked
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.briefs.brief import BriefPeers, ratio

MOST_PEERS = 200
HIDDEN_PEERS = 5
"""So many machines of others must be there before any of them counts: no single stranger's use is told."""


async def compare_models(
    conn: Connection,
    scope: Scope,
    machines: Sequence[BriefMachineRow],
    *,
    from_us: int,
    to_us: int,
    now: datetime,
) -> dict[int, BriefPeers]:
    """Of each machine the others of its model: those that the scope sees now, and those of strangers where there are
    enough of them. Machines without others are left out."""
    models = sorted({row.model_id for row in machines if row.model_id is not None})
    if not models or from_us >= to_us:
        return {}
    of_model: dict[int, list[int]] = {}
    for machine, model in await list_peers(conn, models, most=MOST_PEERS):
        of_model.setdefault(model, []).append(machine)
    everybody = [machine for others in of_model.values() for machine in others]
    worked = await read_worked(conn, everybody, from_us=from_us, to_us=to_us)
    seen = await list_visible(conn, scope, everybody, now=now)
    found = {}
    for row in machines:
        others = [one for one in of_model.get(row.model_id or 0, ()) if one != row.machine_id and one in worked]
        told = others_told(others, seen)
        middle = ratio(median([worked[one] for one in told]), (to_us - from_us) / 1e6) if told else None
        if middle is not None:
            found[row.machine_id] = BriefPeers(machines=len(told), median_utilisation_ratio=round(middle, 2))
    return found


def others_told(others: Sequence[int], seen: set[int]) -> list[int]:
    """Of a model's other machines those that may count."""
    hidden = [one for one in others if one not in seen]
    return [one for one in others if one in seen] + (hidden if len(hidden) >= HIDDEN_PEERS else [])
