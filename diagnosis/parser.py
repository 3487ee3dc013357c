"""Tokens to a typed tree: a recursive descent parser, one method a line of the grammar in docs/rule-language.md."""

import math
import re
from collections.abc import Collection, Mapping
from typing import cast

from diagnosis.calls import Calls
from diagnosis.cursor import USAGE, WORDS
from diagnosis.syntax import (
    CONSTANTS,
    Arithmetic,
    ArithmeticOp,
    Compare,
    CompareOp,
    Constant,
    Every,
    Limit,
    Negative,
    Node,
    Not,
    Number,
    Reading,
    Some,
    TruthNode,
)
from diagnosis.tokens import TokenKind
from diagnosis.unit_check import UnitCheck
from diagnosis.units import Unit, nearest_unit, unit_of
from fleet.signals import Catalogue

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_DURATION = re.compile(r"([\d.]+)([a-z]+)")


def parse_condition(text: str, signals: Collection[str], limits: Collection[str] = (), rule: str = "") -> TruthNode:
    """The tree of a condition over `signals`; raises ExpressionError with the column, a caret and a suggestion.

    Its numbers still have their units: read_condition() checks and converts them.
    """
    parser = _Parser(text, signals, limits)
    parser.rule = rule
    node = parser.expression()
    parser.finish()
    return parser.truth(node)


def read_condition(
    text: str, catalogue: Catalogue, limits: Mapping[str, Unit | None] | None = None, rule: str = ""
) -> TruthNode:
    """The tree of a condition in plain numbers, its units checked; raises ExpressionError."""
    given = limits or {}
    tree = parse_condition(text, catalogue.keys, given, rule)
    return UnitCheck(text, {signal.key: unit_of(signal.unit) for signal in catalogue}, given).condition(tree)


def parse_quantity(text: str) -> Number:
    """A number with or without a unit, such as "100 kPa"; raises ExpressionError."""
    parser = _Parser(text, (), ())
    negative = parser.at("-")
    if negative:
        parser.advance()
    if parser.token.kind not in (TokenKind.NUMBER, TokenKind.DURATION):
        raise parser.error(parser.token.column, "rule_number_expected", found=parser.found())
    number = parser.quantity()
    parser.finish()
    return Number(-number.value if negative else number.value, 1, number.unit)


class _Parser(Calls):
    rule = ""

    def finish(self) -> None:
        if self.token.kind is not TokenKind.END:
            raise self.error(self.token.column, "rule_link_expected", found=self.found())

    # expression = conjunction { "or" conjunction }
    def expression(self) -> Node:
        self.deeper(self.token.column)
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
            raise self.error(self.token.column, "rule_chained")
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
            if isinstance(operand, Number):
                node = Number(-operand.value, column, operand.unit)
            else:
                node = Negative(operand, column)
        return node

    # atom = quantity | name | call | "(" expression ")"
    def atom(self) -> Node:
        token = self.token
        if token.kind in (TokenKind.NUMBER, TokenKind.DURATION):
            return self.quantity()
        if self.at("("):
            self.advance()
            node = self.expression()
            self.expect(")", "rule_not_closed")
            return node
        if token.kind is TokenKind.NAME and token.text not in WORDS:
            return self.name()
        raise self.error(token.column, "rule_operand_expected", found=self.found())

    # A quantity is a number with or without a unit, or a duration.
    def quantity(self) -> Number:
        token = self.advance()
        if token.kind is TokenKind.DURATION:
            parts = _DURATION.fullmatch(token.text)
            assert parts is not None  # a duration is digits and a unit
            return Number(float(parts[1]), token.column, parts[2])
        value = float(token.text)
        if not math.isfinite(value):
            raise self.error(token.column, "rule_number_too_large", found=token.text)
        return Number(value, token.column, self.unit())

    # A unit is one symbol, or two with / between.
    def unit(self) -> str:
        token = self.token
        if not self._may_be_unit(self.position):
            return ""
        text = self.advance().text
        if self.at("/") and self._may_be_unit(self.position + 1):
            under = self.tokens[self.position + 1].text
            if unit_of(under) is not None:
                self.position += 2
                text = f"{text}/{under}"
        if unit_of(text) is None:
            raise self.error(token.column, "rule_unknown_unit", found=text, hint=nearest_unit(text))
        return text

    def _may_be_unit(self, position: int) -> bool:
        """Whether a word may be a unit: % or a name that is not called and stands for nothing else."""
        token = self.tokens[position]
        if token.kind is not TokenKind.NAME or token.text in WORDS:
            return token.text == "%"
        called = self.tokens[position + 1].text == "("
        return token.text not in self.signals and token.text not in self.limits and not called

    def name(self) -> Node:
        token = self.advance()
        if self.at("("):
            return self.call(token)
        if token.text in USAGE:
            raise self.error(token.column, "rule_parentheses_needed", name=token.text, usage=USAGE[token.text])
        if token.text in CONSTANTS:
            return Constant(token.text, token.column)
        if token.text in self.limits:
            return Limit(self.rule, token.text, token.column)
        self.check_signal(token)
        return Reading(token.text, token.column)
