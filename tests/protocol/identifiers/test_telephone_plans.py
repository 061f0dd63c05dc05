import pytest

from protocol.identifiers import Kind, Reason
from protocol.identifiers.telephone_plans import CHANGES, as_written_today, lacks_area
from tests.protocol.identifiers.reading import canonical, refusal
from tests.protocol.identifiers.specification import PAGE


@pytest.mark.parametrize(
    ("country", "once", "today"),
    [
        ("BO", "(02) 372323", "+591 2 237 2323"),
        ("BO", "+591 3 360000", "+591 3 336 0000"),
        ("BO", "425-0501", "+591 4 425 0501"),
        ("BZ", "02-44444", "+501 224 4444"),
        ("BZ", "026-2222", "+501 226 2222"),
        ("BZ", "014-1234", "+501 614 1234"),
        ("CL", "(2) 234 5678", "+56 2 2234 5678"),
        ("CL", "(061) 234567", "+56 61 223 4567"),
        ("CL", "+56 32 234567", "+56 32 223 4567"),
        ("CL", "09-8765 4321", "+56 9 8765 4321"),
        ("CL", "+56 0 9 8765 4321", "+56 9 8765 4321"),
        ("CO", "(1) 281-2604", "+57 601 281 2604"),
        ("CO", "57 4 281 2604", "+57 604 281 2604"),
        ("CO", "031 228 1260", "+57 601 228 1260"),
        ("CO", "09 1 228 1260", "+57 601 228 1260"),
        ("CO", "03 310 234 5678", "+57 310 234 5678"),
        ("CR", "231-3205", "+506 2231 3205"),
        ("CR", "399-9642", "+506 8399 9642"),
        ("EC", "+593 9 765 4321", "+593 99 765 4321"),
        ("EC", "08 765 4321", "+593 98 765 4321"),
        ("GT", "331-2345", "+502 2331 2345"),
        ("GT", "405-1234", "+502 5405 1234"),
        ("GT", "501-2345", "+502 5501 2345"),
        ("GT", "631-2345", "+502 6631 2345"),
        ("GT", "832-1234", "+502 7832 1234"),
        ("GY", "0 623 4567", "+592 623 4567"),
        ("HN", "239-1234", "+504 2239 1234"),
        ("HN", "391-2345", "+504 3391 2345"),
        ("HN", "991-2345", "+504 9991 2345"),
        ("HT", "246-5555", "+509 2246 5555"),
        ("HT", "412-3456", "+509 3412 3456"),
        ("HT", "889-0123", "+509 9889 0123"),
        ("NI", "268-1234", "+505 2268 1234"),
        ("NI", "0 882 1234", "+505 8882 1234"),
        ("PA", "612-3456", "+507 6612 3456"),
        ("PE", "01 9876-5432", "+51 998 765 432"),
        ("PE", "(01) 99876 5432", "+51 998 765 432"),
        ("PE", "(044) 912-3456", "+51 949 123 456"),
        ("PE", "(054) 912-3456", "+51 959 123 456"),
        ("PE", "(073) 912-3456", "+51 969 123 456"),
        ("PE", "(074) 912-3456", "+51 979 123 456"),
        ("PE", "(084) 912-3456", "+51 984 123 456"),
        ("PE", "084 984 123 456", "+51 984 123 456"),
        ("SR", "0 861 2345", "+597 861 2345"),
        ("SV", "228-1234", "+503 2228 1234"),
        ("SV", "888-1234", "+503 7888 1234"),
        ("UY", "(052) 24999", "+598 4522 4999"),
        ("UY", "+598 52 24999", "+598 4522 4999"),
        ("UY", "042 668350", "+598 4266 8350"),
        ("UY", "02 204 5199", "+598 2204 5199"),
        ("VE", "014-123.45.67", "+58 414 123 4567"),
        ("VE", "(02) 575.12.34", "+58 212 575 1234"),
    ],
)
def test_a_number_has_the_key_of_today_in_the_writing_of_a_former_plan(country: str, once: str, today: str) -> None:
    assert canonical(Kind.PHONE, once, country) == today.replace(" ", "")


@pytest.mark.parametrize(
    ("country", "written"), [("HN", "891-2345"), ("BO", "462-0399"), ("UY", "522-4999"), ("BR", "8765-4321")]
)
def test_what_may_have_become_two_numbers_is_asked_and_not_guessed(country: str, written: str) -> None:
    assert refusal(Kind.PHONE, written, country) == (Reason.NEEDS_AREA_CODE, None)


def test_an_eight_digit_chilean_number_that_may_be_a_mobile_or_a_fixed_line_is_refused() -> None:
    assert refusal(Kind.PHONE, "+56 61 234567") == (Reason.WRONG_LENGTH, None)


def test_a_change_that_local_digits_do_not_show_needs_the_area_code_to_be_seen() -> None:
    assert list(as_written_today(598, "5224999", with_area=True)) == ["45224999"]
    assert list(as_written_today(598, "5224999", with_area=False)) == []


def test_a_plan_without_changes_has_none() -> None:
    assert list(as_written_today(1, "8095551234", with_area=True)) == []
    assert not lacks_area(1, "5551234")


def test_the_specification_has_every_change() -> None:
    section = PAGE.read_text("utf-8").partition("\n### Telephones\n")[2].partition("\n###")[0]
    for code, changes in CHANGES.items():
        (row,) = (line for line in section.splitlines() if line.startswith(f"| +{code} "))
        for change in changes:
            shown = f"`{change.old.pattern}` → `{change.new}`".replace("|", "\\|")
            assert shown + (" \\*" if change.with_area else "") in row
