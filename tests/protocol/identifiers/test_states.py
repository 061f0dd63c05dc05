from protocol.identifiers import Kind, Reason
from tests.protocol.identifiers.reading import canonical, refusal


def test_the_issuing_state_is_part_of_the_key() -> None:
    assert canonical(Kind.NATIONAL_ID, "10203040", "CO") != canonical(Kind.NATIONAL_ID, "10203040", "PY")


def test_a_document_needs_its_state() -> None:
    assert refusal(Kind.NATIONAL_ID, "10203040") == (Reason.NEEDS_COUNTRY, None)


def test_a_state_that_does_not_exist_is_refused() -> None:
    for code in ("XX", "COL", "", "C1"):
        assert refusal(Kind.NATIONAL_ID, "10203040", code) == (Reason.UNKNOWN_COUNTRY, None)


def test_the_code_may_be_written_small() -> None:
    assert canonical(Kind.NATIONAL_ID, "10203040", " co ") == "CO:10203040"


def test_a_canonical_form_of_another_state_contradicts_the_one_given() -> None:
    assert refusal(Kind.PASSPORT, "PE:123456", "CO") == (Reason.CONFLICTING_CONTEXT, None)
    assert canonical(Kind.PASSPORT, "CO:AB123456", "CO") == "CO:AB123456"


def test_an_abbreviation_before_the_number_is_not_a_state() -> None:
    assert canonical(Kind.NATIONAL_ID, "CC: 1.020.304.050", "CO") == "CO:1020304050"
    assert canonical(Kind.NATIONAL_ID, "LC: 4.123.456", "AR") == "AR:4123456"


def test_a_subdivision_must_belong_to_its_state() -> None:
    assert refusal(Kind.VEHICLE_PLATE, "ABC123", "US", subdivision="CA-ON") == (Reason.UNKNOWN_SUBDIVISION, None)
    assert canonical(Kind.VEHICLE_PLATE, "ABC123", "CA", subdivision="on") == "CA-ON:ABC123"
