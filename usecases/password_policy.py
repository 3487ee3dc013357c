"""Which passwords people may choose."""

from fleet.errors import EccError

SHORTEST = 10
_LEAST_DIFFERENT = 4
_STEPS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv",
)
# What lists of leaked passwords hold most often, as far as it is long enough; sequences are found without a list.
# fmt: off
_COMMON = frozenset({
    "password", "password1", "passwort", "passw0rd", "iloveyou", "letmein", "welcome", "administrator",
    "changeme", "trustno1", "sunshine", "princess", "football", "baseball", "superman", "batman", "dragon",
    "monkey", "master", "shadow", "michael", "charlie", "computer", "internet", "whatever", "starwars",
    "woaini", "woaini1314", "a123456", "aa123456", "abc123", "qwe123", "asd123", "admin", "root", "secret",
    "default", "telematics", "excavator",
})
# fmt: on


class WeakPassword(EccError):
    """A password has at least 10 characters, is not the login, no plain sequence and none of the commonest."""

    code = "weak_password"


def require_good_password(password: str, *, login: str, where: str = "password") -> None:
    """Raise WeakPassword unless people may choose this password for this login."""
    folded = password.casefold().strip()
    name = login.casefold()
    letters = folded.strip("0123456789!?.@#$*-_ ")
    if len(password) < SHORTEST:
        raise WeakPassword("password_short", where=where, shortest=SHORTEST)
    if len(set(folded)) < _LEAST_DIFFERENT:
        raise WeakPassword("password_few_characters", where=where, least=_LEAST_DIFFERENT)
    if folded == name[::-1] or not {folded, letters}.isdisjoint({name, name.partition("@")[0]}):
        raise WeakPassword("password_is_login", where=where)
    if letters in _COMMON or folded in _COMMON:
        raise WeakPassword("password_common", where=where)
    if any(_is_part(folded, step) for step in _STEPS):
        raise WeakPassword("password_sequence", where=where)


def _is_part(text: str, sequence: str) -> bool:
    """True for a stretch of the sequence, forwards or backwards, once or repeated."""
    endless = sequence * (len(text) // len(sequence) + 2)
    return text in endless or text[::-1] in endless
