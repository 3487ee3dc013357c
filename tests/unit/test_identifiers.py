"""PINs of 17 characters and ICCIDs carry a check of their own."""

import pytest

from fleet.identifiers import iccid_fault, luhn_digit, pin_doubt, pin_fault


@pytest.mark.parametrize(
    ("pin", "refused"),
    [
        pytest.param("CAT0320DJMPB01234", False, id="ISO 10261 with its check letter"),
        pytest.param("cat0320DJMPB01234", True, id="a small letter"),
        pytest.param("CAT0320DJMPBO1234", True, id="the letter O"),
        pytest.param("CAT-320DJMPB01234", True, id="a hyphen"),
        pytest.param("MY-MACHINE-1", False, id="a maker's own number"),
        pytest.param("SIM O Q I", False, id="not of 17 characters"),
    ],
)
def test_the_alphabet_of_a_pin_of_17_characters(pin, refused):
    assert (pin_fault(pin) is not None) == refused


@pytest.mark.parametrize(
    ("pin", "doubtful"),
    [
        pytest.param("CAT0320DJMPB01234", False, id="a check letter"),
        pytest.param("1M8GDM9AXKP042788", False, id="a VIN with check digit X"),
        pytest.param("11111111111111111", False, id="the VIN of ones"),
        pytest.param("5GZCZ43D13S812715", False, id="a VIN with check digit 1"),
        pytest.param("5GZCZ43D13S812716", True, id="its last digit mistyped"),
        pytest.param("ECC00EX0001234568", True, id="neither"),
        pytest.param("PIN-1", False, id="not of 17 characters"),
    ],
)
def test_a_ninth_character_that_fits_nothing_is_doubtful(pin, doubtful):
    assert (pin_doubt(pin) is not None) == doubtful


@pytest.mark.parametrize(
    ("iccid", "words"),
    [
        ("8986001234567890123" + str(luhn_digit("8986001234567890123")), None),
        ("8986001234567890123" + str((luhn_digit("8986001234567890123") + 1) % 10), "should be"),
        ("1234", "18 to 20 digits"),
        ("898600123456789012AB", "18 to 20 digits"),
    ],
)
def test_an_iccid_is_digits_with_a_luhn_check(iccid, words):
    found = iccid_fault(iccid)
    assert (found is None) == (words is None)
    assert words is None or words in str(found)


def test_luhn_of_the_published_example():
    assert luhn_digit("7992739871") == 3
