"""Identifiers that carry a check of their own: machine PINs of 17 characters, ICCIDs of SIM cards."""

import re
import unicodedata

from fleet.reasons import Reason, reason

_PIN_17 = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_ICCID = re.compile(r"89[0-9]{16,18}")
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_JOINERS = "\u200c\u200d"
_CHECK_PLACE = 8  # the ninth character


def pin_fault(pin: str) -> Reason | None:
    """Why a PIN cannot be one; None when it can.

    A PIN of 17 characters is read as ISO 10261 (machines) or ISO 3779 (VIN of road vehicles): capital letters without
    I, O and Q, and digits. PINs of other lengths are the maker's own and are taken as they are.
    """
    if len(pin) == 17 and not _PIN_17.fullmatch(pin):
        return reason("pin_letters")
    return None


def pin_doubt(pin: str) -> Reason | None:
    """What makes a typing error likely in a PIN of 17 characters; None when nothing does.

    In ISO 10261 the ninth character is a check letter, whose computation is not public: that it is a letter is all
    that can be checked. Where it is a digit the PIN is read as a VIN, whose check digit is computed (GB 16735).
    """
    if len(pin) != 17 or not _PIN_17.fullmatch(pin):
        return None
    check = pin[_CHECK_PLACE]
    if check.isalpha() and check != "X":
        return None
    total = sum(w * (int(c) if c.isdigit() else _VIN_VALUES[c]) for w, c in zip(_VIN_WEIGHTS, pin, strict=True))
    wanted = "0123456789X"[total % 11]
    if check in (wanted, "X"):
        return None
    return reason("pin_check_character", found=check, wanted=wanted)


def luhn_digit(digits: str) -> int:
    """The check digit that the Luhn formula puts behind these digits."""
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))]
    return -sum(d // 10 + d % 10 for d in doubled) % 10


def iccid_fault(iccid: str) -> Reason | None:
    """Why an ICCID (ITU-T E.118) cannot be one; None when it can.

    18 to 20 digits that begin with 89. Of 19 and 20 digits the last one is the Luhn check; cards printed with 19 digits
    without a check digit are not told apart, so of 18 digits nothing is checked.
    """
    if not _ICCID.fullmatch(iccid):
        return reason("iccid_digits")
    if len(iccid) > 18 and luhn_digit(iccid[:-1]) != int(iccid[-1]):
        return reason("iccid_check_digit", wanted=luhn_digit(iccid[:-1]))
    return None


def is_readable(number: str) -> bool:
    """True when a number that people gave consists of letters of any script, digits, blanks and punctuation only.

    False for line breaks and other control characters, and for marks that nobody sees (a soft hyphen, a change of the
    direction of writing): two numbers that look the same would be different. Joiners that some scripts need are taken.
    """
    return all(
        unicodedata.category(letter)[0] != "C" and unicodedata.category(letter) not in ("Zl", "Zp")
        for letter in number
        if letter not in _JOINERS
    )
