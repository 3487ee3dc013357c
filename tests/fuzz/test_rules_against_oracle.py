"""Random rules x random machines x plans of arrival: the engine's findings equal a naive oracle's, times and all.

ECC_FUZZ_CASES and ECC_FUZZ_SEED choose how many cases and which; a failure names its case's seed.
"""

import os
import random

import pytest

from fleet.signals import packaged_catalogue
from tests.fuzz.cases import Case, make_case, signal_facts
from tests.fuzz.code_oracle import code_findings
from tests.fuzz.oracle import Oracle
from tests.fuzz.plans import Identity, Platform, disordered, in_order

CATALOGUE = packaged_catalogue()
SEED = int(os.environ.get("ECC_FUZZ_SEED", "0"))
PART = 20


def expected(case: Case) -> set[Identity]:
    found: set[Identity] = set()
    for machine, stream in case.streams.items():
        oracle = Oracle(stream, signal_facts(CATALOGUE))
        for rule in case.oracle_rules:
            found |= {(machine, *finding, "low", "", ()) for finding in oracle.findings(rule)}
        if case.rules.raises_codes:
            found |= {(machine, *finding) for finding in code_findings(oracle.codes)}
    return found


def check_case(seed: int) -> int:
    rng = random.Random(seed)
    case = make_case(rng, CATALOGUE)
    wanted = expected(case)
    for plan in (in_order, disordered):
        platform = Platform(case, CATALOGUE, rng)
        patience = rng.choice((0.0, 0.5, 1.0))
        for batch in plan(case, rng):
            platform.arrive(batch)
            if rng.random() >= patience:
                platform.settle()
            if rng.random() < 0.05:
                platform.restart()
        platform.settle()
        found = platform.identities()
        rules = [f"{r.key}: {r.when_text} | clear {r.clear_text} | {r.for_us / 1e6} s" for r in case.rules.rules]
        assert found == wanted, (
            f"case {seed}, {plan.__name__}: missing {sorted(wanted - found, key=str)}, "
            f"too many {sorted(found - wanted, key=str)}, rules {rules}"
        )
    return len(wanted)


def check_range(first: int, cases: int) -> None:
    findings = sum(check_case(SEED + first + number) for number in range(cases))
    assert findings > cases // 2, "the cases raise too little to mean anything"


@pytest.mark.parametrize("part", range(200 // PART))
def test_two_hundred_random_cases_agree_with_the_oracle(part: int) -> None:
    check_range(part * PART, PART)


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(int(os.environ.get("ECC_FUZZ_CASES", "10000")) // PART))
def test_many_random_cases_agree_with_the_oracle(part: int) -> None:
    check_range(1_000_000 + part * PART, PART)
