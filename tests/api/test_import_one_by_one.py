"""What is told of a file that is written as a whole is what is told of it line by line."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.reasons import Fault
from usecases import import_entries

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKED, AS_CSV = "/api/v1/machines/import?dry_run=true", {"content-type": "text/csv"}


@pytest.fixture(scope="module", autouse=True)
def _lead(world):
    world.person("lead", world.organisations["platform"], "lead")


def places(answer: httpx.Response) -> list[str]:
    return [error["where"] for error in answer.json()["errors"]]


CELLS = {
    "pin": ["ALL-1", "ALL-2", "ALL-3", "ALL-4", "PIN-crane", "\t"],
    "name": ["x", "x", "x", ""],
    "mode": ["", "in_service", "flying"],
    "serial_no": ["", "", "S-1", "SN-crane"],
    "model": ["", "NEW-9", "OTHER-9"],
    "kind": ["excavator", "excavator", "boat"],
    "site": ["", "", "Nowhere"],
}


def frees_a_number(line: tuple[str, ...]) -> bool:
    return line[0] == "PIN-crane" and line[3] == "S-1"


LINES = st.lists(
    st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())).filter(lambda line: not frees_a_number(line)),
    min_size=1,
    max_size=6,
)


async def told_together_and_one_by_one(clients, monkeypatch, lines) -> tuple[httpx.Response, httpx.Response]:
    """What is told of a file by a dry run, and by one that writes each line by itself where any is wrong."""
    text = "\n".join(",".join(line) for line in [tuple(CELLS), *lines])

    async def nothing(*_: object, **__: object) -> tuple[list[Fault], int]:
        return [], 0

    async with clients.of("lead") as http:
        together = await http.post(ASKED, content=text.encode(), headers=AS_CSV)
        with monkeypatch.context() as one_by_one:
            one_by_one.setattr(import_entries, "_wrong_together", nothing)
            alone = await http.post(ASKED, content=text.encode(), headers=AS_CSV)
    assert together.status_code in (200, 422), together.text
    assert alone.status_code in (200, 422), alone.text
    return together, alone


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
async def test_what_is_told_of_lines_that_are_written_together_is_what_is_told_one_by_one(clients, monkeypatch, lines):
    together, alone = await told_together_and_one_by_one(clients, monkeypatch, lines)
    assert (together.status_code, together.json()) == (alone.status_code, alone.json())


async def test_a_number_that_a_later_line_gives_up_is_free_and_only_one_by_one_is_that_not_seen(clients, monkeypatch):
    takes, gives_up = ("ALL-1", "x", "", "SN-crane", "", "excavator", ""), ("PIN-crane", "x", "", "S-1", "", "", "")
    right, _ = await told_together_and_one_by_one(clients, monkeypatch, [takes, gives_up])
    assert right.status_code == 200
    flying = ("ALL-2", "x", "flying", "", "", "excavator", "")
    together, alone = await told_together_and_one_by_one(clients, monkeypatch, [takes, gives_up, flying])
    assert places(together) == ["line 4, mode"]
    assert places(alone) == ["line 2, serial_no", "line 4, mode"]
