from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import doubts, refusal


def test_a_masked_card_is_refused_and_a_mistyped_one_shown() -> None:
    assert refusal(Kind.PAYMENT_CARD, "4111 11** **** 1111") == (Reason.WRONG_CHARACTERS, None)
    assert refusal(Kind.PAYMENT_CARD, "4111") == (Reason.WRONG_LENGTH, None)
    assert doubts(Kind.PAYMENT_CARD, "4111 1111 1111 1112") == {Doubt.CHECK_DIGIT_FAILED}
