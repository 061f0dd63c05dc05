import pytest

from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal

UUID = "123e4567-e89b-42d3-a456-426614174000"


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("Persona@correo.example", Kind.EMAIL),
        ("+55 (11) 98765-4321", Kind.PHONE),
        ("390.533.447-05", Kind.TAX_ID_PERSON),
        ("12.ABC.345/01DE-35", Kind.TAX_ID_COMPANY),
    ],
)
def test_a_pix_key_that_is_something_else_is_recorded_as_that(written: str, other: Kind) -> None:
    assert refusal(Kind.PIX_KEY, written) == (Reason.IS_OTHER_KIND, other)


def test_a_random_pix_key_is_a_uuid() -> None:
    assert canonical(Kind.PIX_KEY, UUID.upper()) == UUID
    assert refusal(Kind.PIX_KEY, UUID[:-1]) == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.PIX_KEY, UUID[:-1] + "g") == (Reason.WRONG_CHARACTERS, None)
