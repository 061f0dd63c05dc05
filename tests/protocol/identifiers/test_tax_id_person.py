import pytest

from protocol.identifiers import Kind, RawIdentifier, normalise
from tests.protocol.identifiers.reading import canonical

PERSON = Kind.TAX_ID_PERSON


@pytest.mark.parametrize(
    ("country", "written", "national"),
    [
        ("AR", "20-05536168-2", "AR:5536168"),
        ("BR", "390.533.447-05", "BR:39053344705"),
        ("CL", "12.345.678-5", "CL:123456785"),
        ("CO", "1.020.304.050-3", "CO:1020304050"),
        ("EC", "1714307103001", "EC:1714307103"),
        ("HN", "0801-1999-123456", "HN:0801199912345"),
        ("PA", "8-123-4567", "PA:8-123-4567"),
        ("PE", "10-10117410-1", "PE:10117410"),
        ("PY", "1234567-9", "PY:1234567"),
        ("US", "536-90-4399", "US:536904399"),
        ("VE", "V-12345678-1", "VE:V12345678"),
        ("CU", "91021027775", "CU:91021027775"),
        ("GT", "2323 45678 0101", "GT:2323456780101"),
        ("HT", "000-123-456-7", "HT:NIF0001234567"),
        ("SV", "00016297-5", "SV:000162975"),
    ],
)
def test_a_person_s_tax_number_is_also_asked_as_the_identity_number_in_it(country: str, written: str, national: str) -> None:
    tax, identity = normalise(RawIdentifier(PERSON, written, country))
    assert (tax.kind, identity.kind) == (PERSON, Kind.NATIONAL_ID)
    assert identity.canonical == national
    assert identity == normalise(RawIdentifier(Kind.NATIONAL_ID, national))[0]


@pytest.mark.parametrize(
    ("country", "written"),
    [
        ("PE", "15101174100"),
        ("US", "912-90-3456"),
        ("VE", "P-12345678-1"),
        ("AR", "20-00000012-3"),
        ("SV", "0614-050707-104-8"),
        ("GT", "576937-K"),
    ],
)
def test_a_tax_number_without_an_identity_number_in_it_stands_alone(country: str, written: str) -> None:
    assert len(normalise(RawIdentifier(PERSON, written, country))) == 1


def test_a_colombian_person_s_ten_digits_are_a_cedula_not_a_nit_with_check_digit() -> None:
    assert canonical(PERSON, "1020304050", "CO") == canonical(PERSON, "10203040503", "CO") == "CO:1020304050"


def test_a_carried_number_that_may_be_of_two_documents_is_asked_as_the_one_of_the_tax_return() -> None:
    _, identity = normalise(RawIdentifier(PERSON, "10-00176606-1", "PE"))
    assert identity.canonical == "PE:00176606"
