"""What somebody of a role may give to others, from the tables of api/policy.py."""

from functools import partial

from api.policy import covers, grants_of
from usecases.powers import Powers


def powers_of(role: str) -> Powers:
    """The powers of whoever has this role."""
    return Powers(grantable=grants_of(role), covers=partial(covers, role))
