"""Accounts on social platforms: (platform, name), from a name or from a profile's URL.

Canonical form "instagram:name". Names are compared without case, as the platforms below do.
"""

import re

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.phones import whatsapp_number
from protocol.identifiers.values import RawIdentifier, Reading

LONGEST_URL = 2048
"""Characters: what browsers and servers commonly take."""

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

# Platform, hosts, and where in "path?query" the name stands. Group and channel pages are no one's handle.
_PROFILES = (
    ("facebook", r"(?:facebook|fb)\.com", r"/profile\.php\?(?:.*&)?id=(\d+)(?:&.*)?"),
    ("facebook", r"(?:facebook|fb)\.com", r"/people/[^/?]+/(\d+)(?:[/?].*)?"),
    ("facebook", r"(?:facebook|fb)\.com", r"/([A-Za-z\d.]{5,50})(?:[/?].*)?"),
    ("instagram", r"(?:instagram\.com|instagr\.am)", r"/(?:stories/)?([\w.]{1,30})(?:[/?].*)?"),
    ("linkedin", r"linkedin\.com", r"/in/([\w%\-]+)(?:[/?].*)?"),
    ("onlyfans", r"onlyfans\.com", r"/([\w.\-]+)(?:[/?].*)?"),
    ("reddit", r"reddit\.com", r"/u(?:ser)?/([\w\-]+)(?:[/?].*)?"),
    ("snapchat", r"snapchat\.com", r"/add/([\w.\-]+)(?:[/?].*)?"),
    ("telegram", r"(?:t|telegram)\.me", r"/(?:s/)?([A-Za-z]\w{3,31})(?:[/?].*)?"),
    ("threads", r"threads\.(?:net|com)", r"/@([\w.]+)(?:[/?].*)?"),
    ("tiktok", r"tiktok\.com", r"/@([\w.]+)(?:[/?].*)?"),
    ("twitch", r"twitch\.tv", r"/(\w+)(?:[/?].*)?"),
    ("x", r"(?:x|twitter)\.com", r"/(\w{1,15})(?:[/?].*)?"),
    ("youtube", r"youtube\.com", r"/@([\w.\-]+)(?:[/?].*)?"),
)
_NOT_NAMES = frozenset(
    {"accounts", "c", "directory", "direct", "events", "explore", "groups", "hashtag", "home", "i", "intent"}
    | {"joinchat", "login", "marketplace", "p", "pages", "people", "photo", "photo.php", "permalink.php"}
    | {"profile.php", "proxy", "reel", "reels", "s", "search", "settings", "share", "sharer", "stories"}
    | {"story.php", "tv", "videos", "watch"}
)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.|m\.|mobile\.|web\.|[a-z]{2}-[a-z]{2}\.)?([a-z\d.\-]+)(/[^#]*)(?:#.*)?", re.I)
_PLATFORM = re.compile(r"[a-z\d](?:[a-z\d.]{0,28}[a-z\d])?")


def profile_in(address: str) -> tuple[str, str] | None:
    """(platform, name) of a profile's URL, with or without its scheme; None for any other text."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return None
    for platform, host, path in _PROFILES:
        if re.fullmatch(host, found[1].lower()):
            name = re.fullmatch(path, found[2], re.I)
            if name and name[1].lower() not in _NOT_NAMES:
                return platform, name[1]
    return None


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
    if whatsapp_number(text):
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
