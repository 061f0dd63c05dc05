from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind
from protocol.names import NAME_KIND, PersonReason
from protocol.recognition import Clue, Confidence, Line, ReadLine, Span, State, read_text
from protocol.recognition.texts import SAMPLE_LINES

ZONE = ("P<COLNADIE<<INVENTADA<<<<<<<<<<<<<<<<<<<<<<<", "L898902C36COL7408122F1204159ZE184226B<<<<<10")


def read(*texts: str, country: str | None = "CO") -> list[ReadLine]:
    lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    result = list(read_text(lines, country))
    assert [line for line, _ in result] == lines
    return [answer for _, answer in result]


def kinds(answer: ReadLine) -> list[tuple[str, Confidence]]:
    return [(found.candidates[0].kind, found.candidates[0].confidence) for found in answer.found]


def test_every_line_comes_back_with_what_became_of_it() -> None:
    answers = read("celular 300 555 0147", "", "un texto", "300 555 0147", "\x00\u200b")
    assert [answer.state for answer in answers] == [
        State.RECOGNISED,
        State.EMPTY,
        State.NOT_RECOGNISED,
        State.TO_CONFIRM,
        State.EMPTY,
    ]


def test_a_line_that_is_too_long_is_accounted_for_and_the_rest_read_on() -> None:
    lines = [Line(1, "3005550147", too_long=True), Line(2, "celular 3005550147")]
    assert [answer.state for _, answer in read_text(lines, "CO")] == [State.TOO_LONG, State.RECOGNISED]


def test_a_heading_names_what_its_column_holds() -> None:
    answers = read("nombre;celular;cédula", "Fulana;3005550147;1020304050", "Mengana;;")
    assert [answer.state for answer in answers] == [State.HEADER, State.RECOGNISED, State.NOT_RECOGNISED]
    assert kinds(answers[1]) == [(Kind.PHONE, Confidence.CERTAIN), (Kind.NATIONAL_ID, Confidence.CERTAIN)]
    (phone, _) = answers[1].found
    assert (phone.span.start, phone.span.end, phone.candidates[0].clues[0]) == (7, 17, Clue.HEADER)


def test_a_value_that_fails_its_check_in_a_column_of_the_kind_is_shown_as_of_that_kind() -> None:
    answers = read(*["4111 1111 1111 1111"] * 25, "4111 1111 1111 1112")
    assert all(kinds(answer) == [(Kind.PAYMENT_CARD, Confidence.CERTAIN)] for answer in answers[:25])
    (last,) = answers[25].found
    assert last.candidates[0].clues == (Clue.COLUMN, Clue.CHECK_DIGIT_FAILED)
    assert kinds(answers[25]) == [(Kind.PAYMENT_CARD, Confidence.LIKELY)]


def test_a_row_may_name_its_kind_and_its_country() -> None:
    answers = read("tipo,dato,país", "celular,987654321,PE", "placa,ABC-123,PE", "CPF,111.444.777-35,", "documento,1020304050,xx")
    assert [kinds(answer) for answer in answers[1:4]] == [
        [(Kind.PHONE, Confidence.CERTAIN)],
        [(Kind.VEHICLE_PLATE, Confidence.CERTAIN)],
        [(Kind.TAX_ID_PERSON, Confidence.CERTAIN)],
    ]
    assert answers[1].found[0].candidates[0].canonical == "+51987654321"
    assert answers[4].state is State.TO_CONFIRM


def test_a_row_of_another_width_is_a_text_of_its_own() -> None:
    rows = [f"Fulana;30055501{place:02d}" for place in range(20)]
    answers = read("nombre;celular", *rows, "nota: la vieron con celular 300 555 0199; iba sola; de noche")
    assert kinds(answers[-1]) == [(Kind.PHONE, Confidence.CERTAIN)]


def test_digits_in_a_cell_that_nothing_fits_are_left_with_their_place() -> None:
    answers = read("nombre;celular", "Fulana;3005550147", "Mengana 7;", "  ;")
    assert [(span.start, span.end) for span in answers[2].left] == [(8, 9)]
    assert answers[3].state is State.NOT_RECOGNISED


def test_the_lines_of_a_zone_are_one_value_that_stands_with_the_last() -> None:
    answers = read("adjunto", *ZONE, "fin")
    assert [answer.state for answer in answers] == [
        State.NOT_RECOGNISED,
        State.PART_OF_ZONE,
        State.RECOGNISED,
        State.NOT_RECOGNISED,
    ]
    assert answers[2].found[0].candidates[0].canonical == "CO:L898902C3"


