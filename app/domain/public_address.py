"""Which network addresses a machine of the house may be sent to by somebody else's choice."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

#: Ways of writing an IPv4 address inside IPv6 that lead out through a translator: what lies behind is not seen.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"))
#: Names that only this machine or this network knows.
_INNER_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")


def is_public_address(text: str) -> bool:
    """True for an address of the public internet: not this machine, its network, its cloud, nor a group of machines."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_inner_name(host: str) -> bool:
    """True for host names that never mean a machine of the public internet, before anybody looks them up."""
    name = host.rstrip(".").lower()
    try:
        return not is_public_address(str(ip_address(name.strip("[]"))))
    except ValueError:
        return name == "localhost" or "." not in name or name.endswith(_INNER_NAMES)
