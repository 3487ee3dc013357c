"""Which of the platform's languages a request asks for."""

from typing import Literal

from fastapi import Request

Language = Literal["zh", "en"]


def language_named(name: str | None) -> Language | None:
    """The language of a stored name; None where nobody has chosen one."""
    return None if name is None else "zh" if name == "zh" else "en"


def language_of(request: Request) -> Language:
    """The better of zh and en by Accept-Language; en when it names neither."""
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """The language with the greatest weight of an Accept-Language header; the first one named wins a draw."""
    best: tuple[float, Language] = (0.0, "en")
    for item in header.split(","):
        tag, _, rest = item.strip().partition(";")
        primary = tag.split("-")[0].strip().lower()
        weight = _weight(rest)
        if weight <= best[0]:
            continue
        if primary == "zh":
            best = (weight, "zh")
        elif primary in {"en", "*"}:
            best = (weight, "en")
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