def test_a_zone_with_a_wrong_digit_is_shown_for_an_officer_to_confirm() -> None:
    assert [each.state for each in read(ZONE[0], ZONE[1].replace("C36", "C37"))] == [State.PART_OF_ZONE, State.TO_CONFIRM]


def test_the_second_line_of_a_passport_is_enough() -> None:
    (answer,) = read(ZONE[1])
    assert (answer.state, answer.found[0].candidates[0].kind) == (State.RECOGNISED, Kind.PASSPORT)


def people(answer: ReadLine) -> list[tuple[str | None, Confidence]]:
    found = [each.candidates[0] for each in answer.found]
    return [(each.canonical, each.confidence) for each in found if each.kind == NAME_KIND]


def test_a_zone_of_two_or_three_lines_names_its_holder_beside_the_document() -> None:
    passport = read(*ZONE)
    assert people(passport[1]) == [("inventada/nadie/1974-08-12", Confidence.CERTAIN)]
    assert [each.span for each in passport[1].found] == [Span(0, 44)] * 2
    assert people(read(" ".join(ZONE))[0]) == [("inventada/nadie/1974-08-12", Confidence.CERTAIN)]
    card = ("I<COLD231458907<<<<<<<<<<<<<<<", "7408122F1204159COL<<<<<<<<<<<6", "NADIE<<INVENTADA<<<<<<<<<<<<<<")
    assert people(read(*card)[2]) == [("inventada/nadie/1974-08-12", Confidence.CERTAIN)]
    sheet = ("I<COLNADIE<<INVENTADA<<<<<<<<<<<<<<<", "D231458907COL7408122F1204159<<<<<<<6")
    assert people(read(*sheet)[1]) == [("inventada/nadie/1974-08-12", Confidence.CERTAIN)]


# Cards of nobody, made by the rules of ICAO Doc 9303 part 5.
PERUVIAN = ("IDPER45678912<4<<<<<<<<<<<<<<<", "9109179M3012316PER<<<<<<<<<<<2", "QUISPE<LUNA<<ROSA<<<<<<<<<<<<<")
COLOMBIAN = ("IDCOL0001234565<<<<<<<<<<<<<<<", "9109179M3012316COL1020304050<1", "QUISPE<LUNA<<ROSA<<<<<<<<<<<<<")
UNKNOWN = ("IDPERD123456785<<<<<<<<<<<<<<<", "9109179M3012316PER45678912<<<4", "QUISPE<LUNA<<ROSA<<<<<<<<<<<<<")


@pytest.mark.parametrize(("zone", "number"), [(PERUVIAN, "PE:45678912"), (COLOMBIAN, "CO:1020304050")])
def test_the_identity_number_in_a_cards_zone_is_a_candidate_of_its_own(zone: tuple[str, ...], number: str) -> None:
    card, identity, holder = read(*zone, country="UY")[-1].found
    assert [each.candidates[0].kind for each in (card, identity, holder)] == [Kind.PASSPORT, Kind.NATIONAL_ID, NAME_KIND]
    (only,) = identity.candidates
    assert (only.canonical, only.confidence, only.clues) == (number, Confidence.CERTAIN, (Clue.ZONE, Clue.CHECK_DIGIT))


def test_a_number_in_a_field_whose_use_nobody_published_is_not_guessed() -> None:
    assert kinds(read(*UNKNOWN)[-1]) == [(Kind.PASSPORT, Confidence.CERTAIN), (NAME_KIND, Confidence.CERTAIN)]


def test_an_identity_number_in_a_zone_with_a_wrong_digit_is_for_an_officer() -> None:
    first, second, names = COLOMBIAN
    (_, identity, _) = read(first, second.replace("1020304050<1", "1020304059<1"), names)[-1].found
    assert (identity.candidates[0].confidence, identity.candidates[0].clues[1]) == (Confidence.LIKELY, Clue.CHECK_DIGIT_FAILED)


def test_a_zone_whose_birth_dates_check_digit_fails_leaves_the_person_to_the_officer() -> None:
    answers = read(ZONE[0], ZONE[1].replace("7408122", "7408132"))
    assert people(answers[1]) == [("inventada/nadie/1974-08-13", Confidence.LIKELY)]
    assert answers[1].state is State.TO_CONFIRM


