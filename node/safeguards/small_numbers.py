"""Small numbers against subtraction: what the versions of a network's records say of its victims, one after the other (ADR 49).

Two things keep a peer that holds every version from telling one person. From a number of the national export a secret offset
between 0 and 10 is taken before it is banded, the same for a network for ever: whatever bands come out, eleven numbers could have
been behind them. And a change of what concerns victims is told only after weeks whose number nobody outside can know, so that no
version can be laid beside the day on which somebody was found.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785

from node.keys import Keys
from node.safeguards.generalising import HINTS_AT_MINORS, hints_in, in_general, is_small, without_hints
from protocol.limits import SMALL_NUMBER
from protocol.vocabulary import VictimCountBand

OFFSETS = SMALL_NUMBER
"""How many offsets there are, all equally likely: as many histories stand behind each sequence of bands."""
_BANDS = ((251, "v251plus"), (101, "v101_250"), (51, "v51_100"), (26, "v26_50"), (SMALL_NUMBER, "v11_25"), (0, "lt11"))
"""Each band with its lowest number."""

_DAY = 86400
ROLES = "roles"
_COUNT, _DETAIL, _PURPOSES, _MONTHS = "count", "detail", "purposes", "months"
WAITS_DAYS: Mapping[str, tuple[int, int]] = {_COUNT: (30, 60), _DETAIL: (60, 90), _PURPOSES: (60, 90), _MONTHS: (60, 90)}
"""How long a change waits, from and below: what changed together with the band is told after it, in a version of its own."""
_FIELDS: Mapping[str, tuple[str, ...]] = {
    _COUNT: ("victims",),
    _DETAIL: ("victims", *HINTS_AT_MINORS),
    _PURPOSES: ("purposes",),
    _MONTHS: ("first_activity", "last_activity"),
}
_WHEN_EMPTY: Mapping[str, tuple[str, ...]] = {"means": ("not_established",), "purposes": ("unknown",), "offences": ("tip",)}
"""What a field that may not be empty says while all that it would say waits or is left out."""


@dataclass(frozen=True)
class Waiting:
    """What goes on being told of an aspect, as canonical JSON, until `due` (POSIX seconds); then what the case data say."""

    told: str
    due: int


@dataclass(frozen=True)
class Minimised:
    """A field of a record that says less than the case data, and why; `until`: when a change that waits may be told."""

    field: str
    reason: Literal["waits", "small_number"]
    until: int | None = None


def offset_of(keys: Keys, network: str) -> int:
    """The offset of a network, by the digest of its reference: for ever the same, for every audience."""
    return int(keys.digest("victims_offset", network.encode()), 16) % OFFSETS


def band_of(count: int, offset: int) -> VictimCountBand:
    """The band of a number of victims. It never says more people than that number, so below eleven it is always the lowest."""
    return VictimCountBand(next(band for lowest, band in _BANDS if max(0, count - offset) >= lowest))


def wait_of(keys: Keys, network: str, aspect: str, told: str) -> int:
    """Seconds that a change away from `told` waits: whole days, drawn by the node's key, so that no second try draws anew."""
    least, below = WAITS_DAYS.get(aspect, WAITS_DAYS[_DETAIL])
    drawn = int(keys.digest("victims_wait", f"{network}/{aspect}/{told}".encode()), 16)
    return (least + drawn % (below - least)) * _DAY


def changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    held: Mapping[str, Waiting],
    now: int,
    wait: Callable[[str, str], int],
    *,
    untold: bool = False,
) -> dict[str, Waiting | None]:
    """What begins to wait when an import describes a network otherwise, by aspect; None: nothing waits any more.

    `held` is what waits already. A change that is taken back before its time was never told. Of a network of which nobody was
    told anything (`untold`) a number of victims that falls does not wait: it would only say more people than are known.
    """
    small = any(is_small(each["victims"]["count"]) for each in (before, after))
    found: dict[str, Waiting | None] = {}
    for aspect in WAITS_DAYS:
        pending = held.get(aspect)
        waits = pending is not None and now < pending.due
        told, new = pending.told if pending and waits else _written(_said(before, aspect)), _written(_said(after, aspect))
        falls = aspect == _COUNT and _lowest(json.loads(new)) < _lowest(json.loads(told))
        if told == new or (untold and falls):
            if pending is not None:
                found[aspect] = None
        elif not waits and (small or aspect in (_COUNT, _DETAIL)):
            found[aspect] = Waiting(told, now + wait(aspect, told))
    return found


def roles_still_told(
    before: Collection[str], after: Collection[str], held: Waiting | None, now: int, wait: Callable[[str, str], int]
) -> Waiting | None:
    """Roles that go on being told though nobody whom the case data name has them any more; None: nothing begins to wait.

    A role that left a record just after an entry left the list would say whose entry it was.
    """
    gone = set(before) - set(after)
    if not gone:
        return None
    pending = held if held is not None and now < held.due else None
    told = _written(sorted(gone.union(json.loads(pending.told) if pending else ())))
    return Waiting(told, pending.due if pending else now + wait(ROLES, told))


def tellable(
    description: Mapping[str, Any], held: Iterable[tuple[str, Any, int]], now: int
) -> tuple[dict[str, Any], list[Minimised]]:
    """A description as it may be told at `now`, and what it leaves out; `held`: aspect, what is told, and until when."""
    waiting = {aspect: (told, due) for aspect, told, due in held if now < due}
    said = {aspect: waiting[aspect][0] if aspect in waiting else _said(description, aspect) for aspect in WAITS_DAYS}
    latest_first = sorted(waiting.items(), key=lambda each: -each[1][1])
    until = {name: due for aspect, (_, due) in latest_first for name in _FIELDS[aspect]}
    count, detail = said[_COUNT], said[_DETAIL]
    general = is_small(count) or detail["small"]
    ages = [] if general else detail["ages"]
    others = {name: value for name, value in description["victims"].items() if name != "ages"}
    told = {**description, "victims": {**others, "count": count, **({"ages": ages} if ages else {})}}
    told["purposes"], (told["first_activity"], told["last_activity"]) = said[_PURPOSES], said[_MONTHS]
    for name in HINTS_AT_MINORS:
        hints = detail["hints"].get(name, [])
        codes = {*without_hints(name, told.get(name, ())), *(in_general(name, hints) if general else hints)}
        told[name] = sorted(codes or _WHEN_EMPTY.get(name, ()))
    fields = ("victims", "first_activity", "last_activity", *HINTS_AT_MINORS)
    less = sorted(name for name in fields if told[name] != description.get(name, []))
    return told, [Minimised(name, "waits", until[name]) if name in until else Minimised(name, "small_number") for name in less]


def _lowest(band: str) -> int:
    """The lowest number that a band stands for; where nobody knows, none are known."""
    return next((lowest for lowest, each in _BANDS if each == band), 0)


def _said(description: Mapping[str, Any], aspect: str) -> Any:
    """What a description says of an aspect of its victims."""
    victims = description["victims"]
    if aspect == _COUNT:
        return victims["count"]
    if aspect == _DETAIL:
        small = is_small(victims["count"])
        return {"small": small, "ages": [] if small else victims.get("ages", []), "hints": hints_in(description)}
    if aspect == _PURPOSES:
        return without_hints("purposes", description["purposes"])
    return [description["first_activity"], description["last_activity"]]


def _written(value: Any) -> str:
    return rfc8785.dumps(value).decode()
