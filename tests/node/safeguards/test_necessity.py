"""A question must look like a case file: attested line by line, and no walk through a range of numbers."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN
from stdnum import luhn
from stdnum.br import cpf as br_cpf
from stdnum.cl import rut as cl_rut

from node.safeguards.errors import NotNecessary
from node.safeguards.necessity import RUN_LENGTH, STEP_LARGEST, AskedLine, check_necessity
from protocol.identifiers import Identifier, Kind, RawIdentifier, normalise
from protocol.identifiers.vin import vin_check_character

FIRST = 573_005_550_100


def line(number: int, kind: Kind = Kind.PHONE, *, at: int = 1, attested: bool = True, form: str = "+{}") -> AskedLine:
    return AskedLine(at, f"as written {number}", (Identifier(kind, "1", form.format(number)),), attested)


def numbers(values: Sequence[int], kind: Kind = Kind.PHONE) -> list[AskedLine]:
    return [line(value, kind, at=at) for at, value in enumerate(values, 1)]


def reason(lines: Sequence[AskedLine], *, attested: bool = True) -> str | None:
    """Why the lines are refused; None when they are not."""
    try:
        check_necessity(lines, attested=attested)
    except NotNecessary as refusal:
        return refusal.reason
    return None


def test_a_case_file_passes() -> None:
    assert reason(numbers([FIRST, FIRST + 17, FIRST + 4000])) is None


def test_no_lines_are_no_question() -> None:
    assert reason([]) == "no_lines"


def test_the_batch_needs_its_attestation() -> None:
    assert reason(numbers([FIRST]), attested=False) == "batch_not_attested"


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_every_line_needs_an_attestation_of_its_own_and_the_one_without_is_named(missing: int) -> None:
    lines = [line(FIRST + at * 100, at=at + 10, attested=at != missing) for at in range(3)]
    with pytest.raises(NotNecessary) as caught:
        check_necessity(lines, attested=True)
    assert (caught.value.reason, caught.value.facts) == ("line_not_attested", {"line": missing + 10})


def test_seven_neighbours_may_be_chance_and_eight_are_a_search() -> None:
    assert reason(numbers(range(FIRST, FIRST + RUN_LENGTH - 1))) is None
    assert reason(numbers(range(FIRST, FIRST + RUN_LENGTH))) == "looks_like_enumeration"


@pytest.mark.parametrize("step", [2, 9, 10, 97, STEP_LARGEST])
def test_numbers_at_even_steps_are_a_search(step: int) -> None:
    those = range(FIRST, FIRST + step * RUN_LENGTH, step)
    among = [FIRST + step * RUN_LENGTH * 10 + 7 * step * each**3 for each in range(20)]
    assert reason(numbers([*those, *among])) == "looks_like_enumeration"
    assert reason(numbers([*those[:-1], *among])) is None


def test_steps_among_numbers_as_short_as_years_say_nothing() -> None:
    assert reason(numbers(range(1950, 2020, 2))) is None
    assert reason(numbers(range(100_000, 100_070, 2))) == "looks_like_enumeration"


def test_the_largest_question_is_looked_through_in_a_moment() -> None:
    """Among numbers of which none shows a step, as many as may be close together: without a six in base seven."""
    without = (each for each in range(FIRST) if each % 7 < 6 and each // 7 % 7 < 6 and each // 49 % 7 < 6)
    began = time.process_time()
    reason(numbers([FIRST + each for each in islice(without, 2000)]))
    assert time.process_time() - began < 5


def test_the_refusal_says_the_kind_and_never_the_numbers() -> None:
    with pytest.raises(NotNecessary) as caught:
        check_necessity(numbers(range(FIRST, FIRST + RUN_LENGTH)), attested=True)
    assert caught.value.facts == {"kind": "phone", "run": RUN_LENGTH}
    assert str(FIRST)[:6] not in f"{caught.value!r} {caught.value}"


def test_neighbours_of_different_kinds_are_no_run() -> None:
    half = RUN_LENGTH // 2
    mixed = numbers(range(FIRST, FIRST + half)) + numbers(range(FIRST + half, FIRST + RUN_LENGTH), Kind.IMSI)
    assert reason(mixed) is None


def test_one_number_on_many_lines_is_no_run() -> None:
    assert reason(numbers([FIRST] * 50)) is None


def test_letters_around_the_digits_do_not_hide_a_run() -> None:
    lines = [line(FIRST + at, Kind.SOCIAL_HANDLE, form="site:maria{}x") for at in range(RUN_LENGTH)]
    assert reason(lines) == "looks_like_enumeration"


def a_state_s(kind: Kind, written: Sequence[str], country: str | None = None) -> list[AskedLine]:
    """Lines as a case file's reader makes them, check digits and all. Invented numbers."""
    forms = [normalise(RawIdentifier(kind, each, country=country)) for each in written]
    return [AskedLine(at, text, form, True) for at, (text, form) in enumerate(zip(written, forms, strict=True), 1)]


