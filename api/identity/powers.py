"""What somebody of a role may give to others, from the tables of api/rights.py."""

from functools import partial

from api.rights import covers, grants_of
from usecases.powers import Powers


def powers_of(role: str) -> Powers:
    """The powers of whoever has this role."""
    return Powers(grantable=grants_of(role), covers=partial(covers, role))
