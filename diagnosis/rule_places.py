"""Where the tables and members of a rule file stand in its text, for mistakes to be shown there."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from diagnosis.errors import ExpressionError, RuleError

_PART = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>\#[^\n]*)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<end>\n)"
    r"|[^\"'#\[\]{}\n]+|.",
    re.DOTALL,
)
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_HEADING = re.compile(r"\[\[?\s*([^\]\n]+?)\s*\]\]?")
_NAME = re.compile(r"([^\s=][^=\n]*?)\s*=[ \t]*")
_WORD = re.compile(r"[\w.]+|\S")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_TOML_AT = re.compile(r"at line (\d+), column (\d+)")
_QUOTES = ('"""', "'''", '"', "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of one line: line and columns count from 1, end_column is behind its last character."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """Offsets of a table's heading, or of a member's name and value."""

    name: int
    value: int
    end: int


class RulePlaces:
    """The places of one text. Only a text that is TOML has its members found; others still have the mistake's line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spots: Mapping[str, _Spot] = dict(_spots(text))

    def of(self, where: str) -> Place | None:
        """Of a rule, member or test (`low_fuel.tests[2].readings`), or of the nearest thing around it that is there."""
        found = self._spot(where)
        return None if found is None else self._place(found.name if found.value < 0 else found.value, found.end)

    def of_error(self, error: RuleError, where: str) -> Place | None:
        """Of what is wrong at `where`: the word of an expression, else the member's value."""
        if isinstance(error, ExpressionError) and (spot := self._spot(where)) is not None and spot.value >= 0:
            at = _inside(self._text, spot.value, error.column - 1)
            word = _WORD.match(self._text, at) if at < spot.end else None
            if word is not None:
                return self._place(at, word.end())
        if said := _TOML_AT.search(str(error)):
            line, column = int(said[1]), int(said[2])
            return Place(line=line, column=column, end_column=column + 1)
        return self.of(where)

    def _spot(self, where: str) -> _Spot | None:
        names = where.split(".")
        for count in range(len(names), 0, -1):
            spot = self._spots.get(".".join(names[:count]))
            if spot is not None:
                inner = names[count] if count < len(names) and spot.value >= 0 else None
                return self._in_value(spot, inner) or spot
        return None

    def _in_value(self, spot: _Spot, name: str | None) -> _Spot | None:
        """A name in an inline table."""
        found = name and re.compile(rf"(?<!\w){re.escape(name)}\s*=\s*").search(self._text, spot.value, spot.end)
        if not found:
            return None
        part = _PART.match(self._text, found.end())
        return _Spot(found.start(), found.end(), part.end() if part else found.end())

    def _place(self, start: int, end: int) -> Place:
        begin = self._text.rfind("\n", 0, start) + 1
        stop = self._text.find("\n", start)
        end = min(end, stop if stop >= 0 else len(self._text))
        column = start - begin + 1
        line = self._text.count("\n", 0, start) + 1
        return Place(line=line, column=column, end_column=max(column + 1, end - begin + 1))


def _spots(text: str) -> Iterator[tuple[str, _Spot]]:
    """Every table and member by its name; elements of arrays of tables count from 1."""
    at, table, counts = _past_blank(text, 0), "", Counter[str]()
    while at < len(text):
        if heading := _HEADING.match(text, at) if text[at] == "[" else None:
            table = _numbered(heading[1].replace('"', "").replace(" ", ""), counts, text.startswith("[[", at))
            yield table, _Spot(at, -1, heading.end())
            end = heading.end()
        elif name := _NAME.match(text, at):
            end = _value_end(text, name.end())
            key = f"{table}.{name[1]}" if table else name[1]
            yield key.replace('"', ""), _Spot(at, name.end(), end)
        else:
            return
        at = _past_blank(text, end)


def _numbered(path: str, counts: Counter[str], is_element: bool) -> str:
    """`low_fuel.tests` of its second heading: low_fuel.tests[2]; what lies in an array of tables is in its last."""
    if is_element:
        counts[path] += 1
        return f"{path}[{counts[path]}]"
    around = path.rpartition(".")[0]
    return path.replace(around, f"{around}[{counts[around]}]", 1) if counts[around] else path


def _past_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _value_end(text: str, at: int) -> int:
    """Where a value ends: at the end of its line, or behind the brackets that it opens."""
    depth, last = 0, at
    for part in _PART.finditer(text, at):
        if part["end"] and depth <= 0:
            return last
        depth += bool(part["open"]) - bool(part["close"])
        if not part["comment"] and part.group().strip():
            last = part.end()
    return last


def _inside(text: str, value: int, index: int) -> int:
    """The offset in the text of the index-th character of the string that begins at `value`."""
    quote = next((one for one in _QUOTES if text.startswith(one, value)), "")
    at = value + len(quote)
    if len(quote) == 3 and text.startswith("\n", at):
        at += 1
    for _ in range(index if quote.startswith('"') else 0):
        escape = _ESCAPE.match(text, at)
        at = escape.end() if escape else at + 1
    return at if quote.startswith('"') else at + index
