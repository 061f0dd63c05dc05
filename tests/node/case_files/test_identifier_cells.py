"""A value is read as what it is, also in another kind's column."""

import pytest

from node.case_files import identifier_cells
from node.case_files.identifier_cells import read_identifier
from protocol.identifiers import Kind, NotNormalisable, RawIdentifier, Reason


@pytest.mark.parametrize(
    ("kind", "value", "found", "canonical"),
    [
        (Kind.PHONE, "300 555 0147", Kind.PHONE, "+573005550147"),
        (Kind.PIX_KEY, "nobody@example.org", Kind.EMAIL, "nobody@example.org"),
        (Kind.SOCIAL_HANDLE, "https://wa.me/573005550147", Kind.PHONE, "+573005550147"),
        (Kind.SOCIAL_HANDLE, "https://example.org/", Kind.DOMAIN, "example.org"),
    ],
)
def test_the_kind_is_the_values_own(kind: Kind, value: str, found: Kind, canonical: str) -> None:
    first = read_identifier(RawIdentifier(kind, value, "CO"))[0]
    assert (first.kind, first.canonical) == (found, canonical)


def test_what_is_no_identifier_at_all_is_told_without_its_value() -> None:
    with pytest.raises(NotNormalisable) as caught:
        read_identifier(RawIdentifier(Kind.PHONE, "12", "CO"))
    assert "12" not in str(caught.value)


def test_two_kinds_that_send_a_value_to_each_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def tossed(raw: RawIdentifier) -> tuple[()]:
        other = Kind.URL if raw.kind is Kind.DOMAIN else Kind.DOMAIN
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, other)

    monkeypatch.setattr(identifier_cells, "normalise", tossed)
    with pytest.raises(NotNormalisable):
        read_identifier(RawIdentifier(Kind.URL, "x"))
