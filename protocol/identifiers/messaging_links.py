"""Links and addresses of messengers that hold a telephone number."""

import re

_WHATSAPP = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)|whatsapp://send/?\?phone=)"
    r"(?:\+|%2B)?(\d{7,15})(?:[/?&#].*)?"
    r"|\+?(\d{7,15})(?:[:.]\d+)?@(?:s\.whatsapp\.net|c\.us)",
    re.IGNORECASE,
)


def whatsapp_number(text: str) -> str | None:
    """The digits in a wa.me link or a WhatsApp address, which always begin with the country code; else None."""
    found = _WHATSAPP.fullmatch(text)
    return (found[1] or found[2]) if found else None
