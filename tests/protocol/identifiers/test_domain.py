import pytest

from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


@pytest.mark.parametrize(
    ("written", "other"),
    [("nadie@ejemplo.com", Kind.EMAIL), ("https://ejemplo.com/a", Kind.URL), ("192.0.2.1", Kind.IP), ("2001:db8::1", Kind.IP)],
)
def test_what_is_more_than_a_domain_is_recorded_as_that(written: str, other: Kind) -> None:
    assert refusal(Kind.DOMAIN, written) == (Reason.IS_OTHER_KIND, other)


def test_a_domain_under_no_public_suffix_is_shown_with_a_doubt() -> None:
    assert doubts(Kind.DOMAIN, "ejemplo.com.br") == frozenset()
    assert doubts(Kind.DOMAIN, "abcdefghij234567abcdefghij234567abcdefghij234567abcdefgh.onion") == frozenset()
    assert doubts(Kind.DOMAIN, "com.br") == {Doubt.NOT_ASSIGNED}
    assert doubts(Kind.DOMAIN, "ejemplo.invalid") == {Doubt.NOT_ASSIGNED}


def test_a_single_label_is_no_domain() -> None:
    assert refusal(Kind.DOMAIN, "ejemplo") == (Reason.WRONG_CHARACTERS, None)


def test_www_is_a_domain_s_name_when_nothing_else_is_left() -> None:
    assert canonical(Kind.DOMAIN, "www.com") == "www.com"
