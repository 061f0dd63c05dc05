"""How common a name is: to share a rare one says more than to share María or Silva.

The lists beside this file are in the order of how many bear a name. Of the name at rank r a part of 1/(r + 8) is taken, which
is about how such lists fall off; names of one sound add up. A name in no list is taken to be borne by one in a thousand: that
one does not know how rare it is must not make it say more.
"""

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import log
from types import MappingProxyType
from typing import Any

from protocol.names.errors import NotComparable
from protocol.names.people import read_person
from protocol.names.sounds import sound

_RAREST = log(1000)
_FLATTENING = 8
"""The first few names of a list are borne by more alike numbers than 1/rank says."""


def rarity_of_given_name(word: str) -> float:
    """Minus the natural logarithm of the part of the people whose given name sounds like this; at most ln 1000."""
    return _rarity(_shares()["given_names"], word)


def rarity_of_surname(word: str) -> float:
    """Likewise of surnames."""
    return _rarity(_shares()["surnames"], word)


def is_common_given_name(name: str) -> bool:
    """Whether the first word of `name` stands in a list of given names, and not only one that sounds like it."""
    words = _words(name)
    return bool(words) and words[0] in _common("given_names")


def is_common_surname(name: str) -> bool:
    """Likewise of surnames."""
    words = _words(name)
    return bool(words) and words[0] in _common("surnames")


def _words(name: str) -> tuple[str, ...]:
    try:
        return read_person("", name, None).surnames
    except NotComparable:
        return ()


@cache
def _common(kind: str) -> frozenset[str]:
    return frozenset(_words(name)[0] for lists in _lists().values() for ranked in lists[kind]["lists"] for name in ranked)


def _rarity(shares: Mapping[str, float], word: str) -> float:
    share = shares.get(sound(word))
    return _RAREST if share is None else min(_RAREST, -log(share))


@cache
def _lists() -> dict[str, Any]:
    languages: dict[str, Any] = json.loads(files(__package__).joinpath("common_names.json").read_text("utf-8"))["languages"]
    return languages


@cache
def _shares() -> Mapping[str, Mapping[str, float]]:
    """Of each kind of name the part of the people by sound: in the language in which it is most common."""
    highest: dict[str, dict[str, float]] = {"given_names": {}, "surnames": {}}
    for lists in _lists().values():
        for kind, shares in highest.items():
            for code, share in _by_sound(lists[kind]).items():
                shares[code] = max(share, shares.get(code, 0.0))
    return MappingProxyType(highest)


def _by_sound(names: Mapping[str, Any]) -> Counter[str]:
    shares: Counter[str] = Counter()
    for ranked in names["lists"]:
        whole = sum(1 / (rank + _FLATTENING) for rank in range(len(ranked)))
        for rank, name in enumerate(ranked):
            part = names["share"] / len(names["lists"]) / (rank + _FLATTENING) / whole
            shares[sound(read_person("", name, None).surnames[0])] += part
    return shares
