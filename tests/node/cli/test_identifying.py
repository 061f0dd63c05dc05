"""`celosia identify` as an officer calls it: no node, no token, no network; every line accounted for, nothing told elsewhere."""

import io
import json
import logging
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from node.cli import identifying
from node.cli.app import run
from node.language import catalogue, say
from protocol.identifiers import Reason
from protocol.recognition import Clue, Confidence, State
from protocol.vocabulary import Language
from tests.node.cli.program import Program, Result

PASTED = "celular 300 555 0147 y placa ABC 123\n\nun texto\n4111 1111 1111 1112\nexpediente 4711, celular 300 555 0158\n"


@pytest.fixture
def celosia(socket_disabled: None) -> Program:
    """The program where nothing answers and nothing may be asked."""
    program = Program("http://127.0.0.1:1")
    program.environment = {"COLUMNS": "1000"}
    return program


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pegado.txt"
    path.write_text(PASTED, "utf-8")
    return path


def piped(celosia: Program, monkeypatch: pytest.MonkeyPatch, raw: bytes, *argv: str) -> Result:
    """A call with `raw` on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))
    return celosia("identify", *argv)


def rows(result: Result) -> list[dict[str, object]]:
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def candidates(row: dict[str, object]) -> list[dict[str, object]]:
    """What a row may hold."""
    found = row["candidates"]
    assert isinstance(found, list)
    return found


def test_a_file_is_told_line_by_line_with_a_summary_and_what_to_do_next(celosia: Program, file: Path) -> None:
    result = celosia("identify", str(file), "--country", "CO", "--lang", "es")
    assert result.code == 0
    for words in (
        *("300 555 0147", "+573005550147", "Placa de vehículo", "CO:ABC123", "seguro: la palabra de al lado lo dice"),
        *("el dígito verificador no coincide", "4711", "Cifras que no corresponden a ningún dato conocido"),
        *(
            "Líneas: 5. Datos encontrados: 4.",
            "Reconocidas: 2",
            "Por confirmar: 1",
            "Sin ningún dato reconocible: 1",
            "Vacías: 1",
        ),
        *("escriba delante del dato qué es", "celosia ask --help"),
    ):
        assert words in result.text, words
    assert "Codificación" not in result.text


def test_programs_get_one_object_a_line_and_the_summary_apart(celosia: Program, file: Path) -> None:
    result = celosia("identify", str(file), "--country", "CO", "--json")
    assert [(row["line"], row["state"]) for row in rows(result)] == [
        (1, "recognised"),
        (2, "empty"),
        (3, "not_recognised"),
        (4, "to_confirm"),
        (5, "recognised"),
    ]
    assert json.loads(result.err)["states"]["recognised"] == 2
    assert celosia("identify", str(file), "--json", "--quiet").err == ""


def test_standard_input_is_read_where_no_file_is_named(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = rows(piped(celosia, monkeypatch, b"nobody@example.org", "--json"))
    assert row["input"] == "nobody@example.org"
    assert "Datos encontrados: 0" in piped(celosia, monkeypatch, b"", "--lang", "es").text


def test_what_needs_a_country_says_so_and_how_to_give_it(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    result = piped(celosia, monkeypatch, b"celular 300 555 0147", "--lang", "es")
    assert "Falta el país" in result.text
    assert "--country CO" in result.text


def test_of_a_passport_the_state_that_was_assumed_is_told(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    assumed = piped(celosia, monkeypatch, b"pasaporte AB123456", "--country", "CO", "--lang", "es")
    assert "Se supuso este país emisor: Colombia (CO)" in assumed.text
    said = piped(celosia, monkeypatch, b"pasaporte venezolano AB123456", "--country", "CO", "--lang", "es")
    assert "Se supuso" not in said.text
    assert "VE:AB123456" in said.text


PEOPLE = "Nombre completo;FN;Celular\nQuispe Huamán, Rosa;31/05/1990;3005550147\nElena Rivas;03/04/1991;\n"


def test_where_only_the_length_was_checked_or_a_check_digit_fails_the_officer_is_told(
    celosia: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = piped(
        celosia, monkeypatch, b"TRN 123456789 Jamaica\nCPF 390.533.447-06\n39053344706\n", "--country", "BR", "--lang", "en"
    )
    told = [line.rstrip() for line in result.out.splitlines()]
    (jamaican,) = (number for number, line in enumerate(told) if "JM:123456789" in line)
    assert "certain: the word next to it says so" in told[jamaican - 1]
    assert told[jamaican].endswith("Only the length could be checked")
    (labelled, *_) = (number for number, line in enumerate(told) if "BR:39053344706" in line)
    assert "The check digit does not fit" in told[labelled]
    # where the reason says it already, it is not said twice
    assert sum("heck digit does not fit" in line for line in told[labelled + 1 :]) == sum(
        "the check digit does not fit; compare with the source" in line for line in told[labelled + 1 :]
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "es",
            (
                "seguro: el encabezado de la columna lo dice",
                "Columnas: Nombre completo · FN.",
                "No está escrito dónde terminan los nombres",
            ),
        ),
        ("en", ("certain: the column’s heading says so", "Columns: Nombre completo · FN.", "Given names: …; DOB: …")),
        ("pt", ("Colunas: Nombre completo · FN.", "Sobrenome: …; Nome: …", "Não se sabe qual número é o dia")),
        ("fr", ("Colonnes : Nombre completo · FN.", "Prénoms : … ; DDN : …", "On ne sait quel nombre est le jour")),
    ],
)
def test_people_of_a_table_are_told_with_headings_doubts_and_what_is_missing(
    celosia: Program, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    result = piped(celosia, monkeypatch, PEOPLE.replace("31/05", "05/06").encode(), "--lang", language)
    for each in words[1:]:
        assert each in result.text
    told = piped(celosia, monkeypatch, PEOPLE.encode(), "--country", "PE", "--lang", language)
    for each in ("Quispe Huamán, Rosa · 31/05/1990", "rosa/quispe huaman/1990-05-31", words[0]):
        assert each in told.text


def test_a_birth_that_cannot_be_is_told_by_the_machines_day(
    celosia: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = b"Nombres: Rosa; Apellidos: Quispe; FN 01/01/1901"
    (tmp_path / "list.txt").write_bytes(text)
    read = celosia("identify", str(tmp_path / "list.txt"), "--lang", "en")
    for result in (read, piped(celosia, monkeypatch, text, "--lang", "en")):
        assert "more than 120 years ago" in result.text


@pytest.mark.parametrize("language", Language)
def test_what_is_a_victims_is_not_proposed_and_its_mark_goes_wherever_it_is_pasted(
    celosia: Program, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    for word, code in (("víctima", "victim"), ("testigo", "witness"), ("menor de edad", "minor")):
        text = f"{word}: celular 300 555 0147; imputado: placa ABC 123"
        result = piped(celosia, monkeypatch, text.encode(), "--country", "CO", "--lang", language.value)
        mark = say(language, "cli.identify.do_not_ask", called=say(language, f"cli.identify.called.{code}"))
        cell = say(language, "cli.pair", name=mark, value="300 555 0147")
        assert " ".join(cell.split()) in result.text
        for key in ("protected", "next.protected", "state.protected"):
            assert say(language, f"cli.identify.{key}") in result.text
        assert "+573005550147" not in result.text
        assert "CO:ABC123" in result.text
        # the cell alone, and the whole answer, as somebody might copy them
        for copied in (cell, result.out):
            read = rows(piped(celosia, monkeypatch, copied.encode(), "--country", "CO", "--json"))
            phones = [each for row in read for each in candidates(row) if each["kind"] == "phone"]
            assert [(each["protected_as"], each["canonical"]) for each in phones] == [(code, None)]


def test_a_tab_is_shown_as_a_blank_and_kept_for_programs(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    pasted = "Nombre: Rosa Quispe,\tFN\t12/03/1990\tsin\u00a0más\nun\ttexto"
    shown = piped(celosia, monkeypatch, pasted.encode(), "--country", "PE", "--lang", "es")
    assert "un texto" in shown.out
    assert "\ufffd" not in shown.out
    assert [row["input"] for row in rows(piped(celosia, monkeypatch, pasted.encode(), "--json"))] == pasted.split("\n")


def test_each_sheet_of_a_workbook_is_told_under_its_name(celosia: Program, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheets: dict[str, list[list[object]]] = {
        "Sujetos": [["Nombres", "Apellidos", "FN"], ["Rosa", "Quispe Huamán", date(1990, 4, 3)]],
        "Líneas\u202e": [["celular"], ["300 555 0147"]],
    }
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append(row)
    path = tmp_path / "casos.XLSX"
    book.save(path)
    told = celosia("identify", str(path), "--country", "CO", "--lang", "es")
    assert told.code == 0
    for words in ("Sujetos", "rosa/quispe huaman/1990-04-03", "Líneas", "+573005550147", "Líneas: 4. Datos encontrados: 2."):
        assert words in told.text
    assert "\u202e" not in told.text
    shown = celosia("identify", str(path), "--country", "CO", "--json")
    assert [(row["sheet"], row["line"]) for row in rows(shown)] == [
        ("Sujetos", 1),
        ("Sujetos", 2),
        ("Líneas\u202e", 1),
        ("Líneas\u202e", 2),
    ]


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("casos.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_or_encrypted_workbook"),
        ("casos.xlsx", b"celular 300 555 0147", "not_a_workbook"),
        ("casos.xlsx", b"PK\x03\x04", "broken_archive"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_told_with_the_reason(
    celosia: Program, tmp_path: Path, name: str, raw: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    result = celosia("identify", str(tmp_path / name), "--json")
    assert (result.code, result.out) == (1, "")
    assert words in result.err
    assert "555" not in result.err


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("informe.pdf", b"%PDF-1.7\n" + b"celular 300 555 0147\n" * 10, "pdf_document"),
        ("informe.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office_document"),
        ("foto.txt", b"\x89PNG\r\n\x1a\n", "image"),
    ],
)
def test_what_is_no_text_is_refused_with_what_it_is_and_what_to_do(
    celosia: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, raw: bytes, reason: str, language: Language
) -> None:
    (tmp_path / name).write_bytes(raw)
    told = say(language, f"import.reason.{reason}")
    result = celosia("identify", str(tmp_path / name), "--lang", language.value)
    assert (result.code, result.out) == (1, "")
    assert name in result.text
    assert " ".join(told.split()) in result.text
    assert "555" not in result.err
    assert piped(celosia, monkeypatch, raw, "--lang", language.value).code == 1


def test_the_encoding_that_was_assumed_is_told_and_may_be_given(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    result = piped(celosia, monkeypatch, "niño\naño \x81\n".encode("latin-1"), "--lang", "es")
    assert "windows-1252 (2)" in result.text
    assert "Líneas afectadas: 1 (2)" in result.text
    (row,) = rows(piped(celosia, monkeypatch, "niño".encode(), "--json", "--encoding", "WINDOWS-1252"))
    assert row["input"] == "niÃ±o"
    many = piped(celosia, monkeypatch, b"\x81\n" * 21, "--lang", "es")
    assert "20 …)" in many.text


def test_the_beginning_of_a_line_that_is_too_long_is_shown(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    result = piped(celosia, monkeypatch, b"x" * 70_000 + b"\nnobody@example.org", "--lang", "es")
    assert "Demasiado larga; no se leyó" in result.text
    assert "divida esas líneas" in result.text
    assert "nobody@example.org" in result.text


def test_a_very_long_value_is_cut_on_the_screen_only(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"https://example.org/" + b"a" * 300
    assert raw.decode()[:199] + "…" in piped(celosia, monkeypatch, raw).out
    (row,) = rows(piped(celosia, monkeypatch, raw, "--json"))
    assert row["input"] == raw.decode()


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_sign_of_the_text_steers_the_terminal(
    celosia: Program, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...]
) -> None:
    steering = "\x1b[31m\x07\x9b2J\u202e\u2066\u200b\ufeff\x7f\u2028"
    pasted = [f"celular {steering}300 555 0147 {steering}", f"texto{steering} nada", f"celular 300{steering[-4]} 555 0147"]
    result = piped(celosia, monkeypatch, "\n".join(pasted).encode(), "--country", "CO", *form)
    assert result.code == 0
    assert [sign for sign in result.out + result.err if not sign.isprintable() and sign != "\n"] == []
    if form:
        assert [row["input"] for row in rows(result)] == pasted


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("no-such-file",), "no-such-file"),
        ((".",), "."),
        (("--country", "ZZ"), "dos letras"),
        (("--encoding", "ebcdic"), "utf-8, utf-16-le, utf-16-be, windows-1252"),
    ],
)
def test_a_call_that_cannot_be_is_told_with_what_to_give(celosia: Program, argv: tuple[str, ...], words: str) -> None:
    result = celosia("identify", *argv, "--lang", "es")
    assert (result.code, result.out) == (2, "")
    assert words in result.text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [80, 200])
def test_the_table_keeps_to_the_terminal_in_every_language(celosia: Program, file: Path, language: Language, width: int) -> None:
    result = celosia("identify", str(file), "--country", "CO", "--lang", language.value, COLUMNS=str(width))
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= width
    assert "+573005550147" in result.out


def test_the_heading_stands_once_however_long_the_table(celosia: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"\n" * 250 + b"nobody@example.org\n" * 450
    result = piped(celosia, monkeypatch, raw, "--lang", "es")
    assert result.out.count("Qué puede ser") == 1
    assert result.out.count("nobody@example.org") == 900
    assert "Vacías: 250" in result.text


@pytest.mark.parametrize("language", Language)
def test_every_word_of_the_answer_is_in_the_catalogue(celosia: Program, language: Language) -> None:
    texts = catalogue(language)
    for name, members in (("state", State), ("confidence", Confidence), ("clue", Clue)):
        for member in members:
            assert say(language, f"cli.identify.{name}.{member}")
    for reason in Reason:
        if reason.value.startswith("needs_"):
            assert f"import.reason.not_normalisable:{reason.value}" in texts


def test_nothing_of_the_text_goes_to_a_log_or_to_standard_error(
    celosia: Program, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for form in ((), ("--json",)):
            result = celosia("identify", str(file), "--country", "CO", *form)
            assert "555" not in result.err
    assert caplog.text == ""


def test_a_person_at_the_terminal_is_told_to_paste_and_sees_the_count_where_the_answer_goes_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    class Typed(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    for quiet in ((), ("--quiet",)):
        monkeypatch.setattr(sys, "stdin", Typed(io.BytesIO(b"nobody@example.org\n" * 3), "utf-8"))
        out, err = io.StringIO(), Terminal()
        assert run(["identify", "--lang", "es", *quiet], {"TERM": "xterm"}, out, err) == 0
        assert ("Ctrl-D" in err.getvalue()) is not bool(quiet)
        assert ("Líneas leídas" in err.getvalue()) is not bool(quiet)
        assert "nobody" not in err.getvalue()


def test_whoever_reads_no_further_ends_it(celosia: Program, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> bool:
        raise BrokenPipeError

    monkeypatch.setattr(identifying, "_show", gone)
    assert celosia("identify", str(file)).code == 141
