import pytest

from protocol.identifiers import Doubt, Identifier, Kind, NotNormalisable, RawIdentifier, normalise
from tests.protocol.identifiers.published_cases import PUBLISHED

FAULTS = {Doubt.CHECK_DIGIT_FAILED, Doubt.NOT_ASSIGNED}


def read(kind: Kind, number: str, country: str) -> Identifier:
    return normalise(RawIdentifier(kind, number, country or None))[0]


@pytest.mark.parametrize(
    ("kind", "country", "number"),
    [pytest.param(each.kind, each.country, number, id=f"{each.module}-{number}") for each in PUBLISHED for number in each.valid],
)
def test_a_number_that_the_library_publishes_as_valid_is_read_without_a_fault(kind: Kind, country: str, number: str) -> None:
    assert not read(kind, number, country).doubts & FAULTS


@pytest.mark.parametrize(
    ("kind", "country", "number"),
    [
        pytest.param(each.kind, each.country, number, id=f"{each.module}-{number}")
        for each in PUBLISHED
        for number in each.invalid
    ],
)
def test_a_number_that_the_library_publishes_as_invalid_is_doubted_or_refused(kind: Kind, country: str, number: str) -> None:
    try:
        found = read(kind, number, country)
    except NotNormalisable:
        return
    assert found.doubts & FAULTS
