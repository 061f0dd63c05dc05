"""A pasted text, whole: every line has its row, the counts agree, and a million lines take no more memory than a thousand."""

import json
import resource
import tracemalloc
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.case_files.errors import WrongFormat
from node.case_files.pasted import Encoding
from node.case_files.signatures import no_text
from node.flows.identify import Summary, identify, row_of

PASTED = b"celular 300 555 0147 y placa ABC 123\n\nun texto\n300 555 0158\nexpediente 4711"


def rows(raw: bytes, country: str | None = "CO", encoding: Encoding | None = None) -> list[dict[str, Any]]:
    return [row_of(line, read) for line, read in identify([raw], country, Summary(), encoding)]


def test_every_line_has_a_row_with_its_values_and_places() -> None:
    shown = rows(PASTED)
    assert [(row["line"], row["state"]) for row in shown] == [
        (1, "recognised"),
        (2, "empty"),
        (3, "not_recognised"),
        (4, "to_confirm"),
        (5, "not_recognised"),
    ]
    assert shown[0] == {
        "sheet": None,
        "line": 1,
        "input": "celular 300 555 0147 y placa ABC 123",
        "state": "recognised",
        "encoding": "utf-8",
        "unfit": False,
        "candidates": [
            {
                "start": 8,
                "end": 20,
                "kind": "phone",
                "canonical": "+573005550147",
                "confidence": "certain",
                "reason": "word",
                "further_reasons": ["assigned"],
                "doubts": [],
                "needs": None,
                "country": "CO",
                "further_keys": [],
                "further_places": [],
                "headings": [],
                "protected_as": None,
            },
            {
                "start": 29,
                "end": 36,
                "kind": "vehicle_plate",
                "canonical": "CO:ABC123",
                "confidence": "certain",
                "reason": "word",
                "further_reasons": [],
                "doubts": [],
                "needs": None,
                "country": "CO",
                "further_keys": [],
                "further_places": [],
                "headings": [],
                "protected_as": None,
            },
        ],
        "left": [],
    }
    assert shown[4]["left"] == [[11, 15]]


def test_a_birth_that_cannot_be_is_told_where_the_day_is_known() -> None:
    text = b"Nombres: Rosa; Apellidos: Quispe; FN 23/11/2026"
    needs = [
        [each["needs"] for each in row_of(line, read)["candidates"]]
        for today in (None, date(2026, 11, 22), date(2026, 11, 24))
        for line, read in identify([text], "CO", Summary(), today=today)
    ]
    assert needs == [[None], ["future_birth_date"], [None]]


def test_of_a_victim_or_witness_no_form_goes_out_that_a_program_could_ask_with() -> None:
    text = "Testigo: Nombre: Rosa Quispe, FN 12/03/1990, celular 300 555 0147, CUIT 20-30123456-3; placa del imputado: ABC 123"
    (row,) = rows(text.encode(), "AR")
    *hers, plate = row["candidates"]
    assert {each["kind"] for each in hers} >= {"name_dob", "phone", "tax_id_person"}
    for each in hers:
        assert (each["protected_as"], each["canonical"], each["further_keys"]) == ("witness", None, [])
        assert each["confidence"] != "certain"
    assert (plate["protected_as"], plate["canonical"]) == (None, "AR:ABC123")
    assert (row["state"], row["input"]) == ("protected", text)


def test_what_is_pasted_onward_as_json_is_marked_again() -> None:
    """A row is a text like any other: its own line stands in it."""
    first = rows("Víctima: celular 300 555 0147".encode())
    again = rows(json.dumps(first[0], ensure_ascii=False).encode())
    phones = [each for each in again[0]["candidates"] if each["kind"] == "phone"]
    assert [each["protected_as"] for each in phones] == ["victim"]


def test_what_needs_a_country_says_so_and_what_carries_another_key_shows_it() -> None:
    (row,) = rows(b"celular 300 555 0147", None)
    (candidate,) = row["candidates"]
    assert (candidate["canonical"], candidate["needs"]) == (None, "needs_country")
    (row,) = rows(b"CPF 111.444.777-35", None)
    (candidate,) = row["candidates"]
    assert candidate["further_keys"] == [{"kind": "national_id", "canonical": "BR:11144477735"}]


