from hypothesis import given
from hypothesis import strategies as st

from protocol.recognition.plain import Plain, flat


def found(line: str, piece: str) -> str:
    """What stands in the line where `piece` stands in its plain text."""
    plain = Plain.of(line)
    start = plain.text.index(piece)
    span = plain.span(start, start + len(piece))
    return line[span.start : span.end]


def test_ordinary_text_is_its_own_plain_text() -> None:
    assert Plain.of("cel 300") == Plain("cel 300", None)
    assert found("cel 300", "300") == "300"


def test_invisible_signs_are_left_out_and_full_width_digits_are_digits() -> None:
    assert found("cel \u202e３００\u200b １\u202c", "300 1") == "３００\u200b １"


def test_dashes_are_one_dash_and_controls_are_blanks() -> None:
    assert Plain.of("300\u2013123\x00\t4").text == "300-123  4"


def test_letters_with_marks_of_their_own_count_as_one() -> None:
    assert found("te\u0301l 300", "tél") == "te\u0301l"


def test_a_sign_that_becomes_several_is_found_whole() -> None:
    assert found("n\u2116 300", "No 300") == "\u2116 300"


def test_a_fraction_is_no_digit_of_a_number() -> None:
    assert Plain.of("5½ 300⑴").text == "5  300 "


@given(st.text(max_size=40), st.data())
def test_every_piece_has_its_place_in_the_line(line: str, data: st.DataObject) -> None:
    plain = Plain.of(line)
    if not plain.text:
        return
    start = data.draw(st.integers(0, len(plain.text) - 1))
    end = data.draw(st.integers(start + 1, len(plain.text)))
    span = plain.span(start, end)
    assert 0 <= span.start < span.end <= len(line)


@given(st.text(max_size=40))
def test_a_place_in_the_line_is_found_in_the_text(line: str) -> None:
    plain = Plain.of(line)
    for start in range(len(plain.text)):
        place = plain.place(plain.span(start, start + 1).start)
        assert place <= start
        assert plain.span(place, place + 1).start == plain.span(start, start + 1).start


@given(st.text(max_size=40))
def test_flat_text_has_the_places_of_the_text(text: str) -> None:
    assert len(flat(text)) == len(text)


def test_flat_text_has_no_capitals_and_no_accents() -> None:
    assert flat("VÍCTIMA Ñ straße") == "victima n strase"


def test_the_text_of_a_line_stays_out_of_its_representation() -> None:
    assert "300" not in repr(Plain.of("300"))
