"""Which addresses webhooks are never sent to: every special-purpose network of the registries of RFC 6890."""

from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from usecases.webhook_addresses import is_public, points_inside

SPECIAL = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "168.63.129.16/32",
    "::/128",
    "::1/128",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
PUBLIC = ["8.8.8.8", "192.0.1.1", "192.88.98.1", "192.88.100.1", "223.5.5.5", "2606:4700::1", "2400:3200::1"]


@pytest.mark.parametrize("network", SPECIAL)
def test_no_address_of_a_special_network_is_public(network):
    found = ip_network(network)
    for address in {found[0], found[found.num_addresses // 2], found[-1]} | {found[min(9, found.num_addresses - 1)]}:
        assert not is_public(address), address
        assert points_inside(str(address))


@pytest.mark.parametrize("network", [one for one in SPECIAL if ":" not in one])
def test_nor_is_one_inside_an_address_of_ipv6(network):
    inner = ip_network(network)[-1]
    for outer in (0xFFFF << 32 | int(inner), (0x64_FF9B << 96) | int(inner), (0x2002 << 112) | (int(inner) << 80)):
        assert not is_public(IPv6Address(outer)), IPv6Address(outer)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_rest_is(address):
    assert is_public(ip_address(address))
    assert not points_inside(address)
