"""Links by which people choose a password."""

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input, Language
from api.schemas.people import PERSON_UUID
from api.schemas.shape import AT, Instant, Shape, UuidText, example


class PasswordLink(Shape):
    """A link by which a person chooses a password, which is shown this once."""

    person_id: UuidText
    login: str
    link: str
    """The console's page for it, to be handed to the person; a path only where the platform does not know its own
    address (`ECC_PUBLIC_URL`): put `https://` and its host before it."""
    expires_at: Instant

    model_config = example(
        {
            "person_id": PERSON_UUID,
            "login": "wang.li",
            "link": "https://ecc.example.com/password/" + "x" * 43,
            "expires_at": AT,
        }
    )


class PasswordLinkShown(Shape):
    """What the holder of a link is told: whose password it is for, and who made it."""

    login: str
    organisation_name: str
    made_by: str
    language: Language | None
    """That of the account; null while none is chosen."""
    expires_at: Instant

    model_config = example(
        {"login": "wang.li", "organisation_name": "North", "made_by": "owner", "language": "zh", "expires_at": AT}
    )


class ChosenPassword(Input):
    """The password that the person takes."""

    password: str = Field(min_length=1, max_length=1000)

    model_config = ConfigDict(json_schema_extra={"example": {"password": "a few words of one's own"}})