def cpf(serial: int) -> str:
    return f"{serial:09}{br_cpf._calc_check_digits(f'{serial:09}')}"


def rut(serial: int) -> str:
    return f"{serial}{cl_rut.calc_check_digit(str(serial))}"


def cedula(serial: int) -> str:
    return f"{serial:010}{luhn.calc_check_digit(f'{serial:010}')}"


def card(serial: int) -> str:
    return f"{serial}{luhn.calc_check_digit(str(serial))}"


def iban(serial: int) -> str:
    return IBAN.generate("CR", bank_code="0152", account_code=f"{serial:014}").compact


def vin(serial: int) -> str:
    number = f"1HGCM8260YA{serial:06}"
    return number[:8] + vin_check_character(number) + number[9:]


def container(serial: int) -> str:
    return f"INVU{serial:06}"


WITH_CHECK_DIGITS = [
    (Kind.NATIONAL_ID, "BR", cpf, 123_456_780),
    (Kind.NATIONAL_ID, "CL", rut, 12_345_678),
    (Kind.NATIONAL_ID, "DO", cedula, 123_456_789),
    (Kind.PAYMENT_CARD, None, card, 411_111_111_111_100),
    (Kind.IBAN, None, iban, 1_026_284_060),
    (Kind.VIN, None, vin, 4_352),
    (Kind.CONTAINER, None, container, 305_430),
]


@pytest.mark.parametrize("kind, country, number, first", WITH_CHECK_DIGITS, ids=[case[2].__name__ for case in WITH_CHECK_DIGITS])
def test_check_digits_do_not_hide_a_run(kind: Kind, country: str | None, number: Callable[[int], str], first: int) -> None:
    neighbours = a_state_s(kind, [number(first + at) for at in range(RUN_LENGTH)], country)
    assert reason(neighbours) == "looks_like_enumeration"
    assert reason(neighbours[:-1]) is None
    scattered = a_state_s(kind, [number(first + 997 * at**2) for at in range(2 * RUN_LENGTH)], country)
    assert reason(scattered) is None


def test_more_forms_than_a_question_may_have_are_refused_before_anything_goes_out() -> None:
    def lines(count: int) -> list[AskedLine]:
        values = [[FIRST + 97 * at**2 + 10**13 * form for form in range(8)] for at in range(count)]
        return [
            AskedLine(at, "", tuple(Identifier(Kind.PHONE, "1", f"+{n}") for n in each), True) for at, each in enumerate(values)
        ]

    assert reason(lines(1024)) is None
    with pytest.raises(NotNecessary) as caught:
        check_necessity(lines(1025), attested=True)
    assert (caught.value.reason, caught.value.facts) == ("too_many_forms", {"forms": 8200, "limit": 8192})


def test_values_without_digits_are_never_a_run() -> None:
    lines = [AskedLine(at, "", (Identifier(Kind.EMAIL, "1", f"{name}@x.example"),), True) for at, name in enumerate("abcdefghij")]
    assert reason(lines) is None


def test_an_alternative_reading_of_a_line_does_not_make_it_look_like_a_search() -> None:
    lines = [
        AskedLine(
            at, "", (Identifier(Kind.PHONE, "1", f"+{FIRST + 1000 * at**2}"), Identifier(Kind.PHONE, "1", f"+{FIRST + at}")), True
        )
        for at in range(RUN_LENGTH)
    ]
    assert reason(lines) is None


def test_a_line_does_not_show_what_was_written() -> None:
    assert "written" not in repr(line(FIRST))


@given(st.integers(0, 10**14), st.integers(RUN_LENGTH, 40), st.lists(st.integers(0, 10**15), max_size=30), st.randoms())
def test_no_order_and_no_company_hides_a_run(start: int, length: int, others: list[int], random: Random) -> None:
    values = [*range(start, start + length), *others]
    random.shuffle(values)
    assert reason(numbers(values)) == "looks_like_enumeration"


@given(st.lists(st.integers(0, 200), min_size=1, max_size=120))
def test_lines_are_refused_exactly_when_some_eight_numbers_follow_each_other(values: list[int]) -> None:
    held = set(values)
    expected = any(all(start + step in held for step in range(RUN_LENGTH)) for start in held)
    assert (reason(numbers(values)) == "looks_like_enumeration") == expected
