"""`celosia bench names` as an officer calls it: no node, no token, no network, and nothing of a person in anything that it says.

All people are invented.
"""

import io
import json
import logging
import re
from pathlib import Path

import pytest

from node.cli.app import run
from node.language import catalogue, say
from protocol.names import PersonReason
from protocol.vocabulary import Language
from tests.node.cli.program import Program, Result

HEADER = "id,given_names,surnames,birth_date\n"
ASKED = "a1,Rosa María,Quispe Luna,1990-05-31\na2,Wilmer,Zapata,1955-11-12\na3,Inés,,\na4,Julia,Soto,31/12/1988\n"
HELD = "b1;Rosa Maria;Kispe Luna;1990-05-31\nb4;Julia;Soto;1988-12-31\nb9;Wilmer;Sapata;1955-11-12\nb2;Otro;Más;1950-01-02\n"
LINKS = "id_a,id_b\na1,b1\na2,b2\na4,b4\n"


@pytest.fixture
def celosia(socket_disabled: None) -> Program:
    """The program where nothing answers and nothing may be asked."""
    program = Program("http://127.0.0.1:1")
    program.environment = {"COLUMNS": "1000"}
    return program


class Files:
    """Three files in a folder, and a call with them."""

    def __init__(self, folder: Path, celosia: Program) -> None:
        self.a, self.b, self.links = (folder / name for name in ("a.csv", "b.csv", "links.csv"))
        self.a.write_text(HEADER + ASKED, "utf-8")
        self.b.write_bytes((HEADER.replace(",", ";") + HELD).encode("latin-1"))
        self.links.write_text(LINKS, "utf-8-sig")
        self._celosia = celosia

    def bench(self, *options: str, **environment: str) -> Result:
        return self._celosia("bench", "names", str(self.a), str(self.b), str(self.links), *options, **environment)


@pytest.fixture
def files(tmp_path: Path, celosia: Program) -> Files:
    return Files(tmp_path, celosia)


def test_the_measures_are_told_with_what_became_of_every_row(files: Files) -> None:
    result = files.bench("--lang", "en")
    assert (result.code, result.err) == (0, "")
    # Shown: a1-b1, which is right, and a2-b9, which is wrong. True pairs: 3. Questions: 4.
    rates = r"\s+0\.500\s+0\.333\s+0\.400\s+0\.25"
    assert re.search("Candidates and strong ones" + rates, result.out)
    for words in (
        *("Recall at precision 0.99: 0.333", "True pairs: 3", "The asker's register: ", "Rows: 4"),
        "People that cannot be compared: 1 (lines 4). Too many people bear this name.",
        "People that cannot be compared: 1 (lines 5). The birth date is not a date.",
        "Encoding assumed, by lines: utf-8 (4), windows-1252 (1).",
        "--birth-date-format %d/%m/%Y",
    ):
        assert words in result.text, words


def test_programs_get_one_object(files: Files) -> None:
    result = files.bench("--json", "--birth-date-format", "%d/%m/%Y")
    assert (result.code, result.err) == (0, "")
    shown = json.loads(result.out)
    assert shown["candidate"] == {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "false_hits": 0.25}
    assert shown["a"]["not_comparable"] == {"needs_birth_date": {"count": 1, "lines": [4]}}
    assert shown["b"]["encodings"] == {"utf-8": 4, "windows-1252": 1}
    assert 0 <= shown["seconds"] < 300


def test_rows_and_links_that_cannot_be_read_are_told_by_their_lines(files: Files) -> None:
    files.a.write_text(HEADER + ASKED.replace("a2,Wilmer,", "a2,") + ",x,y,1990\n" * 21, "utf-8")
    files.b.write_bytes((HEADER + "b1,Rosa,Kispe Luna,1990-05-31\nb4,Ju\x81lia,Soto,1988-12-31\n").encode("latin-1"))
    text = files.bench("--lang", "es").text
    for words in (
        "Filas sin leer: 1 (líneas 3). La fila no tiene el mismo número de columnas que el encabezado.",
        "Filas sin leer: 21 (líneas 6, 7,",
        ", 25 …). ",
        "Hay bytes que no corresponden a ninguna letra. Líneas afectadas: 1 (3).",
        "Enlaces sin usar, porque su fila no se pudo leer: 1 (líneas 3).",
    ):
        assert words in text, words


@pytest.mark.parametrize("language", Language)
def test_every_language_tells_it_and_keeps_to_the_terminal(files: Files, language: Language) -> None:
    result = files.bench("--lang", language.value, COLUMNS="80")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80
    assert say(language, "cli.bench.inputs") in result.text


def test_every_reason_not_to_compare_a_person_is_worded() -> None:
    prefix = "import.reason.not_comparable:"
    worded = {key.removeprefix(prefix) for key in catalogue(Language.ES) if key.startswith(prefix)}
    assert worded == {reason.value for reason in PersonReason}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_file_that_cannot_be_measured_is_told_with_place_reason_and_what_to_do(files: Files, form: tuple[str, ...]) -> None:
    files.links.write_text(LINKS + "a0,b9\n", "utf-8")
    result = files.bench("--lang", "es", *form)
    assert (result.code, result.out) == (1, "")
    place = f"archivo {files.links}, línea 5, columna id_a: Este enlace nombra un identificador que su registro no tiene."
    assert place in result.text
    assert "Corrija lo que se indica y repita el comando." in result.text
    assert "case_file_refused" in result.err
    if form:
        facts = {"reason": "unknown_id", "file": str(files.links), "line": 5, "column": "id_a"}
        assert json.loads(result.err)["facts"] == facts


