import pytest

from protocol.identifiers import Kind
from protocol.recognition.words import (
    FILLERS,
    JOINERS,
    LONGEST_PHRASE,
    PLATFORM_NAMES,
    SETS_ASIDE,
    WORDS,
    folded,
    named,
)
from protocol.vocabulary import Language, code_lists


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Celular", Kind.PHONE),
        ("TELÉFONO:", Kind.PHONE),
        ("numéro de téléphone", Kind.PHONE),
        ("cell phone", Kind.PHONE),
        ("Placa", Kind.VEHICLE_PLATE),
        ("patente", Kind.VEHICLE_PLATE),
        ("license plate", Kind.VEHICLE_PLATE),
        ("plaque d'immatriculation", Kind.VEHICLE_PLATE),
        ("D.N.I.", Kind.NATIONAL_ID),
        ("cédula_de_ciudadanía", Kind.NATIONAL_ID),
        ("Passaporte", Kind.PASSPORT),
        ("correio eletrônico", Kind.EMAIL),
        ("courriel", Kind.EMAIL),
        ("C.B.U.", Kind.CBU),
        ("imei", Kind.IMEI),
    ],
)
def test_words_of_four_languages_name_a_kind_whatever_their_dots_and_accents(word: str, kind: Kind) -> None:
    found = named(word)
    assert found is not None
    assert (found.kinds, found.names) == ((kind,), True)


def test_a_document_of_one_state_brings_its_state_along() -> None:
    assert [word and word.country for word in map(named, ("CPF", "CUIT", "CURP", "DPI"))] == ["BR", "AR", "MX", "GT"]


def test_a_tax_number_may_be_a_persons_or_a_companys() -> None:
    word = named("RUC")
    assert word is not None
    assert (word.kinds, word.country) == ((Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY), None)


def test_a_platform_is_a_handles() -> None:
    word = named("IG")
    assert word is not None
    assert (word.kinds, word.platform) == ((Kind.SOCIAL_HANDLE,), "instagram")


def test_abbreviations_that_are_ordinary_words_count_in_capitals_only() -> None:
    assert named("SIN") is not None
    assert named("sin") is None


def test_what_is_no_word_of_ours_names_nothing() -> None:
    assert [named(word) for word in ("", "ayer", "...", "víctima")] == [None] * 4


@pytest.mark.parametrize("language", Language)
def test_every_kind_is_named_by_its_label_and_by_its_code(language: Language) -> None:
    entries = code_lists()["identifier_kind"]
    for kind in Kind:
        for word in (str(entries[kind][language.value]), kind.value):
            found = named(word)
            assert found is not None, word
            assert (found.names, kind in found.kinds) == (True, True), word


def test_every_word_stands_as_it_is_looked_up() -> None:
    assert [word for word in WORDS if word != folded(word)] == []
    assert max(len(word.split()) for word in WORDS) == LONGEST_PHRASE
    assert all(named(name.upper()) for name in PLATFORM_NAMES)


def test_no_word_both_names_a_kind_and_stands_between() -> None:
    naming = {word for word, meaning in WORDS.items() if meaning.names}
    assert naming & (FILLERS | JOINERS | SETS_ASIDE) == set()


def test_a_kind_that_one_state_has_brings_it_along_under_every_name_of_the_kind() -> None:
    found = [named(each) for each in ("cbu", "CBU (Argentina)", "clabe", "CLABE (México)")]
    assert [(each.kind, each.country) for each in found if each is not None] == [(Kind.CBU, "AR")] * 2 + [(Kind.CLABE, "MX")] * 2
