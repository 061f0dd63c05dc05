from collections.abc import Iterator

import pytest

from protocol.identifiers import Kind
from protocol.recognition import Clue, Confidence, Line, ReadLine, State, read_text
from protocol.recognition.texts import SAMPLE_LINES

ZONE = ("P<COLNADIE<<INVENTADA<<<<<<<<<<<<<<<<<<<<<<<", "L898902C36COL7408122F1204159ZE184226B<<<<<10")


def read(*texts: str, country: str | None = "CO") -> list[ReadLine]:
    lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    result = list(read_text(lines, country))
    assert [line for line, _ in result] == lines
    return [answer for _, answer in result]


def kinds(answer: ReadLine) -> list[tuple[Kind, Confidence]]:
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
