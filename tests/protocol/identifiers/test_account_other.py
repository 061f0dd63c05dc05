from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


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
