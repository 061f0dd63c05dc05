"""Pages of the web: "https://host/path?query".

Source: RFC 3986 section 6.2.2 (case, escapes). Nothing is resolved and nothing is downloaded.
"""

import re
from urllib.parse import SplitResult, quote, urlsplit

from protocol.identifiers.characters import LONGEST_URL, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.hosts import DOMAIN_DATA, host_name, ip_address, rearmed
from protocol.identifiers.kinds import Kind
from protocol.identifiers.messaging_links import chat_number
from protocol.identifiers.profiles import profile_in
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|ttclid|twclid|_ga|_gl|igsh|igshid|mc_cid|mc_eid|mibextid|si"
    r"|_rdr|ref_src)(?:=|$)",
    re.IGNORECASE,
)


def _plain_path(text: str) -> str:
    """RFC 3986 section 6.2.2: unreserved characters bare, all others escaped in upper case."""

    def normal(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    escaped = re.sub("%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(re.sub("%([0-9A-Fa-f]{2})", normal, escaped), safe="%/:?[]@!$&'()*+,;=~-._")


def _split(address: str) -> tuple[SplitResult, int | None] | None:
    """The parts of an address and its port, None where either cannot be read."""
    try:
        parts = urlsplit(address)
        return parts, parts.port
    except ValueError:
        return None


def read_url(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The form "https://host/path?query": http counts as https; no www, default port, fragment or tracking parameter.

    Raises is_other_kind for a profile, a WhatsApp link or a bare host, and the errors of form. A URL with a user name
    in it is wrong_characters.
    """
    text = rearmed(written(raw.kind, raw.value, LONGEST_URL))
    if chat_number(text):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.PHONE)
    if profile_in(text):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.SOCIAL_HANDLE)
    with_scheme = text if re.match("https?://", text, re.I) else f"https://{text}"
    split = _split(with_scheme)
    if split is None or " " in text:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    parts, port = split
    host = parts.hostname
    if not host or parts.username is not None:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    address = ip_address(host)
    name = host_name(raw.kind, host) if address is None else f"[{address}]" if address.version == 6 else str(address)
    query = "&".join(each for each in parts.query.split("&") if each and not _TRACKING.match(each))
    path = _plain_path(parts.path.rstrip("/") + (f"?{query}" if query else ""))
    if not path and port in (None, 80, 443):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.DOMAIN if address is None else Kind.IP)
    place = name if port in (None, 80, 443) else f"{name}:{port}"
    return (Reading(raw.kind, f"https://{place}{path}"),)


RULE = Rule(
    Kind.URL,
    2,
    DOMAIN_DATA,
    read_url,
    (
        Example("hxxps://Ejemplo[.]example/a?utm_source=x", "https://ejemplo.example/a"),
        Example("http://www.ejemplo.example:80/a/?q=1", "https://ejemplo.example/a?q=1"),
    ),
)
