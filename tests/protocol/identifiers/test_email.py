import pytest

from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


def test_an_address_has_one_key_in_any_case_script_and_disguise() -> None:
    for written in (
        "Nadie@München.example",
        "mailto:nadie@münchen.example?subject=a",
        "nadie[at]xn--mnchen-3ya[.]example",
        "nadie (arroba) münchen (punto) example",
        "nadie at münchen.example",
        "Nadie <nadie@münchen.example>",
    ):
        assert canonical(Kind.EMAIL, written) == "nadie@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    ("written", "mailbox"),
    [
        ("Na.Die+anuncios@googlemail.com", "nadie@gmail.com"),
        ("n.a.d.i.e@gmail.com", "nadie@gmail.com"),
        ("na.die+x@outlook.com", "na.die@outlook.com"),
        ("nadie+x@hotmail.com.ar", "nadie@hotmail.com.ar"),
        ("nadie+x@pm.me", "nadie@proton.me"),
        ("nadie@protonmail.com", "nadie@proton.me"),
        ("nadie+x@me.com", "nadie@icloud.com"),
    ],
)
def test_a_mailbox_has_one_key_where_its_provider_says_so(written: str, mailbox: str) -> None:
    assert canonical(Kind.EMAIL, written) == mailbox


@pytest.mark.parametrize(
    "written",
    [
        *("na.die+x@correo.example", "na.die@outlook.com", "nadie@hotmail.com", "+@gmail.com"),
        *("na.die+x@ungmail.com", "na.die+x@gmail.com.ejemplo.example", "nadie+x@home.com", "nadie+x@outlook.ejemplo.com"),
    ],
)
def test_where_no_provider_says_so_an_address_is_kept_as_it_is(written: str) -> None:
    assert canonical(Kind.EMAIL, written) == written


def test_a_letter_that_only_looks_latin_is_refused_where_the_provider_has_none_other() -> None:
    disguised = "n\u0430die"  # CYRILLIC SMALL LETTER A
    assert refusal(Kind.EMAIL, f"{disguised}@gmail.com") == (Reason.WRONG_CHARACTERS, None)
    assert canonical(Kind.EMAIL, f"{disguised}@correo.example") == f"{disguised}@correo.example"


def test_what_is_no_address_is_refused() -> None:
    for written in ("nadie", "nadie@", "nadie@sin-punto", "na die@correo.example", "nadie@[192.0.2.1]"):
        assert refusal(Kind.EMAIL, written) == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.EMAIL, "na***@correo.example") == (Reason.MASKED, None)
