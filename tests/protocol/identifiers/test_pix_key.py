import pytest

from protocol.identifiers import Doubt, Kind, RawIdentifier, Reason, normalise
from tests.protocol.identifiers.reading import canonical, doubts, refusal

UUID = "123e4567-e89b-42d3-a456-426614174000"


def keys(written: str) -> list[tuple[Kind, str]]:
    return [(each.kind, each.canonical) for each in normalise(RawIdentifier(Kind.PIX_KEY, written))]


@pytest.mark.parametrize(
    ("written", "kind", "plain"),
    [
        ("Persona@correo.example", Kind.EMAIL, "persona@correo.example"),
        ("+55 (11) 98765-4321", Kind.PHONE, "11987654321"),
        ("(11) 98765-4321", Kind.PHONE, "11987654321"),
        ("5511987654321", Kind.PHONE, "11987654321"),
        ("11987654321", Kind.PHONE, "11987654321"),
        ("390.533.447-05", Kind.TAX_ID_PERSON, "39053344705"),
        ("39053344705", Kind.TAX_ID_PERSON, "39053344705"),
        ("12.ABC.345/01DE-35", Kind.TAX_ID_COMPANY, "12ABC34501DE35"),
        ("12ABC34501DE35", Kind.TAX_ID_COMPANY, "12ABC34501DE35"),
    ],
)
def test_a_key_that_is_something_else_has_the_keys_of_its_plain_form(written: str, kind: Kind, plain: str) -> None:
    country = None if kind is Kind.EMAIL else "BR"
    assert normalise(RawIdentifier(Kind.PIX_KEY, written)) == normalise(RawIdentifier(kind, plain, country))


def test_a_mistyped_cpf_in_its_own_writing_is_shown_and_not_dropped() -> None:
    assert keys("390.533.447-06")[0] == (Kind.TAX_ID_PERSON, "BR:39053344706")
    assert doubts(Kind.PIX_KEY, "390.533.447-06") == {Doubt.CHECK_DIGIT_FAILED}


def test_eleven_digits_that_are_a_cpf_and_a_mobile_are_asked_and_not_guessed() -> None:
    assert refusal(Kind.PIX_KEY, "11987650034") == (Reason.NEEDS_SEPARATORS, None)
    assert keys("119.876.500-34")[0][0] is Kind.TAX_ID_PERSON
    assert keys("(11) 98765-0034")[0][0] is Kind.PHONE


def test_what_the_other_kind_refuses_is_refused_as_a_key() -> None:
    assert refusal(Kind.PIX_KEY, "nadie@") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.PIX_KEY, "***.533.447-**") == (Reason.MASKED, None)


def test_a_random_key_is_a_uuid() -> None:
    assert canonical(Kind.PIX_KEY, UUID.upper()) == UUID
    assert refusal(Kind.PIX_KEY, UUID[:-1]) == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.PIX_KEY, UUID[:-1] + "g") == (Reason.WRONG_CHARACTERS, None)


# The example of the BCB's Manual do BR Code, and the same with another last digit of the checksum.
CODE = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***6304"
)


def test_the_text_behind_a_code_gives_its_key_and_shows_a_broken_checksum() -> None:
    assert canonical(Kind.PIX_KEY, f"{CODE}1D3D") == "123e4567-e12b-12d1-a456-426655440000"
    assert doubts(Kind.PIX_KEY, f"{CODE}1D3D") == frozenset()
    assert doubts(Kind.PIX_KEY, f"{CODE}1D3E") == {Doubt.CHECK_DIGIT_FAILED}
    assert refusal(Kind.PIX_KEY, f"{CODE}1D3D" + "0" * 512) == (Reason.TOO_LONG, None)


def test_the_text_behind_a_charge_s_code_gives_the_charge_s_address() -> None:
    charge = "00020126500014br.gov.bcb.pix2528pix.ejemplo.example/qr/v2/a15204000053039865802BR5905Nadie6008BRASILIA6304"
    assert keys(f"{charge}0000") == [(Kind.URL, "https://pix.ejemplo.example/qr/v2/a1")]


def test_a_key_with_a_letter_too_much_is_no_phone_and_no_number() -> None:
    assert refusal(Kind.PIX_KEY, "119876543210") == (Reason.WRONG_LENGTH, None)
    assert keys("39053344705")[0] == (Kind.TAX_ID_PERSON, "BR:39053344705")
