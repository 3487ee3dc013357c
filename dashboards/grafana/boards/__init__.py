"""The boards, each in a module of its own, in the order in which they are listed."""

from dashboards.grafana.boards.comparison import COMPARISON
from dashboards.grafana.boards.machine import MACHINE
from dashboards.grafana.boards.maintenance import MAINTENANCE
from dashboards.grafana.boards.overview import OVERVIEW
from dashboards.grafana.boards.quality import QUALITY
from dashboards.grafana.panel import Board
from fleet.errors import NotFound

BOARDS = (OVERVIEW, MACHINE, COMPARISON, MAINTENANCE, QUALITY)


def boards_called(key: str | None) -> tuple[Board, ...]:
    """The board of that key; all of them for None. Raises NotFound."""
    found = tuple(board for board in BOARDS if key in {None, board.key})
    if not found:
        raise NotFound("grafana_board_unknown", found=key, known=[board.key for board in BOARDS])
    return found
