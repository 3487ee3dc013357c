"""`ecc people`."""

from collections.abc import Set

from api.rights import GRANTABLE
from app.cli.master_data import Noun, commands
from usecases import edit_people as edit
from usecases.import_people import import_people
from usecases.powers import Powers


def grantable(kind: str) -> Set[str]:
    """Every role that somebody may give in an organisation of this kind."""
    return frozenset[str]().union(*GRANTABLE.get(kind, {}).values())


POWERS = Powers(grantable=grantable, covers=lambda _: True)
NOUN = Noun(
    plural="people",
    columns=("id", "login", "name", "role", "organisation_name", "active"),
    key="login",
    members={
        "login": "text",
        "name": "text",
        "role": "text",
        "organisation": "organisation",
        "email": "text",
        "phone": "text",
        "language": "text",
        "time_zone": "text",
        "active": "flag",
    },
    unchanging=frozenset({"login", "organisation"}),
    list=lambda conn, scope, q, wish: edit.list_people(conn, scope, edit.PersonFilter(q=q), wish),
    get=edit.get_person,
    create=lambda conn, by, values, now: edit.create_person(conn, by, values, powers=POWERS, now=now),
    change=lambda conn, by, thing, changes, now: edit.change_person(
        conn, by, thing, changes, version=None, powers=POWERS, now=now
    ),
    load=import_people,
    load_options={"powers": POWERS},
)
app = commands(NOUN)
