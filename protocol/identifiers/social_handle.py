"""Accounts on social platforms: (platform, name), from a name or from a profile's URL.

Canonical form "instagram:name". Names are compared without case, as the platforms do. Where a platform's names have the letters a
to z only, any other letter is refused: a Cyrillic "а" there is a disguise or a slip, and another name to the platform.
"""

import re

from protocol.identifiers.characters import LONGEST_URL, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.messaging_links import chat_number
from protocol.identifiers.profiles import has_plain_names, profile_in
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading

_ALIASES = {
    "facebookmessenger": "facebook",
    "fb": "facebook",
    "ig": "instagram",
    "insta": "instagram",
    "messenger": "facebook",
    "meta": "facebook",
    "of": "onlyfans",
    "privacy.com.br": "privacy",
    "sc": "snapchat",
    "snap": "snapchat",
    "tg": "telegram",
    "tt": "tiktok",
    "twitter": "x",
    "vkontakte": "vk",
    "wa": "whatsapp",
    "weixin": "wechat",
    "wsp": "whatsapp",
    "yt": "youtube",
}
_NUMBERS = frozenset({"signal", "viber", "whatsapp"})
"""Messengers whose accounts are telephone numbers, unless they have a name."""

_NUMBER = re.compile(r"\+?[\d\s().\-]{7,20}", re.ASCII)

_PLATFORM = re.compile(r"[a-z\d](?:[a-z\d.]{0,28}[a-z\d])?")


def _platform(raw: RawIdentifier, name: str) -> str:
    text = re.sub(r"[ _\-]", "", written(raw.kind, name, 64).lower())
    platform = _ALIASES.get(text, text)
    if not _PLATFORM.fullmatch(platform):
        raise NotNormalisable(raw.kind, Reason.NEEDS_PLATFORM)
    return platform


def read_handle(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Platform and name in lower case, without "@".

    Raises needs_platform, conflicting_context (the URL is another platform's), is_other_kind (a messenger's telephone number;
    a URL that is no profile) and the errors of form.
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
    if named[0] in _NUMBERS and _NUMBER.fullmatch(named[1]):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.PHONE)
    if not named[0]:
        raise NotNormalisable(raw.kind, Reason.NEEDS_PLATFORM)
    if platform not in (None, named[0]):
        raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
    name = written(raw.kind, named[1]).lstrip("@").lower()
    if named[0] == "facebook":
        # Facebook: "periods (.) and capitalization don't make usernames different".
        name = name.replace(".", "")
    if not name:
        raise NotNormalisable(raw.kind, Reason.EMPTY)
    if len(name) > 64:
        raise NotNormalisable(raw.kind, Reason.WRONG_LENGTH)
    if has_plain_names(named[0]) and not name.isascii():
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    # "@" within: the fediverse's name@server. "#": the number after an old Discord name. "live:": a Skype name since 2012.
    if not re.fullmatch(r"(?:live:)?[\w.\-%]+(?:[@#][\w.\-]+)?", name):
        raise NotNormalisable(raw.kind, Reason.WRONG_CHARACTERS)
    return (Reading(raw.kind, f"{named[0]}:{name}"),)


RULE = Rule(
    Kind.SOCIAL_HANDLE,
    2,
    None,
    read_handle,
    (
        Example("https://www.instagram.com/Nadie.Real/", "instagram:nadie.real"),
        Example("@Nadie", "x:nadie", platform="Twitter"),
    ),
)
