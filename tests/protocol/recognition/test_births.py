"""Labels of births in four languages, and the dates behind them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.recognition.births import find_births
from protocol.recognition.plain import flat


def births(line: str) -> list[tuple[str, bool]]:
    return [(line[birth.date[0] : birth.date[1]], birth.is_field) for birth in find_births(line, flat(line))]


@pytest.mark.parametrize(
    "label",
    [
        *("FN", "F.N.", "fn", "F. N.", "F. Nac.", "Fec. Nac.", "Fecha de nacimiento:", "FDN", "año de nacimiento"),
        *("DN", "D.N.", "dt. nasc.", "nasc.", "Data de nascimento:", "ano de nasc."),
        *("DOB", "D.O.B.", "date of birth", "year of birth", "YOB"),
        *("DDN", "d.d.n.", "ND", "N.D.", "date de naissance :", "année de naissance"),
    ],
)
def test_a_label_of_a_form_leads_to_a_date_or_to_a_year_alone(label: str) -> None:
    for date in ("1990", "12/03/1990", "1990-03-12"):
        assert births(f"Nadie, {label} {date}, Lima") == [(date, True)]


@pytest.mark.parametrize("words", ["nacida el", "nacido en Lima el", "nascido em", "born on", "née le", "né à Jacmel le"])
def test_a_word_of_a_sentence_does_too(words: str) -> None:
    assert births(f"Nadie, {words} 12/03/1990") == [("12/03/1990", False)]


@pytest.mark.parametrize(
    "line",
    ["placa FN 1990", "Placas: FN 1990", "FN", "FN 300 555 0147", "AFN 1990", "FNX 1990", "DN 110", "ND 1890", "Ana né 1990"],
)
def test_what_a_word_names_or_is_no_date_is_no_birth(line: str) -> None:
    assert births(line) == []


def test_every_birth_of_a_line_is_found_once() -> None:
    assert births("FN: FN 1990; DOB 1991, nacido el 12/03/1992") == [("1990", True), ("1991", True), ("12/03/1992", False)]


@given(st.text(max_size=80))
def test_no_text_raises_and_births_stand_in_it(line: str) -> None:
    for birth in find_births(line, flat(line)):
        assert 0 <= birth.start < birth.date[0] < birth.date[1] <= len(line)


@pytest.mark.parametrize("piece", ["FN ", "FN 1990 ", "nacido en ", "nacido en Lima de la ", "né le "])
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    text = piece * (65536 // len(piece))
    began = time.process_time()
    find_births(text, flat(text))
    assert time.process_time() - began < 10