def test_a_person_has_a_row_with_all_places_headings_and_a_form_to_ask_with() -> None:
    shown = rows("Nombres;Celular;Apellidos;FN\nRosa;;Quispe Huamán;31/05/1990\nRosa;;Quispe;\n".encode())
    assert shown[1]["candidates"] == [
        {
            "start": 0,
            "end": 4,
            "kind": "name_dob",
            "canonical": "rosa/quispe huaman/1990-05-31",
            "confidence": "certain",
            "reason": "header",
            "further_reasons": [],
            "doubts": [],
            "needs": None,
            "country": None,
            "further_keys": [],
            "further_places": [[6, 19], [20, 30]],
            "headings": ["Nombres", "Apellidos", "FN"],
            "protected_as": None,
        }
    ]
    (incomplete,) = shown[2]["candidates"]
    assert (incomplete["canonical"], incomplete["needs"]) == (None, "needs_birth_date")


@given(st.lists(st.text(alphabet="áb;,/1 :", max_size=15), max_size=6), st.integers(1, 9))
def test_the_same_text_gives_the_same_rows_in_any_chunks(texts: list[str], size: int) -> None:
    raw = "\n".join(["Nombre;Apellidos;FN", *texts]).encode()
    chunks = [raw[start : start + size] for start in range(0, len(raw), size)]
    assert [row_of(line, read) for line, read in identify(chunks, "CO", Summary())] == rows(raw)


def test_the_summary_counts_every_line_once() -> None:
    summary = Summary()
    raw = PASTED + b"\n\x81\n" + "niño".encode("latin-1")
    assert len(list(identify([raw], "CO", summary))) == 7
    assert summary.row() == {
        "lines": 7,
        "values": 3,
        "states": {
            "recognised": 1,
            "to_confirm": 1,
            "protected": 0,
            "not_recognised": 4,
            "header": 0,
            "part_of_zone": 0,
            "empty": 1,
            "too_long": 0,
        },
        "encodings": {"utf-8": 5, "windows-1252": 2},
        "unfit": 1,
        "unfit_lines": [6],
    }


def test_of_many_lines_with_bytes_that_fit_nothing_the_first_are_named() -> None:
    summary = Summary()
    list(identify([b"\x81\n" * 30], None, summary))
    assert (summary.unfit, summary.unfit_lines) == (30, list(range(1, 21)))


@given(st.binary(max_size=300))
def test_any_bytes_give_as_many_rows_as_lines_or_are_told_to_be_no_text(raw: bytes) -> None:
    if no_text(raw):
        with pytest.raises(WrongFormat, match=r"in pegado\.txt"):
            identify([raw], "CO", Summary(), file="pegado.txt")
        return
    summary = Summary()
    shown = [row_of(line, read) for line, read in identify([raw], "CO", summary)]
    assert [row["line"] for row in shown] == list(range(1, len(shown) + 1))
    assert sum(summary.states.values()) == sum(summary.encodings.values()) == summary.lines == len(shown)
    json.dumps(shown)


def many(lines: int) -> Iterator[bytes]:
    for number in range(lines // 10):
        yield f"celular 300 55{number % 100000:05d} y placa ABC 123\ncorreo nobody@example.org\n\n".encode()
        yield "Nombre: Rosa Quispe Huamán, FN 31/05/1990\n".encode()
        yield b"C.C. 1.020.304.050\n+57 310 234 5678\nhotel, el 12/05/2024\nexpediente 4711\nABC 123\n" + "niño\n".encode(
            "latin-1"
        )


def test_a_long_text_takes_no_more_memory_than_a_short_one() -> None:
    list(identify(many(1_000), "CO", Summary()))  # what libraries keep is loaded
    peaks = []
    for lines in (1_000, 8_000):
        tracemalloc.start()
        summary = Summary()
        for line, read in identify(many(lines), "CO", summary):
            row_of(line, read)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert summary.lines == lines
    assert peaks[1] < peaks[0] + (1 << 20)


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_a_million_lines_are_read_in_constant_memory() -> None:
    list(identify(many(20_000), "CO", Summary()))
    before, summary = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, Summary()
    for line, read in identify(many(1_000_000), "CO", summary):
        row_of(line, read)
    assert summary.lines == 1_000_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 32 << 10, "kilobytes"
