"""Links and addresses of messengers and telephones that hold a telephone number.

Source: WhatsApp's "click to chat", Telegram's "Deep links" (phone number links), Signal's signal.me links, Viber's deep
links, Skype's URIs, RFC 3966 (tel), RFC 5724 (sms), RFC 6350 section 6.4.1 (vCard). What comes out is a number as it
would be written by hand; one that a messenger's own link holds always begins with the country code.
"""

import re

# Uruguay has numbers of 16 digits, longer than E.164 allows.
_NUMBER = r"(?:\+|%2B|00)?(\d{7,17})"
_END = r"(?:[/?&#].*)?"
_CHAT = re.compile(
    rf"(?:https?://)?(?:www\.)?wa\.me/{_NUMBER}{_END}"
    rf"|(?:https?://)?(?:api|web|www)\.whatsapp\.com/send/?\?(?:.*&)?phone={_NUMBER}{_END}"
    rf"|whatsapp://send/?\?(?:.*&)?phone={_NUMBER}{_END}"
    rf"|\+?(\d{{7,17}})(?:[:.]\d+)?@(?:s\.whatsapp\.net|c\.us)"
    # t.me/+ is followed by a number or by the code of an invitation, which has letters.
    rf"|(?:https?://)?(?:t|telegram)\.me/(?:\+|%2B)(\d{{7,17}}){_END}"
    rf"|tg://resolve/?\?(?:.*&)?phone={_NUMBER}{_END}"
    rf"|(?:https?|sgnl)://signal\.me/#p/{_NUMBER}"
    rf"|viber://(?:chat|add|call|contact)/?\?(?:.*&)?number={_NUMBER}{_END}",
    re.IGNORECASE,
)
_DIALLED = re.compile(
    r"(?:(?:tel|sms|smsto|mms|callto|facetime|facetime-audio)\s?:(?://)?|skype:(?=\+))\s?([^?]+)(?:\?.*)?", re.IGNORECASE
)
_CARD = re.compile(r"(?:item\d+\.)?tel(?:;[^:]*)?\s?:\s?(?:tel:)?(.+)", re.IGNORECASE)
_PARAMETERS = re.compile(r"([^;]+)((?:;[^;]*)+)")
_CONTEXT = re.compile(r";phone-context=(\+[\d.\-()]+)", re.IGNORECASE)
_EXTENSION = re.compile(r";ext=(\d{1,6})", re.IGNORECASE)


def chat_number(text: str) -> str | None:
    """The digits in a link or an address of a messenger, which begin with the country code; else None."""
    found = _CHAT.fullmatch(text)
    return next(filter(None, found.groups()), None) if found else None


def dialled_number(text: str) -> str:
    """What a tel, sms, callto or skype URI or a vCard's line dials, as it would be written; any other text as it is.

    RFC 3966: a local number is put behind its `phone-context`, `ext` becomes "ext", other parameters are left out.
    """
    found = _DIALLED.fullmatch(text) or _CARD.fullmatch(text)
    if found is None:
        return text
    number = re.sub("%2B", "+", found[1], flags=re.IGNORECASE).strip()
    parameters = _PARAMETERS.fullmatch(number)
    if parameters is None:
        return number
    context, extension = _CONTEXT.search(parameters[2]), _EXTENSION.search(parameters[2])
    local = parameters[1] if context is None or parameters[1].startswith("+") else context[1] + parameters[1]
    return local if extension is None else f"{local} ext {extension[1]}"
