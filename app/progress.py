"""How far a long step is: a bar on standard error that goes away when it is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar; what it gives is called with how many are done, of how many. None where nobody looks (no terminal)."""
    columns = (TextColumn("{task.description:>16}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)
