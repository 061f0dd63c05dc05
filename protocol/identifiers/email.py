"""E-mail addresses. Source: RFC 5321 and 6531, as email-validator reads them; nothing is resolved.

Its errors quote the text, so none of them is ever the cause or the context of one of ours.
"""

from email_validator import EmailNotValidError, validate_email

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.hosts import DOMAIN_DATA, rearmed
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


def _mailbox(text: str) -> str | None:
    try:
        found = validate_email(text, check_deliverability=False, allow_display_name=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def read_email(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Lower case, domain in ASCII form. Raises the errors of form."""
    text = rearmed(written(raw.kind, raw.value).lower())
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0]
    canonical = _mailbox(text)
    if canonical is None:
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    return (Reading(raw.kind, canonical),)


RULE = Rule(
    Kind.EMAIL,
    1,
    DOMAIN_DATA,
    read_email,
    (
        Example("Nadie@Correo.example", "nadie@correo.example"),
        Example("nadie[at]correo[.]example", "nadie@correo.example"),
    ),
)
