"""Columns as Arrow and pandas; each is imported when it is asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecc_client.errors import BadAnswer, MissingExtra

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True, slots=True)
class Columns:
    """An answer of columns, as it came: an Arrow stream. `withheld` are signals of which you may see nothing."""

    stream: bytes
    withheld: tuple[str, ...] = ()

    def arrow(self) -> pa.Table:
        """A table; each field names its `unit` in its metadata, the schema's says what the answer is about (`about`).

        Raises BadAnswer when the stream was cut off.
        """
        arrow = _imported("pyarrow", "arrow")
        try:
            return arrow.ipc.open_stream(self.stream).read_all()
        except (arrow.ArrowInvalid, OSError) as error:
            raise BadAnswer(f"The columns did not arrive whole: {error}") from error

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column that has one."""
        return {
            field.name: field.metadata[b"unit"].decode()
            for field in self.arrow().schema
            if field.metadata and b"unit" in field.metadata
        }

    @property
    def about(self) -> dict[str, str]:
        """What the answer says about itself, such as `resolution` or `truncated`."""
        told: dict[bytes, bytes] = self.arrow().schema.metadata or {}
        return {name.decode().removeprefix("ecc."): value.decode() for name, value in told.items()}

    def pandas(self) -> pd.DataFrame:
        """A DataFrame by its first column: the time (UTC) or the machine's id. `attrs` holds `units` and `about`."""
        _imported("pandas", "pandas")
        table = self.arrow()
        frame: pd.DataFrame = table.to_pandas().set_index(table.column_names[0])
        frame.attrs["units"] = self.units
        frame.attrs["about"] = self.about
        return frame


def _imported(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra(f"This needs {module}: pip install 'ecc-client[{extra}]'.") from error
