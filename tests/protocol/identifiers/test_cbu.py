from protocol.identifiers import Doubt, Kind, Reason
from tests.protocol.identifiers.reading import canonical, doubts, refusal


def test_an_account_that_fails_its_check_digits_is_shown() -> None:
    assert doubts(Kind.CBU, "CBU 28505909-40090418135201") == frozenset()
    assert doubts(Kind.CBU, "28505909 40090418135202") == {Doubt.CHECK_DIGIT_FAILED}
    assert refusal(Kind.CBU, "28505909") == (Reason.WRONG_LENGTH, None)
    assert refusal(Kind.CBU, "28505909 ****8135201") == (Reason.MASKED, None)


def test_a_virtual_account_is_a_cbu_too() -> None:
    assert canonical(Kind.CBU, "CVU 0000003 1000000000000 1 2".replace(" ", "")[:25]) == "0000003100000000000012"


def test_an_alias_is_an_account_that_needs_no_bank() -> None:
    assert refusal(Kind.CBU, "mi.alias.inventado") == (Reason.IS_OTHER_KIND, Kind.ACCOUNT_OTHER)
    assert canonical(Kind.ACCOUNT_OTHER, "mi.alias.inventado", "AR") == "AR:ALIAS:MI.ALIAS.INVENTADO"
    assert canonical(Kind.ACCOUNT_OTHER, "AR:ALIAS:MI.ALIAS.INVENTADO") == "AR:ALIAS:MI.ALIAS.INVENTADO"
    assert canonical(Kind.ACCOUNT_OTHER, "Mi-Alias.1", "AR", bank="alias") == "AR:ALIAS:MI-ALIAS.1"
