"""Names of hosts. Source: RFC 5891, and the Public Suffix List as shipped with tldextract; nothing is downloaded."""

import re
from functools import cache

from tldextract import TLDExtract

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.hosts import DOMAIN_DATA, host_name, ip_address, rearmed
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


@cache
def _suffixes() -> TLDExtract:
    # No list URL and no cache folder: the shipped snapshot, read once, is the only source.
    return TLDExtract(cache_dir=None, suffix_list_urls=())


def read_domain(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The name in ASCII form without www; one that ends in no public suffix, or is one, gives not_assigned.

    Raises is_other_kind for an e-mail or IP address or a URL with a path, and the errors of form.
    """
    text = rearmed(written(raw.kind, raw.value))
    host = re.sub("^https?://", "", text, flags=re.I).removesuffix("/")
    other = None
    if "@" in host:
        other = Kind.EMAIL
    elif "/" in host:
        other = Kind.URL
    elif ip_address(host):
        other = Kind.IP
    if other:
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, other)
    name = host_name(raw.kind, host)
    if "." not in name:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    known = _suffixes()(name)
    registrable = known.domain and known.suffix
    return (Reading(raw.kind, name, frozenset(() if registrable else {Doubt.NOT_ASSIGNED})),)


RULE = Rule(
    Kind.DOMAIN,
    1,
    DOMAIN_DATA,
    read_domain,
    (
        Example("https://www.Ejemplo.com.br/", "ejemplo.com.br"),
        Example("ejemplo[.]com", "ejemplo.com"),
    ),
)
