"""How these tests ask: one line in, the canonical form, the doubts or the reason out. All values are invented."""

import pytest

from protocol.identifiers import Doubt, Kind, NotNormalisable, RawIdentifier, Reason, normalise


def canonical(
    kind: Kind,
    value: str,
    country: str | None = None,
    *,
    subdivision: str | None = None,
    platform: str | None = None,
    bank: str | None = None,
) -> str:
    return normalise(RawIdentifier(kind, value, country, subdivision, platform, bank))[0].canonical


def doubts(kind: Kind, value: str, country: str | None = None) -> frozenset[Doubt]:
    return normalise(RawIdentifier(kind, value, country))[0].doubts


def refusal(
    kind: Kind,
    value: str,
    country: str | None = None,
    *,
    subdivision: str | None = None,
    platform: str | None = None,
    bank: str | None = None,
) -> tuple[Reason, Kind | None]:
    with pytest.raises(NotNormalisable) as refused:
        normalise(RawIdentifier(kind, value, country, subdivision, platform, bank))
    assert refused.value.kind is kind
    return refused.value.reason_code, refused.value.other_kind
