"""All numbers are invented; each check digit was worked out by hand from the published weights."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import InvalidChecksum, InvalidComponent

from protocol.identifiers import check_digits

Check = Callable[[str], None]


@pytest.mark.parametrize(
    ("check", "number"),
    [
        # 2*1 + 9*2 + 8*3 + 7*4 + 6*5 + 3*6 + 4*7 = 148; to the next ten: 2
        (check_digits.uruguayan_ci, "12345672"),
        # 9*0 + 8*0 + 7*0 + 6*1 + 5*6 + 4*2 + 3*9 + 2*7 = 85; to the next ten: 5
        (check_digits.salvadoran_dui, "000162975"),
        # 2*2 + 3*3 + 4*2 + 5*3 + 6*4 + 7*5 + 8*6 + 9*7 = 206 = 18*11 + 8
        (check_digits.guatemalan_cui, "2323456780101"),
        # 10101800001 = 439208695*23 + 16: the 17th letter is S
        (check_digits.nicaraguan_cedula, "0010101800001S"),
        (check_digits.honduran_dni, "0801199012345"),
        (check_digits.barbadian_national_number, "0002290001"),
        (check_digits.trinidadian_id, "20000229123"),
        (check_digits.mexican_voter_key, "ABCDEF80010187H100"),
    ],
)
def test_a_right_number_passes(check: Check, number: str) -> None:
    check(number)


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (check_digits.guatemalan_cui, "2323456782301"),
        (check_digits.guatemalan_cui, "2323456780001"),
        (check_digits.guatemalan_cui, "2323456780118"),
        (check_digits.nicaraguan_cedula, "0013102800001S"),
        (check_digits.honduran_dni, "1901199012345"),
        (check_digits.honduran_dni, "0801299012345"),
        (check_digits.honduran_dni, "0829199012345"),
        (check_digits.barbadian_national_number, "0013010001"),
        (check_digits.trinidadian_id, "19000229123"),
        (check_digits.mexican_voter_key, "ABCDEF80010133H100"),
        (check_digits.mexican_voter_key, "ABCDEF80320109H100"),
    ],
)
def test_a_date_or_place_that_does_not_exist_is_told(check: Check, number: str) -> None:
    with pytest.raises(InvalidComponent):
        check(number)


@given(st.data())
def test_every_slip_in_one_digit_of_a_salvadoran_or_guatemalan_number_or_a_nicaraguan_letter_is_seen(data: st.DataObject) -> None:
    check, number, places = data.draw(
        st.sampled_from(
            [
                (check_digits.guatemalan_cui, "2323456780101", 9),
                (check_digits.nicaraguan_cedula, "0010101800001S", 3),
            ]
        )
    )
    at = data.draw(st.integers(0, places - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    with pytest.raises(InvalidChecksum):
        check(number[:at] + other + number[at + 1 :])


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (check_digits.uruguayan_ci, "12345673"),
        (check_digits.salvadoran_dui, "000162974"),
        (check_digits.nicaraguan_cedula, "0010101800001A"),
    ],
)
def test_a_wrong_check_digit_is_told(check: Check, number: str) -> None:
    with pytest.raises(InvalidChecksum):
        check(number)
