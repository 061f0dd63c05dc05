"""Pages of the web that are somebody's profile on a social platform.

Source: each platform's own addresses and its rule for names, as its help pages state them: letters a to z, digits and the few
signs below, capitals without meaning. Pages of groups, channels, posts and short links are nobody's profile.
"""

import re
from urllib.parse import unquote

_LOCAL = r"(?:[a-z]{2,3}\.)?"
"""A subdomain for a language or a state: br.pinterest.com."""

# Platform, hosts, and where in "path?query" the name stands.
_PROFILES: tuple[tuple[str, str, str], ...] = (
    ("badoo", r"badoo\.com", r"/(?:[a-z]{2}/)?profile/0?(\d{5,})(?:[/?].*)?"),
    ("discord", r"discord(?:app)?\.com", r"/users/(\d{17,20})(?:[/?].*)?"),
    ("facebook", r"(?:facebook|fb|messenger)\.com|fb\.me|m\.me", r"/profile\.php\?(?:.*&)?id=(\d+)(?:&.*)?"),
    ("facebook", r"(?:facebook|fb)\.com", r"/people/[^/?]+/(\d+)(?:[/?].*)?"),
    ("facebook", r"(?:facebook|fb|messenger)\.com|fb\.me|m\.me", r"/(?:t/|pg/|messages/t/)?([A-Za-z\d.]{5,50})(?:[/?].*)?"),
    ("fansly", r"fansly\.com", r"/([\w\-]{4,30})(?:[/?].*)?"),
    ("instagram", r"instagram\.com|instagr\.am", r"/(?:stories/|_u/)?([\w.]{1,30})(?:[/?].*)?"),
    ("instagram", r"ig\.me", r"/m/([\w.]{1,30})(?:[/?].*)?"),
    ("kik", r"kik\.me", r"/(?:u/)?([\w.]{2,30})(?:[/?].*)?"),
    ("kik", r"kik\.com", r"/u/([\w.]{2,30})(?:[/?].*)?"),
    ("line", r"line\.me", r"/(?:R/)?ti/p/(?:~|%7E)([\w.\-]+)(?:[/?].*)?"),
    ("linkedin", rf"{_LOCAL}linkedin\.com", r"/in/([\w%.\-]+)(?:[/?].*)?"),
    ("onlyfans", r"onlyfans\.com", r"/([\w.\-]+)(?:[/?].*)?"),
    ("pinterest", rf"{_LOCAL}pinterest\.(?:com|[a-z]{{2}}|com\.[a-z]{{2}}|co\.[a-z]{{2}})", r"/([\w\-]{3,30})(?:[/?].*)?"),
    ("privacy", r"privacy\.com\.br", r"/(?:profile/|@)?([\w.\-]+)(?:[/?].*)?"),
    ("reddit", r"(?:old\.|new\.|np\.)?reddit\.com", r"/u(?:ser)?/([\w\-]+)(?:[/?].*)?"),
    ("snapchat", r"snapchat\.com", r"/(?:add/|@|u/)([\w.\-]+)(?:[/?].*)?"),
    ("telegram", r"(?:t|telegram)\.(?:me|dog)", r"/(?:s/)?([A-Za-z]\w{3,31})(?:[/?].*)?"),
    ("threads", r"threads\.(?:net|com)", r"/@([\w.]+)(?:[/?].*)?"),
    ("tiktok", r"tiktok\.com", r"/@([\w.]+)(?:[/?].*)?"),
    ("tinder", r"(?:go\.)?tinder\.com", r"/@([\w.\-]+)(?:[/?].*)?"),
    ("twitch", r"twitch\.tv", r"/(\w+)(?:[/?].*)?"),
    ("vk", r"vk\.(?:com|ru)|vkontakte\.ru", r"/([a-z\d_.]{3,32})(?:[/?].*)?"),
    ("x", r"(?:x|twitter)\.com", r"/(\w{1,15})(?:[/?].*)?"),
    ("youtube", r"youtube\.com", r"/@([\w%.·\-]+)(?:[/?].*)?"),
)
_NOT_NAMES = frozenset(
    {"about", "accounts", "add", "ads", "business", "c", "channel", "channels", "dialog", "direct", "directory", "download"}
    | {
        "events",
        "explore",
        "feed",
        "friends",
        "gaming",
        "groups",
        "hashtag",
        "help",
        "home",
        "i",
        "ideas",
        "im",
        "intent",
        "joinchat",
    }
    | {"legal", "live", "login", "marketplace", "media", "messages", "notifications", "p", "pages", "people", "permalink.php"}
    | {"photo", "photo.php", "pin", "plugins", "policies", "privacy", "profile", "profile.php", "proxy", "reel", "reels", "s"}
    | {"search", "settings", "share", "share.php", "sharer", "sharer.php", "shop", "signup", "socks", "stories", "story.php", "t"}
    | {"terms", "tv", "video", "videos", "wall", "watch", "web"}
)
_ADDRESS = re.compile(r"(?:https?://)?([a-z\d.\-]+)(/[^#]*)(?:#.*)?", re.I)
_MOBILE = re.compile(r"^(?:(?:www|m|mobile|mbasic|touch|web|lite|[a-z]{2}-[a-z]{2})\.)+")
_RESOLVED = re.compile(r"tg://resolve/?\?(?:.*&)?domain=([A-Za-z]\w{3,31})(?:&.*)?", re.I | re.ASCII)
_OWN_HOST = re.compile(r"(?:https?://)?([a-z]\w{3,31})\.t\.me/?", re.I | re.ASCII)
_CHAT = re.compile(r"skype:([\w.,\-:]+)(?:\?.*)?", re.I | re.ASCII)
_NAMES_OF_A_TO_Z = (frozenset(platform for platform, _, _ in _PROFILES) | {"skype", "wechat"}) - {"linkedin", "youtube"}


def profile_in(address: str) -> tuple[str, str] | None:
    """(platform, name) of a profile's URL, with or without its scheme; None for any other text."""
    for platform, form in (("telegram", _RESOLVED), ("telegram", _OWN_HOST), ("skype", _CHAT)):
        named = form.fullmatch(address)
        if named and named[1].lower() != "www":
            return platform, named[1]
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return None
    hosts = (found[1].lower(), _MOBILE.sub("", found[1].lower()))
    for platform, host, path in _PROFILES:
        if any(re.fullmatch(host, each) for each in hosts):
            name = re.fullmatch(path, found[2], re.I)
            if name and name[1].lower() not in _NOT_NAMES:
                return platform, unquote(name[1])
    return None


def has_plain_names(platform: str) -> bool:
    """Whether no name there has a letter outside a to z, so that one that looks so is another character in disguise."""
    return platform in _NAMES_OF_A_TO_Z
