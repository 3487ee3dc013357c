"""Which terminal is on which machine, by any name that a person may give."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A terminal and one of its times on a machine; pin None: it never was on one. from_at, to_at None: open-ended."""

    terminal: str
    pin: str | None
    from_at: datetime | None
    to_at: datetime | None

    def covers(self, first: datetime, last: datetime) -> bool:
        """Whether it was on the machine all the time from `first` to `last`."""
        begun = self.from_at is None or self.from_at <= first
        return self.pin is not None and begun and (self.to_at is None or last < self.to_at)


FIND: LiteralString = """
SELECT t.name AS terminal, m.pin, nullif(i.from_at, '-infinity') AS from_at, nullif(i.to_at, 'infinity') AS to_at
FROM terminal t LEFT JOIN installation i USING (terminal_id) LEFT JOIN machine m USING (machine_id)
"""
ORDER: LiteralString = " ORDER BY t.name, i.from_at"


def list_of_terminal(conn: psycopg.Connection, terminal: str) -> list[Installed]:
    """The installations of the terminal of this name, in order; [] when there is no such terminal."""
    with conn.cursor(row_factory=class_row(Installed)) as cursor:
        return cursor.execute(FIND + " WHERE t.name = %s" + ORDER, [terminal]).fetchall()


def list_of_machine(conn: psycopg.Connection, name: str) -> list[Installed]:
    """The installations on machines whose PIN, serial number or equipment id is `name`."""
    where: LiteralString = " WHERE %(name)s IN (m.pin, m.serial_no, m.equipment_id)"
    with conn.cursor(row_factory=class_row(Installed)) as cursor:
        return cursor.execute(FIND + where + ORDER, {"name": name}).fetchall()
