"""Which signals a condition cannot do without."""

import pytest

from diagnosis.needs import needed
from diagnosis.rule_file import parse_rules
from fleet.signals import packaged_catalogue

WORDS = "\n".join(f'{name} = {{ zh = "文", en = "t" }}' for name in ("title", "owner", "expert"))
RPM, OIL = "engine_speed_rpm", "engine_oil_pressure_kpa"


@pytest.mark.parametrize(
    ("when", "signals"),
    [
        ("engine_speed_rpm > 600", {RPM}),
        ("engine_speed_rpm > 600 and engine_oil_pressure_kpa < 100", {RPM, OIL}),
        ("engine_speed_rpm > 600 or engine_oil_pressure_kpa < 100", set()),
        ("engine_speed_rpm > 600 and (engine_oil_pressure_kpa < 100 or engine_speed_rpm > 900)", {RPM}),
        ("not (engine_speed_rpm > 600 or engine_oil_pressure_kpa < 100)", {RPM, OIL}),
        ("not (engine_speed_rpm > 600 and engine_oil_pressure_kpa < 100)", set()),
        ("abs(-delta(engine_speed_rpm, 1min)) / 2 > 3 and rate(engine_oil_pressure_kpa, 1min) < 1", {RPM, OIL}),
        ("mean(engine_speed_rpm, 1min) > 600", set()),
        ("missing(engine_speed_rpm, 1min) or dtc(100)", set()),
        ("count(engine_speed_rpm > 600, 1h) > 3", set()),
        ("inside('yard')", {"latitude_deg", "longitude_deg"}),
        ("inside('yard', 1min)", set()),
    ],
)
def test_the_signals_without_which_it_is_never_true(when: str, signals: set[str]):
    (rule,) = parse_rules(f'[r]\nwhen = """{when}"""\nseverity = "low"\n{WORDS}', packaged_catalogue())
    assert rule.when is not None
    assert needed(rule.when) == signals
