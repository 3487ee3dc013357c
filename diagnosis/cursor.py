"""Where a parser is in the words of an expression, and the words all its parts may ask for."""

from collections.abc import Collection
from difflib import get_close_matches

from diagnosis.errors import ExpressionError
from diagnosis.syntax import CONSTANTS
from diagnosis.tokens import Token, TokenKind, duration_us, tokenise
from fleet.reasons import Reason, Said, reason

MAX_DEPTH = 50
MAX_WINDOW_S = 24 * 3600
FINE_BELOW_S = 60
"""Windows below this lie on 1 s panes, the others on 10 s panes."""

WORDS = ("and", "or", "not")
USAGE = {
    "abs": "abs(number)",
    "delta": "delta(signal, 10min)",
    "rate": "rate(signal, 10min)",
    "min": "min(signal, 10min)",
    "max": "max(signal, 10min)",
    "mean": "mean(signal, 10min)",
    "count": "count(condition, 1h)",
    "missing": "missing(signal, 1min)",
    "inside": "inside('fence'), inside('fence', 5min) or inside('fence', 5min, 20 m)",
    "outside": "outside('fence'), outside('fence', 5min) or outside('fence', 5min, 20 m)",
    "clock": "clock(22:00, 06:00)",
    "working_hours": "working_hours()",
    "dtc": "dtc(spn, fmi) or dtc(spn)",
}
"""How each function is called, by its name."""


def pane_s(window_s: int) -> int:
    """The pane length a window lies on, seconds."""
    return 1 if window_s < FINE_BELOW_S else 10


class Cursor:
    """The words of one expression, taken one after the other; `limits` are the names that the rule gives numbers."""

    def __init__(self, text: str, signals: Collection[str], limits: Collection[str]) -> None:
        self.text = text
        self.signals = signals
        self.limits = limits
        self.tokens = tokenise(text)
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The next word."""
        return self.tokens[self.position]

    def advance(self) -> Token:
        """Take the next word."""
        token = self.token
        self.position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next word is one of these."""
        return self.token.kind in (TokenKind.SYMBOL, TokenKind.NAME) and self.token.text in texts

    def expect(self, text: str, why: str, /, **values: str) -> None:
        """Take this word or say what stands in its place; `why` is a reason with {found}."""
        if not self.at(text):
            raise self.error(self.token.column, why, found=self.found(), **values)
        self.advance()

    def found(self) -> Reason | Said:
        """The next word as a message shows it."""
        return reason("rule_the_end") if self.token.kind is TokenKind.END else Said(repr(self.token.text))

    def error(self, column: int, problem: str, /, **values: object) -> ExpressionError:
        """A mistake at a column; `problem` is a reason's key."""
        return ExpressionError(self.text, column, reason(problem, **values))

    def deeper(self, column: int) -> None:
        """One level down; the caller comes up again by `depth`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(column, "rule_too_deep", most=MAX_DEPTH)

    def signal(self) -> Token:
        """Take a signal's key."""
        token = self.advance()
        self.check_signal(token)
        return token

    def check_signal(self, token: Token) -> None:
        """Whether a word is a signal."""
        if token.kind is not TokenKind.NAME or token.text not in self.signals:
            known = [*self.signals, *self.limits, *CONSTANTS, *WORDS, *USAGE]
            hint = did_you_mean(token.text, known)
            raise self.error(token.column, "rule_unknown_signal", found=token.text, hint=hint)

    def duration(self) -> tuple[Token, int]:
        """Take a duration: its word and its microseconds, longer than 0 and at most 24 h."""
        token = self.advance()
        us = duration_us(token.text) if token.kind is TokenKind.DURATION else None
        if us is None:
            raise self.error(token.column, "rule_window_expected", found=token.text)
        if not 0 < us <= MAX_WINDOW_S * 1_000_000:
            raise self.error(token.column, "rule_window_span", window=token.text)
        return token, us

    def minute(self, latest: int) -> int:
        """Take a time of day, as minutes since midnight up to `latest`."""
        token = self.advance()
        hours, _, minutes = token.text.partition(":")
        if token.kind is not TokenKind.TIME or int(minutes) > 59 or int(hours) * 60 + int(minutes) > latest:
            raise self.error(token.column, "rule_time_expected", found=token.text)
        return int(hours) * 60 + int(minutes)

    def window(self) -> int:
        """Take a window of whole panes, in seconds."""
        token, us = self.duration()
        if us % 1_000_000 or us // 1_000_000 % pane_s(us // 1_000_000):
            key = "rule_window_seconds" if us < FINE_BELOW_S * 1_000_000 else "rule_window_tens_of_seconds"
            raise self.error(token.column, key, window=token.text)
        return us // 1_000_000


def did_you_mean(word: str, known: Collection[str]) -> Reason | Said:
    """A hint at the nearest known word; empty when none is near."""
    close = nearest(word, known)
    return reason("rule_meant", near=Said(close)) if close else Said("")


def nearest(word: str, known: Collection[str], cutoff: float = 0.6) -> str:
    """The known word that is nearest; empty when none is near. cutoff: 1 is the same word."""
    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=cutoff)), "")
