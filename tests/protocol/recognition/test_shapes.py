"""The shares by which confidence is judged are measured here, on random texts that have a kind's letters and digits in place."""

import random
from string import ascii_uppercase, digits

import pytest

from protocol.identifiers import Doubt, Kind, NotNormalisable, RawIdentifier, normalise
from protocol.recognition.shapes import ALSO_WHEN_NAMED, FORMS, NEGLIGIBLE, RARE, SHAPES

_DRAWN = 20_000
_SAMPLES: dict[tuple[Kind, str | None], tuple[str, ...]] = {
    (Kind.IBAN, None): ("CR05015202001026284066", "BR1899900147004170005550147C1", "GT82TRAJ01020000001210029690"),
    (Kind.NATIONAL_ID, "MX"): ("BOXW310820HNERXN09",),
    (Kind.CBU, None): ("2850590940090418135201",),
    (Kind.CONTAINER, None): ("CSQU3054383",),
    (Kind.TAX_ID_PERSON, "BR"): ("11144477735",),
    (Kind.NATIONAL_ID, "BR"): ("11144477735",),
    (Kind.TAX_ID_COMPANY, "BR"): ("11222333000181",),
    (Kind.TAX_ID_PERSON, "AR"): ("20267565393",),
    (Kind.TAX_ID_COMPANY, "AR"): ("30707547198",),
    (Kind.TAX_ID_PERSON, "PE"): ("10054123458",),
    (Kind.TAX_ID_COMPANY, "PE"): ("20512333797",),
    (Kind.TAX_ID_PERSON, "MX"): ("GODE561231GR8",),
    (Kind.TAX_ID_COMPANY, "MX"): ("MAB930714001",),
    (Kind.TAX_ID_COMPANY, "EC"): ("1792060346001",),
}
"""Published examples, for their pattern only."""


def share_that_passes(kind: Kind, country: str | None, pattern: str) -> float:
    drawn, passed = random.Random(f"{kind}{country}{pattern}"), 0  # noqa: S311  no secret
    for _ in range(_DRAWN):
        text = "".join(drawn.choice(digits if sign.isdigit() else ascii_uppercase) for sign in pattern)
        try:
            found = normalise(RawIdentifier(kind, text, country))[0]
        except NotNormalisable:
            continue
        passed += not found.doubts & {Doubt.CHECK_DIGIT_FAILED, Doubt.LENGTH_RULE_ONLY, Doubt.NOT_ASSIGNED}
    return passed / _DRAWN


def test_every_kind_whose_check_counts_as_rare_has_a_sample() -> None:
    # base58check and bech32 end in 32 and 30 bits of a checksum: no number of draws that a test can make would pass one
    assert set(_SAMPLES) | {(Kind.CRYPTO_ADDRESS, None)} == RARE
    assert NEGLIGIBLE < RARE


@pytest.mark.parametrize(("kind", "country"), sorted(_SAMPLES, key=str))
def test_chance_passes_a_check_as_seldom_as_its_family_says(kind: Kind, country: str | None) -> None:
    for pattern in _SAMPLES[kind, country]:
        share = share_that_passes(kind, country, pattern)
        assert share <= (1 / 10_000 if (kind, country) in NEGLIGIBLE else 1 / 50), share


@pytest.mark.parametrize(
    ("kind", "country", "pattern"),
    [
        (Kind.PAYMENT_CARD, None, "4111111111111111"),
        (Kind.NATIONAL_ID, "CL", "125319092"),
        (Kind.IMEI, None, "490154203237518"),
    ],
)
def test_one_check_digit_is_not_rare(kind: Kind, country: str | None, pattern: str) -> None:
    assert share_that_passes(kind, country, pattern) > 1 / 50
    assert (kind, country) not in RARE


def test_shapes_are_tried_once_a_kind_and_forms_name_their_state() -> None:
    kinds = [shape.kind for shape in SHAPES]
    assert len(set(kinds)) == len(kinds)
    assert all(len(country) == 2 for _, _, country in FORMS)
    assert all(ALSO_WHEN_NAMED[kind].fullmatch("ABC123") for kind in (Kind.VEHICLE_PLATE, Kind.NATIONAL_ID, Kind.PASSPORT))
