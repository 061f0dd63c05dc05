"""Values that stand for anybody are told from values of somebody. All values here are reserved, invented, or nobody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.safeguards.entropy import is_too_common
from node.safeguards.errors import NotNecessary
from node.safeguards.necessity import AskedLine, check_necessity
from protocol.identifiers import RULES, Identifier, Kind, NotNormalisable, RawIdentifier, normalise


def common(kind: Kind, value: str, **context: str) -> set[bool]:
    """Of each form of what somebody wrote."""
    return {is_too_common(kind, each.canonical) for each in normalise(RawIdentifier(kind, value, **context))}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.PHONE, "01 800 091 2345"),  # Colombia's toll-free range
        (Kind.PHONE, "+57 300 000 0000"),
        (Kind.PHONE, "+57 300 123 4567"),
        (Kind.PHONE, "+1 800 555 0199"),
        (Kind.EMAIL, "Info@hotel-inventado.example"),
        (Kind.EMAIL, "no-reply@correo.example"),
        (Kind.IP, "192.168.1.7"),
        (Kind.IP, "127.0.0.1"),
        (Kind.IP, "fd00::1"),
        (Kind.DOMAIN, "www.gmail.com"),
        (Kind.IMEI, "00000000000000"),
    ],
)
def test_what_anybody_may_bear_is_too_common(kind: Kind, value: str) -> None:
    assert common(kind, value, country="CO") == {True}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.PHONE, "+57 300 555 0147"),
        (Kind.PHONE, "+57 300 555 5555"),  # somebody's, who paid for it
        (Kind.EMAIL, "nadie.inventado@correo.example"),
        (Kind.EMAIL, "informante7@correo.example"),
        (Kind.IP, "8.8.8.8"),
        (Kind.DOMAIN, "hotel-inventado.example"),
        (Kind.URL, "https://hotel-inventado.example/anuncio"),
        (Kind.IMEI, "35693803564380"),
    ],
)
def test_what_is_somebody_s_is_not(kind: Kind, value: str) -> None:
    assert common(kind, value, country="CO") == {False}


@pytest.mark.parametrize("kind", [Kind.NATIONAL_ID, Kind.PASSPORT, Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY, Kind.ACCOUNT_OTHER])
@pytest.mark.parametrize(
    ("number", "anybody_s"),
    [("11111111", True), ("00000", True), ("123456789", True), ("12345678901", True), ("1111", False), ("11111112", False)],
)
def test_a_number_that_fills_a_form_is_nobody_s(kind: Kind, number: str, anybody_s: bool) -> None:
    assert is_too_common(kind, f"PE:{number}") is anybody_s


def test_a_series_of_letters_makes_a_number_somebody_s() -> None:
    assert not is_too_common(Kind.PASSPORT, "CO:AB123456")
    assert not is_too_common(Kind.PASSPORT, "PE:ABCDEF")


@pytest.mark.parametrize("kind", Kind)
def test_what_cannot_be_read_is_not_judged(kind: Kind) -> None:
    assert not is_too_common(kind, "no form of this release")


@pytest.mark.parametrize("kind", RULES)
def test_no_example_of_a_kind_is_too_common(kind: Kind) -> None:
    """The examples that officers read must be ones that they could ask about, or their reading would be an error."""
    assert not [example for example in RULES[kind].examples if is_too_common(kind, example.canonical)]


@given(st.integers(3_000_000_000, 3_239_999_999))
def test_hardly_any_mobile_number_is_too_common(number: int) -> None:
    try:
        forms = normalise(RawIdentifier(Kind.PHONE, f"+57{number}"))
    except NotNormalisable:
        return
    last = str(number)[-7:]
    assert all(is_too_common(Kind.PHONE, each.canonical) == (last in ("0" * 7, "1" * 7, "9" * 7, "1234567")) for each in forms)


def test_a_question_with_one_such_line_is_refused_before_anything_else_is_made_of_it() -> None:
    lines = [
        AskedLine(at, "as written", (Identifier(Kind.EMAIL, "1", mailbox),), True)
        for at, mailbox in ((2, "nadie@correo.example"), (3, "info@correo.example"))
    ]
    check_necessity(lines[:1], attested=True)
    with pytest.raises(NotNecessary) as caught:
        check_necessity(lines, attested=True)
    assert (caught.value.reason, caught.value.facts) == ("too_common", {"line": 3, "kind": "email"})
