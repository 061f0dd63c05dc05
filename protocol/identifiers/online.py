"""E-mail addresses, URLs, domain names and IP addresses.

Source: RFC 5321 and 6531 (email-validator), RFC 5891 with UTS 46 mapping (idna), RFC 3986 section 6.2.2, RFC 5952, the
Public Suffix List as shipped with tldextract. Nothing is resolved and nothing is downloaded.

The errors of these libraries quote the text, so none of them is ever the cause or the context of one of ours.
"""

import ipaddress
import re
from functools import cache
from urllib.parse import SplitResult, quote, urlsplit

import idna
from email_validator import EmailNotValidError, validate_email
from tldextract import TLDExtract

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.handles import LONGEST_URL, profile_in
from protocol.identifiers.kinds import Kind
from protocol.identifiers.phones import whatsapp_number
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|igsh|igshid|mc_cid|mc_eid|si|_rdr|ref_src)(?:=|$)", re.IGNORECASE)


@cache
def _suffixes() -> TLDExtract:
    # No list URL and no cache folder: the shipped snapshot, read once, is the only source.
    return TLDExtract(cache_dir=None, suffix_list_urls=())


def _rearmed(text: str) -> str:
    """Undo what officers write so that nobody clicks by mistake: hxxp, [.], [at]."""
    return re.sub("^hxxp", "http", text, flags=re.I).replace("[.]", ".").replace("[at]", "@").replace("[:]", ":")


def _ascii_name(host: str) -> str | None:
    try:
        return idna.encode(host, uts46=True).decode().removesuffix(".")
    except idna.IDNAError:
        return None


def _host(kind: Kind, host: str) -> str:
    """ASCII form, lower case, without www and the root's dot. Raises wrong_characters."""
    name = _ascii_name(host)
    if name is None:
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    while name.startswith("www.") and name.count(".") > 1:
        name = name.removeprefix("www.")
    return name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _plain_path(text: str) -> str:
    """RFC 3986 section 6.2.2: unreserved characters bare, all others escaped in upper case."""

    def normal(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    escaped = re.sub("%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(re.sub("%([0-9A-Fa-f]{2})", normal, escaped), safe="%/:?[]@!$&'()*+,;=~-._")


def _mailbox(text: str) -> str | None:
    try:
        found = validate_email(text, check_deliverability=False, allow_display_name=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def _split(address: str) -> tuple[SplitResult, int | None] | None:
    """The parts of an address and its port, None where either cannot be read."""
    try:
        parts = urlsplit(address)
        return parts, parts.port
    except ValueError:
        return None


def read_email(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Lower case, domain in ASCII form. Raises the errors of form."""
    text = _rearmed(written(raw.kind, raw.value).lower())
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0]
    canonical = _mailbox(text)
    if canonical is None:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    return (Reading(raw.kind, canonical),)


def read_url(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The form "https://host/path?query": http counts as https; no www, default port, fragment or tracking parameter.

    Raises is_other_kind for a profile, a WhatsApp link or a bare host, and the errors of form. A URL with a user name
    in it is wrong_characters.
    """
    text = _rearmed(written(raw.kind, raw.value, LONGEST_URL))
    if whatsapp_number(text):
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
    address = _address(host)
    name = _host(raw.kind, host) if address is None else f"[{address}]" if address.version == 6 else str(address)
    query = "&".join(each for each in parts.query.split("&") if each and not _TRACKING.match(each))
    path = _plain_path(parts.path.rstrip("/") + (f"?{query}" if query else ""))
    if not path and port in (None, 80, 443):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.DOMAIN if address is None else Kind.IP)
    place = name if port in (None, 80, 443) else f"{name}:{port}"
    return (Reading(raw.kind, f"https://{place}{path}"),)


def read_domain(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The name in ASCII form without www; one that ends in no public suffix, or is one, gives not_assigned.

    Raises is_other_kind for an e-mail or IP address or a URL with a path, and the errors of form.
    """
    text = _rearmed(written(raw.kind, raw.value))
    host = re.sub("^https?://", "", text, flags=re.I).removesuffix("/")
    other = None
    if "@" in host:
        other = Kind.EMAIL
    elif "/" in host:
        other = Kind.URL
    elif _address(host):
        other = Kind.IP
    if other:
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, other)
    name = _host(raw.kind, host)
    if "." not in name:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    known = _suffixes()(name)
    registrable = known.domain and known.suffix
    return (Reading(raw.kind, name, frozenset(() if registrable else {Doubt.NOT_ASSIGNED})),)


def read_ip(raw: RawIdentifier) -> tuple[Reading, ...]:
    """RFC 5952 text; IPv4 within IPv6 as IPv4. A private or reserved address gives not_unique. Raises the errors of form."""
    address = _address(_rearmed(written(raw.kind, raw.value)).removeprefix("[").removesuffix("]"))
    if address is None:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    if address.version == 6:
        if address.scope_id is not None:
            raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
        address = address.ipv4_mapped or address
    return (Reading(raw.kind, str(address), frozenset(() if address.is_global else {Doubt.NOT_UNIQUE})),)
