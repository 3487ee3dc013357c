"""A limit that an override moves moves the end of the finding with it: else it would end while its condition holds."""

import pytest

from diagnosis.rule import Rule
from diagnosis.ruleset import packaged_ruleset
from diagnosis.syntax import Compare, Count, Limit, Node, walk
from fleet.signals import packaged_catalogue

RULES = [rule for rule in packaged_ruleset(packaged_catalogue()).thresholds if rule.limits and rule.clear]


def quantity(node: Node) -> frozenset[tuple[str, str]]:
    """Which signals a number is made of and how, whatever the length of its windows."""
    counted = {("Count", "") for one in walk(node) if isinstance(one, Count)}
    return frozenset(counted | {(type(one).__name__, one.signal) for one in walk(node) if hasattr(one, "signal")})


def comparisons(node: Node) -> list[tuple[frozenset[tuple[str, str]], bool, bool]]:
    """(what is compared, whether it is to be above, whether with a limit) of each comparison with a number."""
    found = []
    for one in walk(node):
        if isinstance(one, Compare) and one.op[0] in "<>":
            is_limit = any(isinstance(part, Limit) for part in walk(one))
            left, right = quantity(one.left), quantity(one.right)
            found.append((left or right, (one.op[0] == ">") == bool(left), is_limit))
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_what_a_limit_begins_no_number_alone_ends(rule: Rule) -> None:
    assert rule.when is not None
    assert rule.clear is not None
    begins = {(what, is_above) for what, is_above, is_limit in comparisons(rule.when) if is_limit}
    ends = {(what, not is_above) for what, is_above, is_limit in comparisons(rule.clear) if not is_limit}
    assert not begins & ends
