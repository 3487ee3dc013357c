"""Units and code lists."""

from api.schemas.shape import Shape, example

_SEVERITY = {"code": "critical", "name": "critical", "zh": "紧急", "en": "critical"}
_SEVERITIES = {"id": "severities", "name": "Severities", "zh": "严重程度", "en": "Severities"}
_UNIT = {"code": "kPa", "name": "kilopascal", "zh": "千帕", "en": "kilopascal", "quantity": "pressure", "suffix": "kpa"}


class Unit(Shape):
    """A unit in which signals and fields are given."""

    code: str
    """As `unit` of a signal says it."""
    name: str
    """In the language asked for by Accept-Language."""
    zh: str
    en: str
    quantity: str | None
    """What it measures; null for a unit that only a site's own signal has."""
    suffix: str | None
    """How names of fields and signals end that are given in it: `_kpa`, without the underscore."""

    model_config = example(_UNIT)


class UnitList(Shape):
    """All units."""

    items: list[Unit]
    next_cursor: None = None

    model_config = example({"items": [_UNIT], "next_cursor": None})


class Code(Shape):
    """A value that a field may have, in words."""

    code: str
    name: str
    """In the language asked for by Accept-Language."""
    zh: str
    en: str

    model_config = example(_SEVERITY)


class CodeListName(Shape):
    """A code list without its values."""

    id: str
    name: str
    """In the language asked for by Accept-Language."""
    zh: str
    en: str

    model_config = example(_SEVERITIES)


class CodeLists(Shape):
    """All code lists."""

    items: list[CodeListName]
    next_cursor: None = None

    model_config = example({"items": [_SEVERITIES], "next_cursor": None})


class CodeList(CodeListName):
    """A code list with its values in their order."""

    items: list[Code]

    model_config = example({**_SEVERITIES, "items": [_SEVERITY]})
