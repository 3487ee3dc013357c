"""Statements as Grafana sends them: variables and the macros of its PostgreSQL data source filled in.

Written from the documentation of the data source (query editor, "Macros"; templates, "Use template variables"), for
checking and measuring boards where no Grafana runs. Of the macros those that boards use: $__timeFilter, $__timeFrom,
$__timeTo, $__timeGroup and $__timeGroupAlias with TimescaleDB switched on, $__interval and $__interval_ms.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from fleet.errors import InvalidInput

ALL = "'*'"
"""What stands for a variable of which all is chosen: its custom all value, which Grafana puts in as it is."""
MARK = "$__"
_VARIABLE = re.compile(r"\$(?!__)(\w+)")
_MACRO = re.compile(r"\$(__\w+)\(([^)]*)\)")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# What Grafana rounds the width of a point to, in seconds (rangeutil.roundInterval of its front end), from 1 s on.
_ROUND_S = (
    *(1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked at: the span, how many points fit, and what is chosen of each variable (a list: of several)."""

    from_at: datetime
    to_at: datetime
    points: int = 300
    chosen: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    @property
    def interval_s(self) -> int:
        """The width of a point: at least a minute, as the boards ask for."""
        wanted = (self.to_at - self.from_at).total_seconds() / self.points
        for narrow, wide in pairwise(_ROUND_S):
            if wanted < (narrow + wide) / 2:
                return max(60, narrow)
        return _ROUND_S[-1]


def expand(statement: str, asked: Asked) -> str:
    """The statement as the database is sent it. Raises InvalidInput for a variable that is not chosen, and for a macro
    that is none of the data source's."""
    with_interval = statement.replace("$__interval_ms", str(asked.interval_s * 1000))
    with_interval = with_interval.replace("$__interval", f"{asked.interval_s}s")
    with_variables = _VARIABLE.sub(lambda found: _chosen(found.group(1), asked), with_interval)
    expanded = _MACRO.sub(lambda found: _macro(found.group(1), found.group(2), asked), with_variables)
    if MARK in expanded:
        raise InvalidInput("grafana_macro_unknown", macro=expanded[expanded.index(MARK) :].split()[0])
    return expanded


def _chosen(name: str, asked: Asked) -> str:
    match asked.chosen.get(name):
        case None:
            raise InvalidInput("grafana_variable_unset", variable=name)
        case str(one):
            return one if one == ALL else one.replace("'", "''")
        case several:
            return ",".join("'" + value.replace("'", "''") + "'" for value in several)


def _macro(name: str, arguments: str, asked: Asked) -> str:
    given = [argument.strip() for argument in arguments.split(",")]
    match name, given:
        case "__timeFrom", _:
            return _literal(asked.from_at)
        case "__timeTo", _:
            return _literal(asked.to_at)
        case "__timeFilter", [column] if column:
            return f"{column} BETWEEN {_literal(asked.from_at)} AND {_literal(asked.to_at)}"
        case "__timeGroup", [column, width]:
            return f"time_bucket('{_seconds(width):.3f}s',{column})"
        case "__timeGroupAlias", [column, width]:
            return f"time_bucket('{_seconds(width):.3f}s',{column}) AS \"time\""
    raise InvalidInput("grafana_macro_unknown", macro=f"${name}({arguments})")


def _seconds(width: str) -> float:
    text = width.strip("'")
    if not text[:-1].isdecimal() or text[-1] not in _UNITS_S:
        raise InvalidInput("grafana_macro_unknown", macro=f"$__timeGroup(..., {width})")
    return timedelta(seconds=int(text[:-1]) * _UNITS_S[text[-1]]).total_seconds()


def _literal(at: datetime) -> str:
    return f"'{at.astimezone(UTC).isoformat(timespec='milliseconds').replace('+00:00', 'Z')}'"
