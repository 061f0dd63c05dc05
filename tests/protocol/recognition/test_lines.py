from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.identifiers import Kind
from protocol.names import NAME_KIND
from protocol.recognition import Candidate, Clue, Confidence, ReadLine, Said, State, lines, named, read_line


def found(line: str, country: str | None = "CO") -> list[tuple[str, str, Confidence]]:
    read = read_line(line, country)
    return [
        (line[each.span.start : each.span.end], each.candidates[0].kind, each.candidates[0].confidence) for each in read.found
    ]


CERTAIN, LIKELY, POSSIBLE = Confidence


def test_a_sentence_of_a_report_gives_each_value_with_its_place() -> None:
    assert found("celular 300 123 45 67 y placa ABC 123") == [
        ("300 123 45 67", Kind.PHONE, CERTAIN),
        ("ABC 123", Kind.VEHICLE_PLATE, CERTAIN),
    ]


@pytest.mark.parametrize(
    ("line", "value", "kind"),
    [
        ("El denunciado, C.C. n.º 1.020.304.050, declaró", "1.020.304.050", Kind.NATIONAL_ID),
        ("Tel. 300 123 4567", "300 123 4567", Kind.PHONE),
        ("300 123 4567 (celular)", "300 123 4567", Kind.PHONE),
        ("celular es 300 123 4567", "300 123 4567", Kind.PHONE),
        ("cell phone number: 300 123 4567", "300 123 4567", Kind.PHONE),
        ("numéro de téléphone : 300 123 4567", "300 123 4567", Kind.PHONE),
        ("passaporte brasileiro nº AB123456", "AB123456", Kind.PASSPORT),
        ("CPF 111.444.777-35", "111.444.777-35", Kind.TAX_ID_PERSON),
        ("instagram: nadie_oficial", "nadie_oficial", Kind.SOCIAL_HANDLE),
        ("usuario de TikTok nadie_22 activo", "nadie_22", Kind.SOCIAL_HANDLE),
        ("su IG @nadie", "@nadie", Kind.SOCIAL_HANDLE),
        ("escribir a nobody@example.org.", "nobody@example.org", Kind.EMAIL),
        ("avisos en ejemplo.com, con fotos", "ejemplo.com", Kind.DOMAIN),
        ("avisos en www.nadie.zone hoy", "www.nadie.zone", Kind.DOMAIN),
        ("IMEI490154203237518", "490154203237518", Kind.IMEI),
        ("DNI 1/2/2007", "1/2/2007", Kind.NATIONAL_ID),
    ],
)
def test_words_of_four_languages_before_or_after_a_value_name_it(line: str, value: str, kind: Kind) -> None:
    assert found(line) == [(value, kind, CERTAIN)]


def test_a_plural_names_its_whole_list_and_a_singular_only_hints_at_the_rest() -> None:
    assert [each[2] for each in found("celulares 300 123 4567, 310 234 5678 y 311 234 5678")] == [CERTAIN] * 3
    assert [each[2] for each in found("celular 300 123 4567, 310 234 5678")] == [CERTAIN, LIKELY]


def test_a_word_does_not_reach_over_to_the_next_value_of_another_kind() -> None:
    assert found("DNI 12345678, 11 4567 8901", "AR")[1][2] is not CERTAIN


def test_a_word_further_away_is_a_hint() -> None:
    (value,) = read_line("celular de la mujer que viajó: 300 123 4567", "CO").found
    assert Clue.HINT in value.candidates[0].clues


def test_the_full_stop_of_a_sentence_ends_what_a_word_says() -> None:
    (value,) = read_line("Tenía celular. La vieron con 300 123 4567", "CO").found
    assert Clue.HINT not in value.candidates[0].clues


def test_what_is_only_ambiguous_is_left_to_the_officer() -> None:
    line = "300 123 4567"
    read = read_line(line, "CO")
    assert read.state is State.TO_CONFIRM
    assert {candidate.kind for candidate in read.found[0].candidates} == {Kind.PHONE, Kind.NATIONAL_ID}


@pytest.mark.parametrize(
    "line",
    [
        *(
            "nació el 12/05/1990 y pagó $ 1.500.000",
            "a las 22:30 hs",
            "Expediente 12345678/2024",
            "art. 125 y 126",
            "Calle 45 n.º 12-34",
        ),
        *(
            "llegó al hotel.La mujer dijo",
            "instagram con fotos",
            "instagram 300",
            "telegram celular",
            "un texto cualquiera",
            "código postal 75001",
        ),
    ],
)
def test_dates_amounts_papers_and_places_are_no_identifiers(line: str) -> None:
    assert read_line(line, "CO").state is State.NOT_RECOGNISED


def test_digits_that_nothing_fits_are_shown_as_left() -> None:
    line = "expediente 12345678, sala 3, celular 300 123 4567 12"
    read = read_line(line, "CO")
    assert [line[span.start : span.end] for span in read.left] == ["12345678", "3", "12"]


def test_a_number_after_the_number_of_a_case_is_still_read() -> None:
    assert found("Caso 12: 300 123 4567")[0][0] == "300 123 4567"


