"""What URLs, domains, e-mail and IP addresses share: disguises undone, names and addresses of hosts.

Source: RFC 5891 with UTS 46 mapping (idna). Nothing is resolved. The errors of the libraries quote the text, so none of
them is ever the cause or the context of one of ours.
"""

import ipaddress
import re

import idna
import idna.idnadata

from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind

DOMAIN_DATA = idna.idnadata.__version__
"""Release of the Unicode tables that map the letters of a host's name."""


def rearmed(text: str) -> str:
    """Undo what officers write so that nobody clicks by mistake: hxxp, [.], [at]."""
    return re.sub("^hxxp", "http", text, flags=re.I).replace("[.]", ".").replace("[at]", "@").replace("[:]", ":")


def _ascii_name(host: str) -> str | None:
    try:
        return idna.encode(host, uts46=True).decode().removesuffix(".")
    except idna.IDNAError:
        return None


def host_name(kind: Kind, host: str) -> str:
    """ASCII form, lower case, without www and the root's dot. Raises wrong_characters."""
    name = _ascii_name(host)
    if name is None:
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    while name.startswith("www.") and name.count(".") > 1:
        name = name.removeprefix("www.")
    return name


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that the whole text is, else None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
