"""E-mail addresses: of one mailbox, one key.

Source: RFC 5321 and 6531, as email-validator reads them; nothing is resolved. RFC 5233 (what follows + is the mailbox's own)
where the provider documents it: Google ("Dots don't matter in Gmail addresses"), Microsoft (Outlook.com, 2013), Apple (iCloud
Mail), Proton ("+aliases"; protonmail.ch, protonmail.com, pm.me and proton.me are one account's). ADR 0033 says why.

The validator's errors quote the text, so none of them is ever the cause or the context of one of ours.
"""

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from protocol.identifiers.characters import refuse_masked, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.hosts import DOMAIN_DATA, rearmed
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading

_AT = re.compile(r"\s?[(\[{]\s?(?:at|arroba)\s?[)\]}]\s?|\s(?:at|arroba)\s")
_DOT = re.compile(r"\s?[(\[{]\s?(?:dot|punto|ponto|point)\s?[)\]}]\s?")


@dataclass(frozen=True, slots=True)
class _Provider:
    """`domain`: the one under which its mailboxes are known here; None where each domain has its own."""

    domains: str
    domain: str | None = None
    dots_count: bool = True


_PROVIDERS = (
    _Provider(r"(?:gmail|googlemail)\.com", "gmail.com", dots_count=False),
    _Provider(r"(?:proton\.me|protonmail\.com|protonmail\.ch|pm\.me)", "proton.me"),
    _Provider(r"(?:icloud|me|mac)\.com", "icloud.com"),
    _Provider(r"(?:outlook|hotmail|live|msn)\.(?:com|[a-z]{2}|com\.[a-z]{2}|co\.[a-z]{2})"),
)


def _valid(text: str) -> tuple[str, str] | None:
    try:
        found = validate_email(text, check_deliverability=False, allow_display_name=True)
    except EmailNotValidError:
        return None
    return found.local_part, str(found.ascii_domain)


def _mailbox(local: str, domain: str) -> str | None:
    """The address under which the provider knows the mailbox; None for a letter that none of its names has."""
    for provider in _PROVIDERS:
        if re.fullmatch(provider.domains, domain):
            if not local.isascii():
                return None
            name = local.partition("+")[0] or local
            plain = name if provider.dots_count else name.replace(".", "")
            return f"{plain}@{provider.domain or domain}"
    return f"{local}@{domain}"


def read_email(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Lower case, domain in ASCII form; at the providers above without what follows +, at Gmail without dots.

    Raises masked ("na***@…"), and the errors of form.
    """
    text = _DOT.sub(".", _AT.sub("@", rearmed(written(raw.kind, raw.value).lower())))
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0]
    refuse_masked(raw.kind, text)
    found = _valid(text)
    canonical = _mailbox(*found) if found else None
    if canonical is None:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    return (Reading(raw.kind, canonical),)


RULE = Rule(
    Kind.EMAIL,
    2,
    DOMAIN_DATA,
    read_email,
    (
        Example("Nadie@Correo.example", "nadie@correo.example"),
        Example("nadie[at]correo[.]example", "nadie@correo.example"),
        Example("Na.Die+anuncios@googlemail.com", "nadie@gmail.com"),
    ),
)
