"""Published checks of identity numbers that python-stdnum does not have. Each raises its errors, as its `validate` does.

`InvalidChecksum`: the check digit does not fit. `InvalidComponent`: a date or place in the number does not exist.
"""

from datetime import date

from stdnum.exceptions import InvalidChecksum, InvalidComponent

_NICARAGUAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"
_GUATEMALAN_MUNICIPALITIES = (17, 8, 16, 16, 14, 14, 19, 8, 24, 21, 9, 30, 33, 21, 8, 17, 14, 5, 11, 11, 7, 17)
"""Of each department, 1 to 22, by the number of the department."""


def _need_date(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
    except ValueError:
        raise InvalidComponent from None


def _need_day(month: int, day: int) -> None:
    """Where the century is not told: the 29th of February may be."""
    _need_date(2000, month, day)


def uruguayan_ci(number: str) -> None:
    """Eight digits. Weights 2, 9, 8, 7, 6, 3, 4, complement to ten (Dirección Nacional de Identificación Civil)."""
    total = sum(weight * int(digit) for weight, digit in zip((2, 9, 8, 7, 6, 3, 4), number, strict=False))
    if int(number[7]) != -total % 10:
        raise InvalidChecksum


def salvadoran_dui(number: str) -> None:
    """Nine digits. Weights 9 to 2, complement to ten (Registro Nacional de las Personas Naturales)."""
    if int(number[8]) != -sum((9 - i) * int(number[i]) for i in range(8)) % 10:
        raise InvalidChecksum


def guatemalan_cui(number: str) -> None:
    """13 digits: eight, check digit, department, municipality. Weights 2 to 9, modulo 11 (RENAP)."""
    department, municipality = int(number[9:11]), int(number[11:])
    if not 1 <= department <= len(_GUATEMALAN_MUNICIPALITIES):
        raise InvalidComponent
    if not 1 <= municipality <= _GUATEMALAN_MUNICIPALITIES[department - 1]:
        raise InvalidComponent
    if int(number[8]) != sum((i + 2) * int(number[i]) for i in range(8)) % 11:
        raise InvalidChecksum


def nicaraguan_cedula(number: str) -> None:
    """Municipality, birth date, serial, and a letter: the 13 digits modulo 23 (Consejo Supremo Electoral)."""
    _need_day(int(number[5:7]), int(number[3:5]))
    if number[13] != _NICARAGUAN_LETTERS[int(number[:13]) % 23]:
        raise InvalidChecksum


def honduran_dni(number: str) -> None:
    """13 digits: department 01 to 18, municipality, year of registration, serial (Registro Nacional de las Personas)."""
    if not 1 <= int(number[:2]) <= 18 or not 1 <= int(number[2:4]) <= 28 or not 1850 <= int(number[4:8]) <= 2100:
        raise InvalidComponent


def barbadian_national_number(number: str) -> None:
    """Ten digits: birth date as YYMMDD and a serial (Electoral and Boundaries Commission)."""
    _need_day(int(number[2:4]), int(number[4:6]))


def trinidadian_id(number: str) -> None:
    """11 digits: birth date as YYYYMMDD and a serial (Elections and Boundaries Commission)."""
    _need_date(int(number[:4]), int(number[4:6]), int(number[6:8]))


def mexican_voter_key(number: str) -> None:
    """18 characters: six of the names, birth date as YYMMDD, state 01 to 32 (87, 88: abroad), sex, three digits (INE)."""
    _need_day(int(number[8:10]), int(number[10:12]))
    if not 1 <= int(number[12:14]) <= 32 and number[12:14] not in ("87", "88"):
        raise InvalidComponent
