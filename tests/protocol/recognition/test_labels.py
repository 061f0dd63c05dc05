"""What announces a name: words for its parts, and for what somebody is in a case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.recognition.headings import Part
from protocol.recognition.labels import labels_in, name_ends, next_label
from protocol.recognition.plain import flat


def labels(line: str) -> list[tuple[str, Part, bool, bool]]:
    return [(line[each.start : each.end].strip(), each.part, each.has_sign, each.is_role) for each in labels_in(line, flat(line))]


def test_labels_of_parts_and_roles_come_in_the_order_of_the_line() -> None:
    assert labels("Imputado: Nombres: Juan; apellido paterno: Pérez") == [
        ("Imputado:", Part.WHOLE, True, True),
        ("Nombres:", Part.GIVEN, True, False),
        ("apellido paterno:", Part.SURNAMES, True, False),
    ]


@pytest.mark.parametrize("line", ["Imputado n.º 2: Ana", "TESTIGO 3 : Ana", "Suspect - Ana", "Suspect #2: Ana", 'Detenido: "Ana'])
def test_a_role_may_have_a_number_and_a_sign(line: str) -> None:
    ((_, part, has_sign, is_role),) = labels(line)
    assert (part, has_sign, is_role) == (Part.WHOLE, True, True)


def test_a_role_without_a_sign_stands_right_before_capitals() -> None:
    assert [(has_sign, is_role) for _, _, has_sign, is_role in labels("el imputado Juan Pérez")] == [(False, True)]
    assert labels("el imputado llamó") == []


def test_a_label_that_names_a_role_is_one_label() -> None:
    assert labels("Nombre del imputado: Juan") == [("Nombre del imputado:", Part.WHOLE, True, False)]


@pytest.mark.parametrize("line", ["el imputado Nombre: Ana", "viajaba con Nombre: Ana", "mujer nombre: Ana"])
def test_within_a_sentence_a_label_has_a_word_before_it_that_leads_to_a_name(line: str) -> None:
    assert any(part is Part.NAME and has_sign for _, part, has_sign, _ in labels(line))


@pytest.mark.parametrize("line", ["user name: ana", "mother's name: Ana", "su hija Nombre: Ana", "el nombre Ana"])
def test_other_words_before_it_make_it_none(line: str) -> None:
    assert not any(part is Part.NAME for _, part, _, _ in labels(line))


def test_a_label_ends_the_name_before_it() -> None:
    assert [part for _, part, _, _ in labels("Nombres: Ana Apellidos: Ruiz")] == [Part.GIVEN, Part.SURNAMES]
    assert [part for _, part, _, _ in labels("Nombres: Ana (x) apellidos: Ruiz")] == [Part.GIVEN]
    plain = flat("Ana Apellidos: Ruiz")
    assert next_label(plain, 0, len(plain)) == 4
    assert next_label("ana", 0, 3) is None


def test_a_name_ends_at_a_sign_or_a_digit() -> None:
    assert name_ends("ana ruiz; 300", 0, 13) == 8
    assert name_ends("ana ruiz", 0, 8) == 8


@given(st.text(max_size=80))
def test_no_text_raises_and_labels_stand_in_it(line: str) -> None:
    for label in labels_in(line, flat(line)):
        assert 0 <= label.start < label.end <= len(line)
