"""Words for what somebody is in a case, in four languages: which count, and which only look like one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.recognition import ProtectedAs
from protocol.recognition.plain import flat
from protocol.recognition.roles import WORTH_A_LOOK, roles_alone, roles_in


def roles(text: str) -> list[tuple[str, ProtectedAs | None]]:
    return [(text[role.start : role.end], role.called) for role in roles_in(text, flat(text))]


@pytest.mark.parametrize(
    ("words", "called"),
    [
        (
            "víctima|VICTIMA|agraviada|ofendido|damnificada|perjudicado|sobreviviente|rescatada|vítima|lesado|resgatada|victim|survivor"
            "|injured party|rescued|victime|partie civile|lésée|persona afectada",
            ProtectedAs.VICTIM,
        ),
        (
            "testigo|denunciante|querellante|identidad reservada|testemunha|witness|complainant|témoin|plaignante"
            "|partie plaignante",
            ProtectedAs.WITNESS,
        ),
        ("menor de edad|niña|adolescente|NNA|criança|menor de idade|underage|child|minor child|enfant", ProtectedAs.MINOR),
    ],
)
def test_each_word_for_the_protected_is_known_and_worth_a_look(words: str, called: ProtectedAs) -> None:
    for word in words.split("|"):
        assert roles(f"la {word} vive") == [(word, called)]
        assert WORTH_A_LOOK.search(word), word


@pytest.mark.parametrize(
    "word",
    [
        *("imputado", "detenida", "capturado", "investigado", "tratante", "captor", "preso", "suspeita", "autuado", "suspect"),
        *("accused", "defendant", "trafficker", "prévenu", "mis en cause", "interpellée", "proxénète"),
    ],
)
def test_whom_a_case_is_against_is_nobody_protected(word: str) -> None:
    assert roles(f"el {word} vive") == [(word, None)]


@pytest.mark.parametrize(
    "text",
    [
        "el menor costo",
        "al por menor",
        "calle menor 45",
        "lesiones, minor injuries",
        "a minor offence",
        "un délit mineur",
        "no es víctima",
        "sin testigos",
        "not a victim",
        "não é vítima",
        "aucun témoin",
        "unidad de víctimas y testigos",
        "ley de víctimas",
        "trata de niñas",
        "victimología",
        "fue detenida",
        "child trafficking",
        "adolescencia",
        "zona afectada",
        "la menor: no",
        "víctima : no; celular",
        "témoin: non",
    ],
)
def test_a_word_that_means_something_else_or_nobody_here_is_no_role(text: str) -> None:
    assert roles(text) == []


def test_of_two_roles_of_which_one_is_the_others_the_first_is_spoken_of() -> None:
    assert roles("el captor de la víctima") == [("captor", None)]
    assert roles("la víctima del tratante") == [("víctima", ProtectedAs.VICTIM)]
    assert roles("captor de la víctima") == []  # without an article it may be anybody's word for what was done


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Testigo: Rosa", True),
        ("el celular del testigo: 300", True),
        ("2) Testigo n.º 3: Rosa", True),
        ("- La presunta víctima, Rosa", True),
        ("agraviada Torres Vega", True),
        ("MENOR M. R.", True),
        ("dice; testigo Rosa", True),
        ("dice. Testigo - Rosa", True),
        ("testigo", True),
        ("testigo 300", True),
        ("el dato del testigo presencial: 300", True),
        ("la víctima: no identificada", True),
        ("la víctima dijo", False),
        ("llamó a la víctima Rosa", False),
    ],
)
def test_a_label_has_a_colon_or_begins_its_clause_before_a_sign_or_a_name(text: str, label: bool) -> None:
    assert [role.is_label for role in roles_in(text, flat(text))] == [label]


@pytest.mark.parametrize(
    ("heading", "called"),
    [
        ("VÍCTIMAS", [ProtectedAs.VICTIM]),
        ("Datos de la víctima:", [ProtectedAs.VICTIM]),
        ("3. Testigos y denunciantes", [ProtectedAs.WITNESS, ProtectedAs.WITNESS]),
        ("Menores", [ProtectedAs.MINOR]),
        ("II. AGRAVIADAS", [ProtectedAs.VICTIM]),
        ("Testigo presencial", [ProtectedAs.WITNESS]),
        ("Imputado / víctima", [None, ProtectedAs.VICTIM]),
        ("Témoins", [ProtectedAs.WITNESS]),
        ("La víctima vive en Lima", []),
        ("Nombre", []),
        ("víctima " * 20, []),
    ],
)
def test_a_heading_holds_nothing_but_roles(heading: str, called: list[ProtectedAs | None]) -> None:
    assert [role.called for role in roles_alone(flat(heading))] == called


@given(st.text(max_size=80))
def test_no_text_raises_and_roles_stand_in_it(text: str) -> None:
    for role in roles_in(text, flat(text)):
        assert 0 <= role.start < role.end <= len(text)
    roles_alone(flat(text))


@pytest.mark.parametrize("piece", ["víctima ", "la menor ", "testigo: ", "no es víctima de la ", "- ", "1. ", "el captor de la "])
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    text = piece * (65536 // len(piece))
    began = time.process_time()
    roles_in(text, flat(text))
    assert time.process_time() - began < 10
