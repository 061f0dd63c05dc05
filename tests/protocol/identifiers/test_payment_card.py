from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import doubts, refusal


def test_a_masked_card_is_refused_and_a_mistyped_one_shown() -> None:
    for masked in ("4111 11** **** 1111", "XXXX-XXXX-XXXX-1111", "4111 11•• •••• 1111", "411111######1111"):
        assert refusal(Kind.PAYMENT_CARD, masked) == (Reason.MASKED, None)
    assert refusal(Kind.PAYMENT_CARD, "4111") == (Reason.WRONG_LENGTH, None)
    assert doubts(Kind.PAYMENT_CARD, "4111 1111 1111 1112") == {Doubt.CHECK_DIGIT_FAILED}
