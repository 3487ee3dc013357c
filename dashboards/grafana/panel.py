"""What a panel asks and shows, said once; grafana.py turns it into the SDK's objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Units as Grafana names them.
COUNT, TEXT, PERCENT, HOURS, SECONDS, TIME = "short", "string", "percent", "h", "s", "dateTimeAsIso"
LITRES, LITRES_PER_HOUR, RPM, CELSIUS, KILOPASCAL = "litre", "suffix: L/h", "rotrpm", "celsius", "pressurekpa"
DATE = "time:YYYY-MM-DD"


class View(StrEnum):
    """How the rows are shown."""

    STAT = "stat"  # one row, a number a column
    LINES = "lines"  # over time: time, then metric and value, or a number a column
    BARS = "bars"  # the same, stacked
    RANKED = "ranked"  # horizontal bars: a text, then numbers
    TABLE = "table"


class Link(StrEnum):
    """Where a click on a cell leads; the id is in a column of the same row."""

    MACHINE = "machine"  # the console's page of the machine in `machine_id`
    ALARM = "alarm"  # the console's page of the alarm in `alarm_id`
    BOARD = "board"  # this machine's diagnosis board


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: title and description stand in words.toml under its board's and its own key.

    columns: what the statement answers, in its order, with each one's unit; of rows with `metric` the unit of `value`
    is the panel's. lines: the lists whose codes `metric` is, with spaces between; none: it is a name. links: column ->
    where it leads. hidden: columns that only links need. limits: from which value on it is yellow or red. width: of 24;
    points: at most so many over time.
    """

    key: str
    view: View
    sql: str
    columns: Mapping[str, str]
    lines: tuple[str, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset({"machine_id", "alarm_id"})
    limits: tuple[tuple[str, float], ...] = ()
    width: int = 12
    height: int = 8
    points: int = 300
    decimals: int | None = None
    most: float | None = None

    @property
    def over_time(self) -> bool:
        """Whether its rows have a time."""
        return self.view in {View.LINES, View.BARS}

    @property
    def unit(self) -> str:
        """The unit of what it shows in the first place."""
        shown = [u for c, u in self.columns.items() if c not in self.hidden and u not in {TIME, DATE, TEXT}]
        return shown[0] if shown else TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A list above the board; its statement answers __text and __value. with_all: all of it may be chosen."""

    key: str
    sql: str
    multi: bool = True
    with_all: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Marks on everything that is drawn over time: the statement answers time, timeend, title, text and tags."""

    key: str
    sql: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board. Its statements may name the relations of words in questions.py, as {signals}: the board's language."""

    key: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    annotations: tuple[Annotation, ...] = ()
    span: str = "now-7d"
    refresh: str = "1m"

    @property
    def uid(self) -> str:
        """What addresses and links know it by, on every Grafana."""
        return f"ecc-{self.key}"
