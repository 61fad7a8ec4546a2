"""Which addresses the web is, and which are somebody's own network."""

from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address

# What `is_global` leaves out, or changed its mind about between versions of Python.
REFUSED = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # carriers' NAT
            "168.63.129.16/32",  # Azure's metadata, among public addresses
            "192.0.0.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.175.48.0/24",
            "198.18.0.0/15",
            "240.0.0.0/4",
            "64:ff9b:1::/48",  # NAT64 within a network
            "100::/64",
            "2001::/23",  # Teredo, ORCHID and the like
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fec0::/10",
        ),
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
TRANSLATED = IPv6Network("::ffff:0:0:0/96")
ISATAP = (0x5EFE, 0x0200_5EFE)


def public(text: str) -> bool:
    """Tell whether an address, and every other one within it, is on the web."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if "%" in text:  # a scope: of this machine's links
        return False
    return all(map(on_the_web, (address, *within(address))))


def on_the_web(address: Address) -> bool:
    """Tell whether an address is anybody's."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        # NAT64 leads to the address within, which is looked at by itself.
        return address in NAT64
    return (
        address.is_global
        and not address.is_multicast
        and not any(
            address in network
            for network in REFUSED
            if network.version == address.version
        )
    )


def within(address: Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64 or address in COMPATIBLE or address in TRANSLATED:
        yield last
    if (int(address) >> 32) & 0xFFFF_FFFF in ISATAP:
        yield last
