import pytest

from protocol.identifiers import Doubt, Kind, Reason
from protocol.identifiers.accounts import clabe_check_digit
from tests.protocol.identifiers.reading import canonical, doubts, refusal

UUID = "123e4567-e89b-42d3-a456-426614174000"


def test_an_iban_is_checked_by_its_state_s_structure() -> None:
    assert refusal(Kind.IBAN, "CR0501520200102628406") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.IBAN, "CR0501520200102628406A") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.IBAN, "XX05015202001026284066") == (Reason.UNKNOWN_COUNTRY, None)
    assert doubts(Kind.IBAN, "CO05015202001026284066") == {Doubt.LENGTH_RULE_ONLY}


def test_a_clabe_s_check_digit_is_banxico_s() -> None:
    assert clabe_check_digit("03218000011835971") == 9


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


def test_an_account_needs_its_state_and_its_bank() -> None:
    assert refusal(Kind.ACCOUNT_OTHER, "1910000000012", bank="0001") == (Reason.NEEDS_COUNTRY, None)
    assert refusal(Kind.ACCOUNT_OTHER, "1910000000012", "PE") == (Reason.NEEDS_BANK, None)
    assert refusal(Kind.ACCOUNT_OTHER, "1910000000012", "PE", bank="?") == (Reason.WRONG_CHARACTERS, None)


def test_a_bank_has_one_code_with_and_without_its_branch() -> None:
    for bank in ("BCPLPEPL", "bcplpeplxxx"):
        assert canonical(Kind.ACCOUNT_OTHER, "1910000000012", "PE", bank=bank) == "PE:BCPLPEPL:1910000000012"
    assert canonical(Kind.ACCOUNT_OTHER, "191-012", "CO", bank="Bancoldemar") == "CO:BANCOLDEMAR:191012"


def test_a_canonical_account_contradicts_another_state_or_bank() -> None:
    assert canonical(Kind.ACCOUNT_OTHER, "PE:0001:191012", "PE", bank="0001") == "PE:0001:191012"
    assert refusal(Kind.ACCOUNT_OTHER, "PE:0001:191012", "CO") == (Reason.CONFLICTING_CONTEXT, None)
    assert refusal(Kind.ACCOUNT_OTHER, "PE:0001:191012", bank="0002") == (Reason.CONFLICTING_CONTEXT, None)


def test_an_account_with_a_kind_of_its_own_is_recorded_as_that() -> None:
    assert refusal(Kind.ACCOUNT_OTHER, "CR05 0152 0200 1026 2840 66", "CR", bank="0152") == (Reason.IS_OTHER_KIND, Kind.IBAN)
    assert refusal(Kind.ACCOUNT_OTHER, "2850590940090418135201", "AR", bank="285") == (Reason.IS_OTHER_KIND, Kind.CBU)
    assert refusal(Kind.ACCOUNT_OTHER, "032180000118359719", "MX", bank="032") == (Reason.IS_OTHER_KIND, Kind.CLABE)


def test_a_masked_card_is_refused_and_a_mistyped_one_shown() -> None:
    assert refusal(Kind.PAYMENT_CARD, "4111 11** **** 1111") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.PAYMENT_CARD, "4111") == (Reason.WRONG_LENGTH, None)
    assert doubts(Kind.PAYMENT_CARD, "4111 1111 1111 1112") == {Doubt.CHECK_DIGIT_FAILED}
