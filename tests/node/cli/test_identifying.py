"""`celosia identify` as an officer calls it: no node, no token, no network; every line accounted for, nothing told elsewhere."""

import io
import json
import logging
import sys
from pathlib import Path

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