def test_two_words_joined_by_a_dot_are_only_a_possible_host() -> None:
    assert found("mandó informe.zip ayer") == [("informe.zip", Kind.DOMAIN, POSSIBLE)]


def test_a_name_that_its_platform_cannot_have_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "weigh", lambda *_, **__: ())
    assert read_line("instagram: nadie_oficial", "CO").state is State.NOT_RECOGNISED


def test_signs_that_turn_out_to_be_nothing_are_read_as_digits() -> None:
    assert found("CNPJ 94.002.566/0001-04", "BR")[0][0] == "94.002.566/0001-04"
    assert read_line("hola @", "CO").state is State.NOT_RECOGNISED


def test_a_state_beside_the_word_or_behind_the_value_reads_it() -> None:
    line = "pasaportes venezolanos AB123456 y CD123456, placa colombiana ABC 123, Peruvian cell 987 654 321 y XYZ 123 (Chile)"
    read = read_line(line, "AR")
    first = [candidate for each in read.found for candidate in each.candidates[:1] if isinstance(candidate, Candidate)]
    assert [each.country or each.canonical for each in first] == ["VE", "VE", "CO", "PE", "CL"]


def test_where_somebody_was_is_not_whose_a_number_is() -> None:
    (value,) = read_line("llamó desde Perú al 300 123 4567", "CO").found
    assert value.candidates[0].canonical == "+573001234567"


def test_a_passport_whose_state_is_only_assumed_is_asked_about() -> None:
    assert found("pasaporte AB123456") == [("AB123456", Kind.PASSPORT, LIKELY)]
    (value,) = read_line("pasaporte AB123456", "CO", stated=True).found
    assert value.settled


def test_a_labelled_person_stands_beside_the_other_values_of_the_line() -> None:
    line = "tel\u200b 300 123 4567, Nombre: Juan Pérez Gómez, FN 12/03/1990, DNI 30123456"
    read = read_line(line, "AR")
    assert [(each.candidates[0].kind, line[each.span.start : each.span.end]) for each in read.found] == [
        (Kind.PHONE, "300 123 4567"),
        (NAME_KIND, "Juan Pérez Gómez"),
        (Kind.NATIONAL_ID, "30123456"),
    ]
    assert [line[each.start : each.end] for each in read.found[1].further] == ["12/03/1990"]


def test_a_name_with_an_address_within_it_is_nobodys() -> None:
    assert [kind for _, kind, _ in found("Nombre: juan www.nadie.org, FN 12/03/1990")] == [Kind.DOMAIN]


def test_what_a_row_says_of_its_state_does_not_tell_how_dates_are_written() -> None:
    line = "Apellidos: Pérez; Nombres: Juan; FN 03/04/1990"
    assert [read_line(line, "US", stated=stated).found[0].candidates[0].canonical for stated in (False, True)] == [
        "juan/perez/1990-03-04",
        None,
    ]


def test_what_a_heading_says_counts_where_no_word_of_the_line_speaks() -> None:
    word = named("celular")
    assert word is not None
    heading = (Said(word, Clue.HEADER),)
    (value,) = read_line("300 123 4567", "CO", heading).found
    assert (value.candidates[0].confidence, value.candidates[0].clues[0]) == (CERTAIN, Clue.HEADER)
    (value,) = read_line("cédula 1020304050", "CO", heading).found
    assert value.candidates[0].kind is Kind.NATIONAL_ID


@pytest.mark.parametrize(
    ("line", "state"),
    [("", State.EMPTY), (" \u200b\t\x00", State.EMPTY), ("hola", State.NOT_RECOGNISED), ("+57 310 234 5678", State.RECOGNISED)],
)
def test_every_line_has_a_state(line: str, state: State) -> None:
    assert read_line(line, "CO").state is state


def test_places_are_those_of_the_line_as_it_was_given() -> None:
    line = "tel\u200b \u202e３００ 123\u20134567"
    assert found(line) == [("３００ 123\u20134567", Kind.PHONE, CERTAIN)]


def test_a_line_made_to_keep_the_reader_busy_is_left_after_a_number_of_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_MOST_TRIES", 1)
    read = read_line("300 123 4567; 310 234 5678; 311 234 5678", "CO")
    assert (len(read.found), len(read.left)) == (2, 1)


@settings(max_examples=60)
@given(
    st.text(max_size=80) | st.text("0123456789ABC abc.,:;/@-+<>()º\u200b\u202e１", max_size=80),
    st.sampled_from(["CO", "BR", "US", None]),
)
def test_values_stand_in_the_line_in_order_and_never_overlap(line: str, country: str | None) -> None:
    read: ReadLine = read_line(line, country)
    pieces = [span for each in read.found for span in (each.span, *each.further)]
    spans = sorted([*pieces, *read.left], key=lambda span: span.start)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(0 <= span.start < span.end <= len(line) for span in spans)
    assert [each.span.start for each in read.found] == sorted(each.span.start for each in read.found)
    assert (read.state in (State.RECOGNISED, State.TO_CONFIRM)) is bool(read.found)
