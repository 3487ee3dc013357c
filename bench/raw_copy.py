"""Raw binary COPY of a load's rows, in given batches, into an empty `reading`: what the database could take at best.

    python -m bench.raw_copy   # one line of JSON (Order) on stdin, then "go"; answers "ready", then one line of JSON

Everything is encoded before the clock starts, so the database has both cores; one COPY and one commit a batch.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from bench.load import Load, Rows, rows_of
from fleet.signals import Catalogue, StoredType, packaged_catalogue

EPOCH_2000_US = 946_684_800_000_000
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL = b"\xff\xff"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to copy: batches are row counts, taken from the load in the order in which it is sent."""

    database_url: str
    load: Load
    batches: list[int]

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Order:
        """The order of a line."""
        fields: dict[str, Any] = json.loads(line)
        return cls(**(fields | {"load": Load(**fields["load"])}))


def row_layout(catalogue: Catalogue, keys: tuple[str, ...]) -> np.dtype[Any]:
    """The fixed binary COPY layout of rows that carry `keys`: every column, an absent one as length -1."""
    fields: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in (("machine", ">i4"), ("measured_at", ">i8"), ("received_at", ">i8")):
        fields += [(f"{name}#", ">i4"), (name, kind)]
    for signal in catalogue:
        fields.append((f"{signal.key}#", ">i4"))
        if signal.key in keys:
            fields.append((signal.key, ">f4" if signal.stored is StoredType.FLOAT4 else ">f8"))
    return np.dtype(fields)


def encode_rows(load: Load, rows: Rows, chosen: npt.NDArray[np.intp]) -> bytes:
    """The rows at `chosen` as one binary COPY stream, grouped by signal set."""
    catalogue = packaged_catalogue()
    parts = [HEAD]
    for number, signals in enumerate(load.signal_sets):
        mine = chosen[rows.set_number[chosen] == number]
        layout = row_layout(catalogue, signals.keys)
        table = np.empty(len(mine), layout)
        table["columns"] = 3 + len(catalogue)
        names = layout.names or ()
        for length in (name for name in names if name.endswith("#")):
            key = length[:-1]
            table[length] = layout[key].itemsize if key in names else -1
        table["machine"] = rows.machine[mine] + 1
        table["measured_at"] = table["received_at"] = rows.at_us[mine] - EPOCH_2000_US
        for column, key in enumerate(signals.keys):
            table[key] = rows.values[mine, column]
        parts.append(table.tobytes())
    return b"".join([*parts, TAIL])


def encode_batches(order: Order) -> list[bytes]:
    """One binary COPY stream a batch."""
    rows = rows_of(order.load)
    ends = np.cumsum(order.batches)
    if ends[-1] != len(rows.machine):
        raise ValueError(f"the batches have {ends[-1]} rows, the load {len(rows.machine)}")
    return [
        encode_rows(order.load, rows, np.arange(end - size, end))
        for end, size in zip(ends.tolist(), order.batches, strict=True)
    ]


def copy_statement() -> sql.Composed:
    """COPY of every column but stored_at, whose default stays."""
    names = ("machine_id", "measured_at", "received_at", *packaged_catalogue().keys)
    return sql.SQL("COPY reading ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.SQL(", ").join(sql.Identifier(name) for name in names)
    )


def main() -> None:
    """Encode, say ready, wait for go, copy, report rows and seconds."""
    order = Order.from_json(sys.stdin.readline())
    batches = encode_batches(order)
    with psycopg.connect(order.database_url) as conn:
        statement = copy_statement()
        print("ready", flush=True)
        sys.stdin.readline()
        cpu, started = time.process_time(), time.perf_counter()
        for batch in batches:
            with conn.cursor().copy(statement) as copy:
                copy.write(batch)
            conn.commit()
        seconds = time.perf_counter() - started
    print(json.dumps({"rows": sum(order.batches), "seconds": seconds, "cpu_s": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    main()
