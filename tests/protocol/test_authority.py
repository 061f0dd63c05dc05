"""An authority is a member state's code, and nothing else is."""

import pytest
from pydantic import TypeAdapter, ValidationError

from protocol.authority import MEMBER_STATES, Authority

WIRE: TypeAdapter[Authority] = TypeAdapter(Authority)


def test_the_organisation_has_thirty_five_member_states() -> None:
    assert len(MEMBER_STATES) == 35
    assert {Authority(code) for code in MEMBER_STATES} == MEMBER_STATES


@pytest.mark.parametrize("code", ["ES", "co", "COL", "", "CO\n", "ＣＯ"])
def test_no_other_text_is_an_authority(code: str) -> None:
    with pytest.raises(ValueError, match="member state"):
        Authority(code)
    with pytest.raises(ValidationError):
        WIRE.validate_python(code)


def test_on_the_wire_it_is_its_code() -> None:
    read = WIRE.validate_json(b'"CO"')
    assert type(read) is Authority
    assert WIRE.dump_json(read) == b'"CO"'


def test_a_well_formed_code_of_another_state_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        WIRE.validate_json(b'"ES"')
    assert caught.value.errors()[0]["type"] == "unknown_authority"


def test_a_number_is_not_an_authority() -> None:
    with pytest.raises(ValidationError):
        WIRE.validate_json(b"170")
