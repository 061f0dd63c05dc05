"""Addresses of hosts. Source: RFC 5952."""

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.hosts import ip_address, rearmed
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


def read_ip(raw: RawIdentifier) -> tuple[Reading, ...]:
    """RFC 5952 text; IPv4 within IPv6 as IPv4. A private or reserved address gives not_unique. Raises the errors of form."""
    address = ip_address(rearmed(written(raw.kind, raw.value)).removeprefix("[").removesuffix("]"))
    if address is None:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    if address.version == 6:
        if address.scope_id is not None:
            raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
        address = address.ipv4_mapped or address
    return (Reading(raw.kind, str(address), frozenset(() if address.is_global else {Doubt.NOT_UNIQUE})),)


RULE = Rule(
    Kind.IP,
    1,
    None,
    read_ip,
    (
        Example("8.8.8[.]8", "8.8.8.8"),
        Example("[2001:4860:4860:0:0:0:0:8888]", "2001:4860:4860::8888"),
    ),
)
