"""Tables as lines of text: as wide as the terminal, whole in a pipe."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console

_UNWRAPPED = 10_000


def shown_width() -> int | None:
    """Columns to write in; None, nothing is to be cut, for a pipe or a file (unless COLUMNS says otherwise)."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return None


def wide_console() -> Console:
    """A console of that width: what goes into a pipe or a file is not wrapped."""
    return Console(width=shown_width() or _UNWRAPPED)


def table_lines(
    rows: Sequence[Sequence[str]], *, width: int | None, at_most: Mapping[int, int] | None = None
) -> Iterator[str]:
    """A line a row, cells below each other; what is beyond `width` is cut.

    at_most: column -> its columns on the screen at most; not obeyed where nothing is to be cut.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        for column, size in (at_most or {}).items():
            widths[column] = min(widths[column], size)
    for row in rows:
        cells = [fitted(cell, size) for cell, size in zip(row[:-1], widths[:-1], strict=True)]
        line = "  ".join([*cells, row[-1]]).rstrip()
        yield line if width is None or cell_len(line) <= width else fitted(line, width)


def fitted(text: str, size: int) -> str:
    """Exactly `size` columns of the text; what is too long ends in an ellipsis."""
    return set_cell_size(text, size) if cell_len(text) <= size else set_cell_size(text, size - 1) + "…"
