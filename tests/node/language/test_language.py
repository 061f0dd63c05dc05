"""The language that a reader prefers among ours. What is said in it is tested in `test_catalogues.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.language import DEFAULT, preferred
from protocol.vocabulary import Language


def test_spanish_is_the_default() -> None:
    assert DEFAULT is Language.ES


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "es"),
        ("", "es"),
        ("*", "es"),
        ("de", "es"),
        ("pt", "pt"),
        ("pt-BR", "pt"),
        ("FR-ca", "fr"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("de, en;q=0.3", "en"),
        ("fr;q=0", "es"),
        ("en;q=broken, pt;q=0.1", "pt"),
        ("en ; q=0.8 , pt", "pt"),
    ],
)
def test_the_preferred_language_is_the_reader_s_among_ours(header: str | None, expected: str) -> None:
    assert preferred(header) == expected


@given(st.text(max_size=200))
def test_no_header_breaks_the_choice(header: str) -> None:
    assert preferred(header) in Language