def test_a_table_with_names_and_birth_dates_has_a_person_a_row_beside_its_other_values() -> None:
    answers = read(
        "Apellidos;Celular;Nombres;FN", "Pérez Gómez;3005550147;Juan;12/03/1990", "Ruiz;;Ana;13/04/1985", ";3005550158;;"
    )
    assert [answer.state for answer in answers] == [State.HEADER, *[State.RECOGNISED] * 3]
    assert people(answers[1]) == [("juan/perez gomez/1990-03-12", Confidence.CERTAIN)]
    assert [found.span for found in answers[1].found] == [Span(0, 11), Span(12, 22)]
    assert answers[1].found[0].further == (Span(23, 27), Span(28, 38))
    assert people(answers[2]) == [("ana/ruiz/1985-04-13", Confidence.CERTAIN)]
    assert people(answers[3]) == []


def test_a_birth_date_in_digits_is_no_other_number_and_what_is_no_date_is_read_as_ever() -> None:
    answers = read("Nombres;Apellidos;FN", "Juan;Pérez;19900312", "Ana;Ruiz;nobody@example.org")
    assert [each.candidates[0].kind for each in answers[1].found] == [NAME_KIND]
    assert [each.candidates[0].kind for each in answers[2].found] == [NAME_KIND, Kind.EMAIL]
    assert answers[2].found[0].candidates[0].needs is PersonReason.BAD_BIRTH_DATE


def test_a_cell_under_a_name_that_holds_an_address_is_that() -> None:
    answers = read("Nombre completo;FN", "www.nadie.org;12/03/1990")
    assert [each.candidates[0].kind for each in answers[1].found] == [Kind.DOMAIN]


def test_a_row_of_a_table_without_such_headings_is_read_whole() -> None:
    rows = ["Nombre: Juan Pérez Gómez;FN: 12/03/1990;cel 3005550147", "Nombre: Ana Ruiz Rey;FN: 13/04/1985;cel 3005550158"]
    answers = read(*rows)
    assert people(answers[0]) == [("juan/perez gomez/1990-03-12", Confidence.LIKELY)]
    assert [found.candidates[0].kind for found in answers[1].found] == [NAME_KIND, Kind.PHONE]
    listed = read("PÉREZ GÓMEZ, Juan;12/03/1990", "RUIZ, Ana;13 abr. de 1985")
    assert people(listed[1]) == [("ana/ruiz/1985-04-13", Confidence.LIKELY)]


def test_a_person_within_a_cell_is_found_once_in_its_place() -> None:
    answers = read("caso;nota;celular", "a;x Nombre;3005550147", "b;Nombre: Juan Pérez Gómez, FN 12/03/1990;3005550158")
    assert people(answers[2]) == [("juan/perez gomez/1990-03-12", Confidence.LIKELY)]
    assert (answers[2].found[0].span, answers[2].found[0].further) == (Span(10, 26), (Span(31, 41),))


@given(st.lists(st.text(alphabet="Áa;, 1/@:", max_size=20), max_size=8), st.integers(1, 7))
def test_the_same_text_gives_the_same_people_and_every_line_is_accounted_for(texts: list[str], cut: int) -> None:
    lines = [Line(number, text) for number, text in enumerate(["Nombre;Apellidos;FN", *texts], 1)]
    whole = list(read_text(lines, "CO"))
    assert [line for line, _ in whole] == lines
    assert whole == list(read_text(chain(lines[:cut], iter(lines[cut:])), "CO"))


def test_a_card_of_three_lines_with_lost_fillers_and_guillemets_is_one_value() -> None:
    card = ("I<UTOD231458907", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON««ANNA<MARIA")
    answers = read(*(line.replace("UTO", "COL") for line in card))
    assert [answer.state for answer in answers][:2] == [State.PART_OF_ZONE] * 2
    assert answers[2].found[0].candidates[0].canonical == "CO:D23145890"


@pytest.mark.parametrize(
    "texts",
    [
        (ZONE[0],),
        (ZONE[0], "celular 3005550147"),
        (ZONE[0], ZONE[0]),
        ("<" * 44, ZONE[1]),
        (ZONE[0], "NADIE<<INVENTADA<<<<", "NADIE<<INVENTADA<<<<", "fin"),
        (ZONE[0].replace("COL", "ZZZ"), ZONE[1].replace("COL", "ZZZ")),
    ],
)
def test_half_a_zone_loses_no_line(texts: tuple[str, ...]) -> None:
    assert State.PART_OF_ZONE not in {each.state for each in read(*texts)}


def test_a_text_is_read_as_it_comes_with_no_more_than_the_sample_held() -> None:
    taken = 0

    def lines() -> Iterator[Line]:
        nonlocal taken
        for number in range(1, 10 * SAMPLE_LINES):
            taken = number
            yield Line(number, "texto")

    first = next(read_text(lines(), "CO"))
    assert first[0].number == 1
    assert taken <= SAMPLE_LINES + 3
