"""Pages of the web that are somebody's profile on a social platform."""

import re

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
