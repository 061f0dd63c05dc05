"""Everything that a person reads, in the four languages: one TOML catalogue a language, the same keys in each.

A text names its facts in braces: `"{peer} has answered"`. A key that is missing is a defect, found by a test and raised here.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from protocol.vocabulary import Language

DEFAULT = Language.ES


@cache
def catalogue(language: Language, package: str = __package__) -> Mapping[str, str]:
    """All texts of a language by key; tables of the file are joined with dots. `package`: whose catalogues."""
    document = tomllib.loads(files(package).joinpath(f"{language.value}.toml").read_text("utf-8"))
    return dict(_flat(document, ""))


def _flat(table: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for name, value in table.items():
        texts += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, str(value))]
    return texts


def say(language: Language, key: str, package: str = __package__, /, **facts: str | int) -> str:
    """The text under `key` in `language`, its facts filled in. Raises `KeyError` for a key or fact that is missing."""
    return catalogue(language, package)[key].format(**facts)


def preferred(accept_language: str | None) -> Language:
    """The language that an Accept-Language header (RFC 9110 section 12.5.4) prefers among ours; Spanish when it names none."""
    weighted: list[tuple[float, Language]] = []
    for part in (accept_language or "").split(",")[:16]:
        tag, _, weight = part.partition(";")
        code = tag.strip().lower().split("-")[0]
        if code in set(Language):
            weighted.append((_weight(weight), Language(code)))
    best = max(weighted, key=lambda pair: pair[0], default=(1.0, DEFAULT))
    return best[1] if best[0] > 0 else DEFAULT


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    try:
        return float(number) if name == "q" else 1.0
    except ValueError:
        return 0.0
