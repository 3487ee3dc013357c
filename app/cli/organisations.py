"""`ecc organisations`."""

from app.cli.master_data import Noun, commands
from usecases import edit_organisations as edit
from usecases.import_organisations import import_organisations

NOUN = Noun(
    plural="organisations",
    columns=("id", "kind", "name", "parent_name", "external_no", "active"),
    members={
        "kind": "text",
        "name": "text",
        "parent": "organisation",
        "external_no": "text",
        "language": "text",
        "contact_name": "text",
        "contact_email": "text",
        "contact_phone": "text",
        "active": "flag",
    },
    unchanging=frozenset({"kind"}),
    list=lambda conn, scope, q, wish: edit.list_organisations(conn, scope, edit.OrganisationFilter(q=q), wish),
    get=edit.get_organisation,
    create=lambda conn, by, values, now: edit.create_organisation(conn, by, values, now=now),
    change=lambda conn, by, thing, changes, now: edit.change_organisation(
        conn, by, thing, changes, version=None, now=now
    ),
    load=import_organisations,
)
app = commands(NOUN)
