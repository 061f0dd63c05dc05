from protocol.identifiers import Doubt, Kind
from protocol.identifiers.clabe import clabe_check_digit
from tests.protocol.identifiers.reading import doubts


def test_a_clabe_s_check_digit_is_banxico_s() -> None:
    assert clabe_check_digit("03218000011835971") == 9


def test_a_clabe_that_fails_its_check_digit_is_shown() -> None:
    assert doubts(Kind.CLABE, "032180000118359719") == frozenset()
    assert doubts(Kind.CLABE, "032180000118359718") == {Doubt.CHECK_DIGIT_FAILED}
