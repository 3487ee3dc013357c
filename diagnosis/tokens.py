"""Text to tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum

from diagnosis.errors import ExpressionError
from fleet.reasons import Reason, Said, reason


class TokenKind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    DURATION = "duration"
    TIME = "time"
    NAME = "name"
    SYMBOL = "symbol"
    TEXT = "text"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression; `column` counts from 1."""

    kind: TokenKind
    text: str
    column: int


MAX_LENGTH = 2_000
MAX_TOKENS = 400
_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<time>\d{1,2}:\d{2}(?![\d:.]))"
    r"|(?P<duration>\d+(?:\.\d+)?(?:ms|s|min|h|d)\b)"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\d.]))"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<text>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<symbol><=|>=|==|!=|[-+*/()<>,%])",
    re.ASCII,
)
_HINTS = {
    "=": reason("rule_use_equals"),
    "&": reason("rule_use_and"),
    "|": reason("rule_use_or"),
    "!": reason("rule_use_not"),
    "'": reason("rule_quote_ends"),
    '"': reason("rule_quote_ends"),
    "\u2018": reason("rule_typographic_quote", use=Said("'")),
    "\u2019": reason("rule_typographic_quote", use=Said("'")),
    "\u201c": reason("rule_typographic_quote", use=Said('"')),
    "\u201d": reason("rule_typographic_quote", use=Said('"')),
    "\u3000": reason("rule_ordinary_space"),
    "\uff08": reason("rule_full_width_parenthesis", use=Said("(")),
    "\uff09": reason("rule_full_width_parenthesis", use=Said(")")),
    "\uff0c": reason("rule_full_width_comma", use=Said(",")),
}


def tokenise(text: str) -> list[Token]:
    """The tokens of an expression, an END token last. Raises ExpressionError at the first character that fits none."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text, MAX_LENGTH + 1, reason("rule_too_long", most=MAX_LENGTH))
    tokens = []
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise ExpressionError(text, position + 1, _unexpected(text, position))
        if match.lastgroup != "space":
            tokens.append(Token(TokenKind(str(match.lastgroup)), match.group(), position + 1))
        position = match.end()
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(text, tokens[MAX_TOKENS].column, reason("rule_too_many_words", most=MAX_TOKENS))
    tokens.append(Token(TokenKind.END, "", len(text) + 1))
    return tokens


def _unexpected(text: str, position: int) -> Reason:
    character = text[position]
    if character.isdecimal():
        word = re.match(r"[\w.]+", text[position:])
        return reason("rule_neither_number_nor_duration", found=word.group() if word else character)
    hint = _HINTS.get(character)
    return (
        reason("rule_unexpected", found=character)
        if hint is None
        else reason("rule_unexpected_but", found=character, hint=hint)
    )


_UNIT_US = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|h|d)", re.ASCII)


def duration_us(text: str) -> int | None:
    """Microseconds of "10s", "5min", "1.5h", "500ms", "1d"; None when it is not a duration."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    whole, _, fraction = match.group(1).partition(".")
    unit = _UNIT_US[match.group(2)]
    return int(whole + fraction) * unit // int("1" + "0" * len(fraction))
