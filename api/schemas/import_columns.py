"""What files that are imported look like."""

from api.schemas.shape import Shape, example

_TERMINALS = {
    "noun": "terminals",
    "required": ["name"],
    "optional": ["organisation", "hardware", "iccid", "sim_operator"],
    "media_type": "text/csv",
    "example": "name,hardware,iccid,sim_operator\nTBOX-000123,TB-4G rev C,89860012345678901238,China Mobile\n",
}
_ONE, _ALL = example(_TERMINALS), example({"items": [_TERMINALS]})


class FileColumns(Shape):
    """What a table of a noun has for columns, or a feature of a map for properties."""

    noun: str
    """As in the path of its import."""
    required: list[str]
    """Without one of these columns the file, without a cell in it the line, is refused."""
    optional: list[str]
    media_type: str
    """Of the body: `text/csv`, or `application/geo+json`."""
    example: str
    """A whole file with some of the columns."""

    model_config = _ONE


class FileColumnsList(Shape):
    """All nouns that can be imported."""

    items: list[FileColumns]

    model_config = _ALL
