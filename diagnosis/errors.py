"""What can be wrong with a rule, said so that its author can mend it."""

from typing import ClassVar, Self

from fleet.errors import InvalidInput
from fleet.reasons import Language, Reason, Said, reason


class RuleError(InvalidInput):
    """The rule cannot be used.

    `where` is the file, the rule and its member as far as they are known. What is wrong with files that only this
    program brings along is a sentence in English instead of a key.
    """

    code: ClassVar[str] = "rule_error"

    def told_at(self, place: str) -> Reason | Said:
        """What is wrong, at a place where there is one."""
        problem = self.reason or Said(self._own_words)
        return reason("rule_placed", place=Said(place), problem=problem) if place else problem

    def in_language(self, language: Language) -> str:
        """What is wrong, with its place."""
        told = self.told_at(self.where)
        return told.in_language(language) if isinstance(told, Reason) else told

    def within(self, place: str) -> Self:
        """The same error: it says its place in the rule's file."""
        return self


class ExpressionError(RuleError):
    """The expression cannot be understood; `column` (from 1) is where, and the message shows it with a caret."""

    code: ClassVar[str] = "rule_expression_error"

    def __init__(self, text: str, column: int, problem: Reason, where: str = "") -> None:
        self.text = text
        self.column = column
        self.problem = problem
        start = text.rfind("\n", 0, column - 1) + 1
        end = text.find("\n", column - 1)
        line = text[start : end if end >= 0 else len(text)]
        shown = Said(f"\n  {line}\n  {' ' * (column - 1 - start)}^")
        super().__init__("rule_at_column", where=where, column=column, problem=problem, shown=shown)

    def inside(self, where: str) -> "ExpressionError":
        """The same error of an expression at `where`."""
        return ExpressionError(self.text, self.column, self.problem, where)
