"""Lists in the order of names: how one is asked for and answered, the same for every noun that has one."""

from dataclasses import dataclass
from typing import Annotated, Any, Protocol, Self, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit
from api.writes import Fields, listed
from storage.pages import NameSort
from usecases.master_data import ListWish


class NamedPage(Protocol):
    """A page of a list, before it has its cursor."""

    @property
    def end(self) -> Any:
        """The name and number of its last entry when there are more; None otherwise."""

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""


Page = TypeVar("Page", bound=NamedPage)


@dataclass(frozen=True, slots=True)
class NamedList:
    """One list as it was asked for. Its cursors are those of this list in this order."""

    wish: ListWish
    order: str
    fields: str | None

    def with_cursor(self, page: Page) -> Page:
        """The page with its cursor for the next one."""
        return page.with_cursor(cursors.encode([self.order, *page.end]) if page.end else None)

    def answer(self, page: NamedPage) -> Response:
        """The page as JSON. Raises InvalidInput for unknown fields."""
        return listed(self.with_cursor(page), self.fields)


async def _asked(
    request: Request, sort: NameSort = "name", limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> NamedList:
    order = f"{request.url.path.rpartition('/')[2]} {sort}"
    return NamedList(ListWish(sort=sort, after=cursors.decode(cursor, names=order), limit=limit), order, fields)


ByName = Annotated[NamedList, Depends(_asked)]
