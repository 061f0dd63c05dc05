"""Audiences: all members, or a named set. Each has lists and keys of its own, and a record of one never reaches the other."""

from collections.abc import Iterable

from protocol.authority import Authority

ALL = "all"


def name_of(authorities: Iterable[Authority] | None) -> str:
    """How an audience is stored: `all`, or its authorities in order. None is all members."""
    return ALL if authorities is None else " ".join(sorted(set(authorities)))


def includes(audience: str, authority: Authority) -> bool:
    """Whether `authority` belongs to the stored audience."""
    return audience == ALL or authority in audience.split()
