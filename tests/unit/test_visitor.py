"""Where a request comes from is an address, whatever a proxy passed on."""

import pytest
from fastapi import Request

from api.identity.authentication import visitor_of


@pytest.mark.parametrize(
    ("host", "address"), [("203.0.113.9", "203.0.113.9"), ("2001:db8::1", "2001:db8::1"), ("bogus", "unknown")]
)
def test_only_an_address_becomes_the_visitors(host, address):
    assert visitor_of(Request({"type": "http", "headers": [], "client": (host, 1)})).address == address
