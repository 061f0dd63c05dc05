from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import doubts, refusal


def test_an_account_that_fails_its_check_digits_is_shown() -> None:
    assert doubts(Kind.CBU, "CBU 28505909-40090418135201") == frozenset()
    assert doubts(Kind.CBU, "28505909 40090418135202") == {Doubt.CHECK_DIGIT_FAILED}
    assert refusal(Kind.CBU, "28505909") == (Reason.WRONG_LENGTH, None)
