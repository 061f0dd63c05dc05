from protocol.identifiers import Kind
from protocol.recognition import Clue, Said, named
from protocol.recognition.speech import Spoken, is_list, is_set_aside, said_before, said_behind, words_of


def told(spoken: Spoken | None) -> list[tuple[Kind, Clue]]:
    assert spoken is not None
    return [(each.word.kinds[0], each.clue) for each in spoken.said]


def before(text: str) -> Spoken:
    return said_before(words_of(text), ())


def test_the_word_right_before_names_and_fillers_do_not_count() -> None:
    assert told(before("El celular n.º ")) == [(Kind.PHONE, Clue.WORD)]
    assert told(before("cédula de ciudadanía No. ")) == [(Kind.NATIONAL_ID, Clue.WORD)]
    assert before("C.C. ").said[0].label == "CC"


def test_words_further_away_hint_and_the_nearest_comes_first() -> None:
    assert told(before("el celular y el correo que usaba ella ")) == [(Kind.EMAIL, Clue.HINT), (Kind.PHONE, Clue.HINT)]
    assert told(before("tarjeta ")) == [(Kind.PAYMENT_CARD, Clue.HINT)]
    assert told(before("nada de eso ")) == []


def test_a_word_that_was_said_counts_before_what_the_column_says() -> None:
    word = named("correo")
    assert word is not None
    standing = (Said(word, Clue.HEADER),)
    assert told(said_before(["celular"], standing)) == [(Kind.PHONE, Clue.WORD)]
    assert told(said_before([], standing)) == [(Kind.EMAIL, Clue.HEADER)]
    assert told(before("celulares ").carried(standing)) == [(Kind.PHONE, Clue.WORD)]
    assert told(before("celular ").carried(standing)) == [(Kind.EMAIL, Clue.HEADER), (Kind.PHONE, Clue.HINT)]


def test_a_state_is_taken_with_the_word_that_it_stands_beside() -> None:
    assert [before(text).state for text in ("placa colombiana ", "pasaporte de Venezuela n.º ", "Peruvian cell ")] == [
        "CO",
        "VE",
        "PE",
    ]
    assert before("desde Perú al ").state is None


def test_brackets_behind_a_value_speak_if_they_name_a_kind() -> None:
    assert told(said_behind("300 (celular)", 3)) == [(Kind.PHONE, Clue.WORD)]
    assert told(said_behind("300 [tarjeta]", 3)) == [(Kind.PAYMENT_CARD, Clue.HINT)]
    assert said_behind("300 (Ana)", 3) is None
    assert said_behind("300", 3) is None


def test_a_sentence_ends_but_an_abbreviation_does_not() -> None:
    assert words_of("Tenía celular. La vio con ") == ["La", "vio", "con"]
    assert words_of("la llamó al Tel. ") == ["la", "llamó", "al", "Tel"]


def test_conjunctions_and_nothing_else_make_a_list() -> None:
    assert [is_list(words) for words in ([], ["y"], ["e", "&"], ["con"])] == [True, True, True, False]


def test_papers_and_places_set_their_numbers_aside_until_another_number() -> None:
    assert [is_set_aside(text) for text in ("expediente n.º ", "Calle 45 n.º ", "Caso 12: ", "celular ", "")] == [
        True,
        False,
        False,
        False,
        False,
    ]
