"""What can be wrong with a rule, said so that its author can mend it."""

from typing import ClassVar

from fleet.errors import InvalidInput


class RuleError(InvalidInput):
    """The rule cannot be used."""

    code: ClassVar[str] = "rule_error"


class ExpressionError(RuleError):
    """The expression cannot be understood; `column` (from 1) is where, and the message shows it with a caret."""

    code: ClassVar[str] = "rule_expression_error"

    def __init__(self, text: str, column: int, problem: str) -> None:
        self.text = text
        self.column = column
        self.problem = problem
        start = text.rfind("\n", 0, column - 1) + 1
        end = text.find("\n", column - 1)
        line = text[start : end if end >= 0 else len(text)]
        super().__init__(f"column {column}: {problem}\n  {line}\n  {' ' * (column - 1 - start)}^")
