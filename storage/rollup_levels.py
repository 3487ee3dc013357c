"""The levels of rollups and how each is made from the finer one."""

from datetime import datetime

from psycopg import sql

Names = dict[str, sql.Composable]

# Each level: what it is made from, its name, its width. Days (UTC) are kept of what boards sum up over all machines.
COARSER = (("1m", "15m", "15 minutes"), ("15m", "1h", "1 hour"))
WITH_DAYS = (*COARSER, ("1h", "1d", "1 day"))


def levels(table: str, counted: str, level: str, finer: str = "1m") -> Names:
    """The tables of a level and of the finer one: as stored, and as counted now."""
    return {
        "level": sql.Identifier(f"{table}_{level}"),
        "counted": sql.Identifier(f"{counted}_{level}"),
        "finer": sql.Identifier(f"{table}_{finer}"),
        "finer_counted": sql.Identifier(f"{counted}_{finer}"),
    }


def within(lowest: datetime, highest: datetime) -> Names:
    """Bounds as literals: only so does the planner leave out the chunks that lie outside."""
    return {"lowest": sql.Literal(lowest), "highest": sql.Literal(highest)}


def interval(text: str) -> sql.Composable:
    """An interval as a literal."""
    return sql.Literal(text) + sql.SQL("::interval")
