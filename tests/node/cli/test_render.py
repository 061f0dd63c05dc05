"""Values in words. Everything that the protocol can say has a reading in all four languages."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.cli import render
from node.cli.session import General, Session
from node.safeguards.grounds import FIELD_GROUNDS
from protocol.record import ModusOperandi, Network, Route
from protocol.vocabulary import Language, code_lists
from tests.node.cli import invented


def session(language: Language = Language.EN) -> Session:
    """A session that prints nowhere."""
    return Session.open(language, General(None, False, None, None, ()), {}, io.StringIO(), io.StringIO())


@pytest.mark.parametrize("language", Language)
def test_every_code_that_a_record_can_carry_is_shown_by_its_label(language: Language) -> None:
    for name, list_name in render._LISTS.items():
        assert name in FIELD_GROUNDS
        for code, entry in code_lists()[list_name].items():
            assert render.field(session(language), name, [code]) == entry[language.value]


def test_every_field_of_a_record_is_read_out_or_is_technical() -> None:
    technical = {"v", "id", "kind", "authority", "supersedes", "contact"}
    for model in (Network, Route, ModusOperandi):
        assert set(model.model_fields) - technical <= set(render._READ)


def test_a_code_that_this_node_does_not_know_yet_is_shown_as_it_is() -> None:
    assert render.label("act", "a_code_of_tomorrow", Language.ES) == "a_code_of_tomorrow"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("victims", {"count": "lt11"}, "Fewer than 11 (withheld)"),
        ("tlp", "amber", code_lists()["tlp"]["amber"]["en"]),
        ("first_activity", "2025-03", "2025-03"),
        ("version", 3, "3"),
        ("authority", "PE", "Peru (PE)"),
        ("links", invented.ROUTE["links"], f"Part of {invented.NETWORK_ID}, of Peru (PE)"),
    ],
)
def test_each_kind_of_field_reads_as_words(name: str, value: Any, words: str) -> None:
    assert render.field(session(), name, value) == words


def test_the_reason_of_an_import_that_is_not_known_yet_is_shown_as_it_is() -> None:
    assert render.import_reason(session(), "a_reason_of_tomorrow") == "a_reason_of_tomorrow"
    assert render.import_reason(session(), "not_normalisable:empty").startswith("The cell holds no usable value.")


@given(st.text())
def test_no_text_can_steer_a_terminal(text: str) -> None:
    shown = render.printable(text)
    assert len(shown) == len(text)
    assert shown.isprintable()


def test_times_are_those_of_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "America/Asuncion")
    time.tzset()
    try:
        assert (render.moment(1_795_000_000), render.day(1_795_000_000)) == ("2026-11-18 08:06 UTC-03:00", "2026-11-18")
        assert render.clock(1_795_000_000) == "08:06:40 UTC-03:00"
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        assert render.clock(1_795_000_000) == "11:06:40 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()
