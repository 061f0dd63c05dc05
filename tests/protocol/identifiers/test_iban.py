from protocol.identifiers import Doubt, Kind, Reason
from protocol.identifiers.iban import is_valid_iban
from tests.protocol.identifiers.reading import doubts, refusal


def test_an_iban_is_checked_by_its_state_s_structure() -> None:
    assert refusal(Kind.IBAN, "CR0501520200102628406") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.IBAN, "CR0501520200102628406A") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.IBAN, "XX05015202001026284066") == (Reason.UNKNOWN_COUNTRY, None)
    assert doubts(Kind.IBAN, "CO05015202001026284066") == {Doubt.LENGTH_RULE_ONLY}


def test_only_a_structure_with_its_checksum_is_a_valid_iban() -> None:
    assert is_valid_iban("CR05015202001026284066")
    assert not is_valid_iban("CR05015202001026284067")
    assert not is_valid_iban("1910000000012")
