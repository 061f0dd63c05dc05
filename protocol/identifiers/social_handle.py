"""Accounts on social platforms: (platform, name), from a name or from a profile's URL.

Canonical form "instagram:name". Names are compared without case, as the platforms below do.
"""

import re

from protocol.identifiers.characters import LONGEST_URL, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.messaging_links import chat_number
from protocol.identifiers.profiles import profile_in
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading

_ALIASES = {
    "fb": "facebook",
    "ig": "instagram",
    "insta": "instagram",
    "sc": "snapchat",
    "snap": "snapchat",
    "tg": "telegram",
    "tt": "tiktok",
    "twitter": "x",
    "yt": "youtube",
}


_PLATFORM = re.compile(r"[a-z\d](?:[a-z\d.]{0,28}[a-z\d])?")


def _platform(raw: RawIdentifier, name: str) -> str:
    text = re.sub(r"[ _\-]", "", written(raw.kind, name, 64).lower())
    platform = _ALIASES.get(text, text)
    if not _PLATFORM.fullmatch(platform):
        raise NotNormalisable(raw.kind, Reason.NEEDS_PLATFORM)
    if platform == "whatsapp":
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.PHONE)
    return platform


def read_handle(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Platform and name in lower case, without "@".

    Raises needs_platform, conflicting_context (the URL is another platform's), is_other_kind (a WhatsApp number; a URL
    that is no profile) and the errors of form.
    """
    text = written(raw.kind, raw.value, LONGEST_URL)
    if chat_number(text):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.PHONE)
    platform = None if raw.platform is None else _platform(raw, raw.platform)
    named = profile_in(text)
    if named is None:
        if "/" in text:
            raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.URL)
        prefix = re.match(r"([A-Za-z\d.]+)\s?:\s?(?=.)", text)
        named = (_platform(raw, prefix[1]), text[prefix.end() :]) if prefix else (platform or "", text)
    if not named[0]:
        raise NotNormalisable(raw.kind, Reason.NEEDS_PLATFORM)
    if platform not in (None, named[0]):
        raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
    name = named[1].lstrip("@").lower()
    if named[0] == "facebook":
        # Facebook: "periods (.) and capitalization don't make usernames different".
        name = name.replace(".", "")
    if not name:
        raise NotNormalisable(raw.kind, Reason.EMPTY)
    if len(name) > 64:
        raise NotNormalisable(raw.kind, Reason.WRONG_LENGTH)
    # "@" within: the fediverse's name@server. "#": the number after an old Discord name.
    if not re.fullmatch(r"[\w.\-%]+(?:[@#][\w.\-]+)?", name):
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    return (Reading(raw.kind, f"{named[0]}:{name}"),)


RULE = Rule(
    Kind.SOCIAL_HANDLE,
    1,
    None,
    read_handle,
    (
        Example("https://www.instagram.com/Nadie.Real/", "instagram:nadie.real"),
        Example("@Nadie", "x:nadie", platform="Twitter"),
    ),
)
