"""Tokens to a typed tree: a recursive descent parser, one method a line of the grammar in docs/rule-language.md."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeGuard, cast

from diagnosis.errors import ExpressionError
from diagnosis.syntax import (
    CONSTANTS,
    Absolute,
    ActiveCode,
    Arithmetic,
    ArithmeticOp,
    Compare,
    CompareOp,
    Constant,
    Delta,
    Every,
    Negative,
    Node,
    Not,
    Number,
    NumericNode,
    Reading,
    Some,
    TruthNode,
)
from diagnosis.tokens import Token, TokenKind, duration_us, tokenise

MAX_DEPTH = 50
MAX_WINDOW_S = 24 * 3600
FINE_BELOW_S = 60
"""Windows below this lie on 1 s panes, the others on 10 s panes."""

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_FUNCTIONS = ("abs", "delta", "dtc")
_WORDS = ("and", "or", "not")


def pane_s(window_s: int) -> int:
    """The pane length a delta window lies on, seconds."""
    return 1 if window_s < FINE_BELOW_S else 10


def parse_condition(text: str, signals: Collection[str]) -> TruthNode:
    """The tree of a condition over `signals`; raises ExpressionError with the column, a caret and a suggestion."""
    parser = _Parser(text, signals)
    node = parser.expression()
    parser.finish()
    return parser.truth(node)


def is_truth(node: Node) -> TypeGuard[TruthNode]:
    """Whether a node is a condition (and not a number)."""
    return isinstance(node, TruthNode)


@dataclass
class _Parser:
    text: str
    signals: Collection[str]

    def __post_init__(self) -> None:
        self.tokens = tokenise(self.text)
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def at(self, *texts: str) -> bool:
        return self.token.kind in (TokenKind.SYMBOL, TokenKind.NAME) and self.token.text in texts

    def expect(self, text: str, why: str) -> None:
        if not self.at(text):
            raise self.error(self.token.column, f"expected {text!r} {why}, found {self.found()}")
        self.advance()

    def found(self) -> str:
        return "the end" if self.token.kind is TokenKind.END else repr(self.token.text)

    def error(self, column: int, problem: str) -> ExpressionError:
        return ExpressionError(self.text, column, problem)

    def truth(self, node: Node) -> TruthNode:
        if not is_truth(node):
            raise self.error(node.column, "a number is no condition: compare it with something (<, <=, >, >=, ==, !=)")
        return node

    def number(self, node: Node) -> NumericNode:
        if is_truth(node):
            raise self.error(node.column, "a condition cannot be used as a number")
        return cast(NumericNode, node)

    def finish(self) -> None:
        if self.token.kind is not TokenKind.END:
            raise self.error(self.token.column, f"unexpected {self.found()}: write 'and' or 'or' between conditions")

    # expression = conjunction { "or" conjunction }
    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(self.token.column, f"nested deeper than {MAX_DEPTH}")
        first = self.conjunction()
        if self.at("or"):
            terms = [self.truth(first)]
            while self.at("or"):
                self.advance()
                terms.append(self.truth(self.conjunction()))
            first = Some(tuple(terms), first.column)
        self.depth -= 1
        return first

    # conjunction = negation { "and" negation }
    def conjunction(self) -> Node:
        first = self.negation()
        if not self.at("and"):
            return first
        terms = [self.truth(first)]
        while self.at("and"):
            self.advance()
            terms.append(self.truth(self.negation()))
        return Every(tuple(terms), first.column)

    # negation = { "not" } comparison
    def negation(self) -> Node:
        columns = []
        while self.at("not"):
            columns.append(self.advance().column)
        node = self.comparison()
        for column in reversed(columns):
            node = Not(self.truth(node), column)
        return node

    # comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
    def comparison(self) -> Node:
        left = self.sum()
        if not self.at(*_COMPARISONS):
            return left
        op = cast(CompareOp, self.advance().text)
        right = self.number(self.sum())
        if self.at(*_COMPARISONS):
            raise self.error(self.token.column, "comparisons cannot be chained: write a < b and b < c")
        return Compare(op, self.number(left), right, left.column)

    # sum = product { ("+" | "-") product }
    def sum(self) -> Node:
        node = self.product()
        while self.at("+", "-"):
            op = cast(ArithmeticOp, self.advance().text)
            node = Arithmetic(op, self.number(node), self.number(self.product()), node.column)
        return node

    # product = factor { ("*" | "/") factor }
    def product(self) -> Node:
        node = self.factor()
        while self.at("*", "/"):
            op = cast(ArithmeticOp, self.advance().text)
            node = Arithmetic(op, self.number(node), self.number(self.factor()), node.column)
        return node

    # factor = { "-" } atom
    def factor(self) -> Node:
        columns = []
        while self.at("-"):
            columns.append(self.advance().column)
        node = self.atom()
        for column in reversed(columns):
            operand = self.number(node)
            node = Number(-operand.value, column) if isinstance(operand, Number) else Negative(operand, column)
        return node

    # atom = number | name | call | "(" expression ")"
    def atom(self) -> Node:
        token = self.token
        if token.kind is TokenKind.NUMBER:
            return self.literal()
        if token.kind is TokenKind.DURATION:
            raise self.error(token.column, f"the duration {token.text} belongs inside delta(signal, window)")
        if self.at("("):
            self.advance()
            node = self.expression()
            self.expect(")", "to close the parenthesis")
            return node
        if token.kind is TokenKind.NAME and token.text not in _WORDS:
            return self.name()
        raise self.error(token.column, f"expected a signal, a number or '(', found {self.found()}")

    def literal(self) -> Number:
        token = self.advance()
        value = float(token.text)
        if not math.isfinite(value):
            raise self.error(token.column, f"{token.text} is too large a number")
        return Number(value, token.column)

    def name(self) -> Node:
        token = self.advance()
        if self.at("("):
            return self.call(token)
        if token.text in _FUNCTIONS:
            raise self.error(token.column, f"{token.text} needs parentheses: {_USAGE[token.text]}")
        if token.text in CONSTANTS:
            return Constant(token.text, token.column)
        self.check_signal(token)
        return Reading(token.text, token.column)

    def check_signal(self, token: Token) -> None:
        if token.kind is not TokenKind.NAME or token.text not in self.signals:
            known = [*self.signals, *CONSTANTS, *_WORDS, *_FUNCTIONS]
            raise self.error(token.column, f"unknown signal {token.text!r}" + _did_you_mean(token.text, known))

    def call(self, name: Token) -> Node:
        if name.text not in _FUNCTIONS:
            hint = _did_you_mean(name.text, list(_FUNCTIONS))
            raise self.error(name.column, f"unknown function {name.text!r}" + hint)
        self.advance()
        node = {"abs": self.absolute, "delta": self.delta, "dtc": self.active_code}[name.text](name.column)
        self.expect(")", f"to close {name.text}(: {_USAGE[name.text]}")
        return node

    def absolute(self, column: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(column, f"nested deeper than {MAX_DEPTH}")
        node = Absolute(self.number(self.sum()), column)
        self.depth -= 1
        return node

    def delta(self, column: int) -> Node:
        signal = self.advance()
        self.check_signal(signal)
        self.expect(",", f"after the signal: {_USAGE['delta']}")
        return Delta(signal.text, self.window(), column)

    def window(self) -> int:
        token = self.advance()
        window_us = duration_us(token.text) if token.kind is TokenKind.DURATION else None
        if window_us is None:
            raise self.error(token.column, f"expected a window such as 30s, 10min or 2h, found {token.text!r}")
        window_s = window_us // 1_000_000
        if not 0 < window_us <= MAX_WINDOW_S * 1_000_000:
            raise self.error(token.column, f"the window {token.text} must be longer than 0 and at most 24h")
        if window_us % 1_000_000 or window_s % pane_s(window_s):
            unit = "seconds" if window_us < FINE_BELOW_S * 1_000_000 else "tens of seconds (a window of 1min or more)"
            raise self.error(token.column, f"the window {token.text} must be whole {unit}")
        return window_s

    def active_code(self, column: int) -> Node:
        spn = self.whole("SPN", 524_287)
        fmi = None
        if self.at(","):
            self.advance()
            fmi = self.whole("FMI", 31)
        return ActiveCode(spn, fmi, column)

    def whole(self, what: str, largest: int) -> int:
        token = self.advance()
        if token.kind is not TokenKind.NUMBER or not token.text.isdecimal() or int(token.text) > largest:
            raise self.error(token.column, f"expected an {what} from 0 to {largest}: {_USAGE['dtc']}")
        return int(token.text)


_USAGE = {
    "abs": "abs(number)",
    "delta": "delta(signal, 10min)",
    "dtc": "dtc(spn, fmi) or dtc(spn)",
}


def _did_you_mean(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
