from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


def test_an_address_has_one_key_in_any_case_script_and_disguise() -> None:
    for written in ("Nadie@München.example", "mailto:nadie@münchen.example?subject=a", "nadie[at]xn--mnchen-3ya[.]example"):
        assert canonical(Kind.EMAIL, written) == "nadie@xn--mnchen-3ya.example"


def test_what_is_no_address_is_refused() -> None:
    for written in ("nadie", "nadie@", "nadie@sin-punto", "na die@correo.example", "nadie@[192.0.2.1]"):
        assert refusal(Kind.EMAIL, written) == (Reason.WRONG_CHARACTERS, None)
