"""What is a victim's, a witness's or a child's is marked and never certain; a suspect's is not. All people are invented."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import Kind
from protocol.recognition import Confidence, Line, ProtectedAs, State, read_line, read_text
from protocol.recognition.plain import Plain
from protocol.recognition.protecting import Section, mark

VICTIM, WITNESS, MINOR = ProtectedAs
PHONE = "987 555 014"
_SHOWN = (Kind.PHONE, Kind.PASSPORT)


def called(line: str, country: str = "PE") -> list[ProtectedAs | None]:
    return [found.protected_as for found in read_line(line, country).found if found.candidates[0].kind == Kind.PHONE]


def under(*lines: str) -> list[ProtectedAs | None]:
    """What each value of a text is called, line by line."""
    read = read_text([Line(number, text) for number, text in enumerate(lines, 1)], "PE")
    return [found.protected_as for _, line in read for found in line.found if found.candidates[0].kind in _SHOWN]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"Testigo: Rosa Quispe, celular {PHONE}", WITNESS),
        (f"Testigo 2: Rosa Quispe; domicilio en Lima. Celular {PHONE}", WITNESS),
        (f"agraviada Torres Vega, Ana, celular {PHONE}", VICTIM),
        (f"La víctima, celular {PHONE}", VICTIM),
        (f"la menor usaba el celular {PHONE}", MINOR),
        (f"MENOR: celular {PHONE}", MINOR),
        (f"celular {PHONE} (testigo protegido)", WITNESS),
        (f"celular {PHONE}, de la víctima", VICTIM),
        (f"celular {PHONE} pertenece a la denunciante", WITNESS),
        (f"celular {PHONE} usado por la presunta víctima", VICTIM),
        (f"celular {PHONE}, DNI 45678912, víctima", VICTIM),
        (f"número de la niña {PHONE}", MINOR),
        (f"Testigo: Rosa, que denunció al imputado, celular {PHONE}", WITNESS),
        (f"El imputado captó a la víctima, celular {PHONE}", VICTIM),
        (f"Imputado: Juan, celular {PHONE}, víctima de trata", VICTIM),
        (f"La víctima fue detenida, celular {PHONE}", VICTIM),
        (f"La víctima recibió ayuda de su hermana, celular {PHONE}", VICTIM),
        (f"La víctima recibió ayuda en el celular {PHONE}", VICTIM),
        (f"Víctima: recibió mensajes del celular {PHONE}", VICTIM),
        (f"tes\u200btigo: celular {PHONE}", WITNESS),
        (f"ｖíctima: celular {PHONE}", VICTIM),
        (f"Testemunha: celular {PHONE}", WITNESS),
        (f"vítima, celular {PHONE}", VICTIM),
        (f"witness: phone {PHONE}", WITNESS),
        (f"phone {PHONE}, which belongs to the minor", MINOR),
        (f"la mineure, téléphone {PHONE}", MINOR),
        (f"téléphone {PHONE} (témoin)", WITNESS),
    ],
)
def test_a_value_of_somebody_protected_is_marked_and_never_certain(line: str, expected: ProtectedAs) -> None:
    read = read_line(line, "PE")
    assert {found.protected_as for found in read.found} == {expected}
    assert read.state is State.PROTECTED
    assert not any(found.settled for found in read.found)
    assert Confidence.CERTAIN not in {each.confidence for found in read.found for each in found.candidates}


@pytest.mark.parametrize(
    "line",
    [
        f"El imputado usó el celular {PHONE} para captar a la víctima",
        f"Imputado por trata, víctima de extorsión en 2019; celular {PHONE}",
        f"El procesado fue víctima de hurto en 2020. Celular {PHONE}",
        f"La víctima recibió llamadas del celular {PHONE} del imputado",
        f"captor de la víctima, celular {PHONE}",
        f"La víctima recibió llamadas y mensajes del número {PHONE}",
        f"A vítima recebeu R$ 2.500,00 e mensagens do celular {PHONE}",
        f"The victim was threatened from phone {PHONE}",
        f"La victime a reçu des messages du {PHONE}",
        f"Testigo: Rosa. Imputado: Juan, celular {PHONE}",
        f"El detenido Juan, celular {PHONE}, llamó a la víctima",
        f"celular {PHONE}, testigo: Rosa",
        f"celular {PHONE}; la víctima vive en Lima",
        f"celular {PHONE} con el que se llamó tres veces en esa noche, según dijo más tarde en su casa, a la víctima",
        f"Unidad de víctimas y testigos, teléfono {PHONE}",
        f"no es víctima, celular {PHONE}",
    ],
)
def test_what_is_a_suspects_or_of_another_clause_bears_no_mark(line: str) -> None:
    assert called(line) == [None]


def test_each_value_of_a_line_is_marked_by_its_own_word() -> None:
    line = f"Imputado: Juan, celular {PHONE}; testigo: Ana, celular 987 555 015; imputado: Luis, celular 987 555 016"
    assert called(line) == [None, WITNESS, None]


def test_a_mark_drops_nothing_and_changes_no_form() -> None:
    plain, marked = (read_line(f"{who}: celular {PHONE} y placa ABC-123", "PE").found for who in ("Dato", "Testigo"))
    shift = len("Testigo") - len("Dato")
    assert [(each.span.start + shift, [form.canonical for form in each.candidates]) for each in plain] == [
        (each.span.start, [form.canonical for form in each.candidates]) for each in marked
    ]


def test_a_line_with_a_mark_already_keeps_it() -> None:
    line = f"celular {PHONE} (testigo)"
    found = read_line(line, "PE").found
    assert mark(Plain.of(line), found, VICTIM)[0].protected_as is WITNESS


def test_lines_under_a_heading_are_of_whom_it_names_until_another_heading() -> None:
    phone = f"- celular {PHONE}"
    assert under("VÍCTIMAS:", phone, "", phone, "IMPUTADOS:", phone) == [VICTIM, VICTIM, None]
    assert under("Datos del testigo", "Teléfonos:", PHONE, "Nombre:", phone, "HECHOS:", phone) == [WITNESS, WITNESS, None]
    assert under("Testigos", phone, "Menores", phone) == [WITNESS, MINOR]
    assert under("I. AGRAVIADAS", phone, "II. DETENIDOS", phone) == [VICTIM, None]
    assert under("I. AGRAVIADAS", f"1) Nadie, cel {PHONE}", "III. HECHOS", phone) == [VICTIM, None]
    assert under("Víctimas", phone, "Antecedentes", phone) == [VICTIM, None]
    assert under("Víctimas", "NADIE NADIE", phone) == [VICTIM]
    assert under("Testigos", f"Imputado: Juan, celular {PHONE}", phone) == [None, None]
    assert under("Testigos", f"el imputado usa el celular {PHONE}", phone) == [None, WITNESS]
    assert under("Testigos", phone + " (víctima)") == [VICTIM]


def test_a_zone_under_a_heading_is_marked_with_its_holder() -> None:
    zone = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
    colombian = tuple(line.replace("UTO", "COL") for line in zone)
    assert under("VÍCTIMA", *colombian) == [VICTIM]
    assert [
        found.protected_as
        for _, line in read_text([Line(1, "VÍCTIMA"), Line(2, colombian[0]), Line(3, colombian[1])], "PE")
        for found in line.found
    ] == [VICTIM, VICTIM]


def test_a_section_reads_only_what_may_be_a_heading() -> None:
    section = Section()
    section.read("x" * 70_000)
    assert section.called is None


WORDS = st.sampled_from(
    [
        *("Testigo: ", "la víctima ", "el imputado ", "de ", "; ", ". ", "(", ") ", ", ", PHONE),
        *(" celular ", "ABC 123 ", "menor ", "\u200b", "é"),
    ]
)


@given(st.lists(WORDS | st.text(max_size=3), max_size=14))
def test_no_text_raises_and_what_is_marked_is_what_was_found(pieces: list[str]) -> None:
    line = "".join(pieces)
    read = read_line(line, "PE")
    assert (read.state is State.PROTECTED) == any(found.protected_as for found in read.found)
    again = mark(Plain.of(line), read.found)
    assert [found.span for found in again] == [found.span for found in read.found]
    assert again == read.found


@pytest.mark.parametrize("piece", [f"testigo {PHONE} ", f"la víctima; {PHONE}, ", "niño "])
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    line = f"celular {PHONE} " + piece * (65536 // len(piece))
    found = read_line(line, "PE").found
    began = time.process_time()
    mark(Plain.of(line), found, VICTIM)
    assert time.process_time() - began < 10
