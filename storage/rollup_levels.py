"""The levels of rollups and how each is made from the finer one."""

from psycopg import sql

Names = dict[str, sql.Composable]

# Each level: what it is made from, its name, its width.
COARSER = (("1m", "15m", "15 minutes"), ("15m", "1h", "1 hour"))


def levels(table: str, counted: str, level: str, finer: str = "1m") -> Names:
    """The tables of a level and of the finer one: as stored, and as counted now."""
    return {
        "level": sql.Identifier(f"{table}_{level}"),
        "counted": sql.Identifier(f"{counted}_{level}"),
        "finer": sql.Identifier(f"{table}_{finer}"),
        "finer_counted": sql.Identifier(f"{counted}_{finer}"),
    }


def interval(text: str) -> sql.Composable:
    """An interval as a literal."""
    return sql.Literal(text) + sql.SQL("::interval")
