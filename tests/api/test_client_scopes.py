"""What the scopes of integrators' clients give, and what none of them gives."""

import pytest

from api.rights import CLIENT_SCOPES, Right, allows


def test_no_scope_decides_who_gets_in_or_whose_a_machine_is():
    given = frozenset[Right]().union(*CLIENT_SCOPES.values())
    assert given == {
        Right.READ_FLEET,
        Right.READ_POSITIONS,
        Right.READ_AEMP,
        Right.READ_AUDIT,
        Right.MANAGE_WEBHOOKS,
        Right.EDIT_MACHINES,
        Right.EDIT_SITES,
    }, "least privilege: say in docs/identity.md why a client needs one more"


@pytest.mark.parametrize(
    ("role", "scopes", "right", "allowed"),
    [
        ("integrator", {"fleet:read", "machines:write"}, Right.EDIT_MACHINES, True),
        ("integrator", {"fleet:read", "machines:write"}, Right.EDIT_SITES, False),
        ("integrator", {"fleet:read", "sites:write"}, Right.EDIT_SITES, True),
        ("integrator", {"fleet:read"}, Right.EDIT_MACHINES, False),
        ("integrator", {"machines:write"}, Right.EDIT_MACHINES, False),  # who changes a thing is shown it
        ("auditor", {"fleet:read", "machines:write"}, Right.EDIT_MACHINES, False),  # only reads
        ("auditor", {"fleet:read", "audit:read"}, Right.READ_AUDIT, True),
    ],
)
def test_what_a_scope_gives(role, scopes, right, allowed):
    assert allows(role, right, organisation_kind="customer", scopes=frozenset(scopes)) is allowed
