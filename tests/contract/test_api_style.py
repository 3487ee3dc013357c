"""What docs/api.md says of every operation of a kind holds for the ones that join later as well."""

import pytest

from tests.api.generated import DOCUMENT

HANDED_OUT_ONCE = {"/api/v1/auth/password"}  # docs/api.md, Once
PREVIEWS = {"/api/v1/notice-templates/{key}/{language}/preview", "/api/v1/rule-sets/check"}
NO_VERSION = {  # what is never changed in place
    "/api/v1/auth/sessions/{session_id}",
    "/api/v1/notices/addresses/{address_id}",
    "/api/v1/notices/mutes/{machine}",
    "/api/v1/report-subscriptions/{subscription_id}",
}


def without(method: str, parameter: str) -> set[str]:
    """The paths whose operation for the signed in does not take a parameter."""
    return {
        path
        for path, operations in DOCUMENT["paths"].items()
        if "security" in operations.get(method, {})
        and parameter not in {taken["name"] for taken in operations[method].get("parameters", ())}
    }


def test_every_post_of_somebody_signed_in_takes_a_key_that_makes_it_happen_once():
    assert without("post", "Idempotency-Key") == HANDED_OUT_ONCE | PREVIEWS


@pytest.mark.parametrize(("method", "excepted"), [("patch", set()), ("delete", NO_VERSION)])
def test_whatever_has_a_version_is_changed_from_one(method, excepted):
    assert without(method, "If-Match") == excepted


def test_every_list_in_pages_is_cut_down_to_the_members_asked_for():
    lists = {path for path, operations in DOCUMENT["paths"].items() if "get" in operations} - without("get", "cursor")
    public = {path for path in lists if "security" not in DOCUMENT["paths"][path]["get"]}
    assert len(lists) > 40
    assert not without("get", "fields") & (lists - public)


def test_only_what_has_an_id_promises_one_when_it_is_cut_down():
    cut = {name: schema for name, schema in DOCUMENT["components"]["schemas"].items() if name.endswith("Fields")}
    assert cut
    for name, schema in cut.items():
        assert set(schema["required"]) <= set(schema["properties"]), name