def test_a_missing_column_and_an_empty_file_are_named(files: Files) -> None:
    files.a.write_text("id,nombres,surnames,birth_date\n", "utf-8")
    assert "columna given_names: Falta una columna" in files.bench("--lang", "es").text
    files.a.write_text("", "utf-8")
    assert "Falta la fila de encabezados" in files.bench("--lang", "es").text
    files.a.write_text(HEADER, "utf-8")
    assert "No hay filas debajo del encabezado" in files.bench("--lang", "es").text


def test_the_same_file_twice_is_refused_under_whatever_name(files: Files, celosia: Program) -> None:
    other = files.a.with_name("otro.csv")
    other.symlink_to(files.a)
    for second in (files.a, other):
        result = celosia("bench", "names", str(files.a), str(second), str(files.links), "--lang", "es")
        assert (result.code, result.out) == (2, "")
        assert "dos veces el mismo archivo" in result.text


@pytest.mark.parametrize(
    ("option", "words"),
    [(("--birth-date-format", "%d/%m/%y"), "%Y para el año de cuatro cifras"), (("--birth-date-format",), "--birth-date-format")],
)
def test_a_call_that_cannot_be_is_told_with_what_to_give(files: Files, option: tuple[str, ...], words: str) -> None:
    result = files.bench("--lang", "es", *option)
    assert (result.code, result.out) == (2, "")
    assert words in result.text


def test_a_file_that_is_not_there_is_named(files: Files) -> None:
    files.b.unlink()
    result = files.bench("--lang", "es")
    assert (result.code, result.out) == (2, "")
    assert str(files.b) in result.text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_to_who_watches_and_to_nobody_else(files: Files) -> None:
    argv = ["bench", "names", str(files.a), str(files.b), str(files.links), "--lang", "es"]
    for options, told in (([], True), (["--quiet"], False)):
        out, err = io.StringIO(), Terminal()
        assert run([*argv, *options], {"COLUMNS": "100", "TERM": "xterm"}, out, err) == 0
        assert ("Leyendo y comparando" in err.getvalue()) is told
        assert "Leyendo" not in out.getvalue()


PLANTED = ("idplantado", "Zenobiaplantada", "Quispeplantado", "19771230", "1977-12-30", "30/12/1977", "otroplantado")
"""Every cell of a row holds one of these. An officer's screen and logs must never."""


def leaked(text: str) -> list[str]:
    return [word for word in PLANTED if word.lower() in text.lower()]


ROW = "idplantado,Zenobiaplantada,Quispeplantado,1977-12-30\n"
CASES = {
    "all is well": (ROW, ROW, "idplantado,idplantado\n"),
    "no name": ("idplantado,,,30/12/1977\n", ROW, "idplantado,idplantado\n"),
    "a date of another form": ("idplantado,Zenobiaplantada,Quispeplantado,30/12/1977\n", ROW, "idplantado,idplantado\n"),
    "controls": ("idplantado,Zenobiaplantada\x07,Quispeplantado,1977-12-30\n", ROW, "idplantado,idplantado\n"),
    "a name too long": (f"idplantado,{'Zenobiaplantada ' * 20},x,19771230\n", ROW, "idplantado,idplantado\n"),
    "a row too long": (f"idplantado,{'Zenobiaplantada ' * 9000},x,19771230\n", ROW, "idplantado,idplantado\n"),
    "ragged": (ROW, ROW + "Zenobiaplantada,Quispeplantado\n", "idplantado,idplantado\n"),
    "an id twice": (ROW + ROW, ROW, "idplantado,idplantado\n"),
    "a held id twice": (ROW, ROW + ROW, "idplantado,idplantado\n"),
    "a link twice": (ROW, ROW, "idplantado,idplantado\nidplantado,otroplantado\n"),
    "an unknown id": (ROW, ROW, "otroplantado,idplantado\n"),
    "an unknown held id": (ROW, ROW, "idplantado,otroplantado\n"),
    "a quote": (ROW, f'"{ROW}', "idplantado,idplantado\n"),
}


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("case", CASES)
def test_nothing_of_a_person_is_in_anything_that_is_said(
    files: Files, case: str, form: tuple[str, ...], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    asked, held, links = CASES[case]
    files.a.write_text(HEADER + asked, "utf-8")
    files.b.write_text(HEADER + held, "utf-8")
    files.links.write_text("id_a,id_b\n" + links, "utf-8")
    result = files.bench(*form)
    assert result.code in (0, 1)
    streams = capfd.readouterr()
    assert leaked(result.out + result.err + caplog.text + streams.out + streams.err) == []


def test_a_heading_is_not_repeated_either_where_a_file_has_none(files: Files) -> None:
    files.a.write_text(ROW, "utf-8")
    result = files.bench()
    assert result.code == 1
    assert leaked(result.out + result.err) == []


def test_a_leak_would_be_seen() -> None:
    assert leaked(f"row 3: {ROW}") == ["idplantado", "Zenobiaplantada", "Quispeplantado", "1977-12-30"]
