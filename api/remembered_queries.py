"""What the parameters of a list say, remembered by their text: programs and consoles ask for the same pages all day.

FastAPI works out anew with each request what each declared parameter is and validates each by itself: for the fourteen
of a list of machines a sixth of all that the request costs this process. What they say depends on their text alone.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi.dependencies import utils
from starlette.datastructures import Headers, QueryParams

_KEPT: Final = 1_000
_LISTS: Final = ({"limit", "cursor"}, {"q", "has_open_alarm"})  # some of the names that mark parameters of lists
_PLAIN: Final = (str, int, float, bool, type(None), UUID)
_Found = tuple[dict[str, Any], list[Any]]


class RememberedQueries:
    """FastAPI's way from parameters to values, asked once for the parameters of a list and a text."""

    def __init__(self) -> None:
        self._read = utils.request_params_to_args
        self._known: OrderedDict[tuple[int, tuple[tuple[str, str], ...]], tuple[Sequence[Any], dict[str, Any]]] = (
            OrderedDict()
        )

    def __call__(self, fields: Sequence[Any], received_params: Mapping[str, Any] | QueryParams | Headers) -> _Found:
        """The values by name, and the errors; what has errors is not remembered, nor what could be changed."""
        if not fields or not isinstance(received_params, QueryParams):
            return self._read(fields, received_params)
        key = id(fields), tuple(received_params.multi_items())
        known = self._known.get(key)
        if known is not None and known[0] is fields:  # which lives as long as it is known here
            return known[1].copy(), []
        values, errors = self._read(fields, received_params)
        if not errors and _is_of_list(fields) and all(_is_plain(value) for value in values.values()):
            self._known[key] = fields, values.copy()
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return values, errors


def _is_of_list(fields: Sequence[Any]) -> bool:
    names = {field.name for field in fields}
    return any(some <= names for some in _LISTS)


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN)


def install() -> None:
    """Let FastAPI remember. Its function is put in another's place because nothing else of it can be told to."""
    if not isinstance(utils.request_params_to_args, RememberedQueries):
        utils.request_params_to_args = RememberedQueries()
