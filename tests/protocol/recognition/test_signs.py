import re
import time

import pytest

from protocol.recognition.signs import COMMON_ENDINGS, HANDLE, NO_IDENTIFIER, SIGNED, trimmed


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a?b=c",
        "hxxps://example[.]org/a",
        "whatsapp://send?phone=573001234567",
        "mailto:nobody@example.org",
        "nobody@example.org",
        "nobody [at] example[dot]org",
        "123e4567-e89b-42d3-a456-426614174000",
        "00:1b:44:11:3a:b7",
        "001b.4411.3ab7",
        "2001:4860:4860::8888",
        "8.8.8.8",
        "8[.]8[.]8[.]8",
        "ejemplo.com.ar/avisos/1",
        "@nadie.inventada",
        "LV-ABC",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ],
)
def test_what_bears_signs_of_its_own_is_found_whole_within_a_sentence(text: str) -> None:
    match = SIGNED.search(f"usaba {text} ayer")
    assert match is not None
    assert trimmed(match[0]) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "12/05/1990",
            "2024-03-11",
            "1.2.2007",
            "12 de mayo de 2024",
            "May 12, 2024",
            "10 août 2020",
            "18:30",
            "22h15",
            "22:30:15 hs",
        ),
        *("$ 1.500.000", "R$ 2.500,00", "USD 500", "250.000 pesos", "1,500 dollars", "17 años", "100 %", "18 km"),
    ],
)
def test_dates_times_and_amounts_are_known_for_what_they_are(text: str) -> None:
    match = NO_IDENTIFIER.search(f"dijo {text} ayer")
    assert match is not None
    assert match[0] == text


@pytest.mark.parametrize("text", ["12.345.678", "300 123 4567", "45/13/2020", "8.8.8.8", "2024/55/01"])
def test_numbers_of_another_form_are_no_dates(text: str) -> None:
    assert NO_IDENTIFIER.search(f"dijo {text} ayer") is None


def test_the_number_of_a_list_belongs_to_the_list() -> None:
    assert [match[0] for match in NO_IDENTIFIER.finditer("1) 300 123 4567 2) (11) 4567 8901")] == ["1)", "2)"]
    assert [match[0] for match in NO_IDENTIFIER.finditer("12. 300 123 4567. 3")] == ["12. "]


def test_the_punctuation_of_the_sentence_is_not_the_values() -> None:
    assert trimmed("a.org).") == "a.org"
    assert trimmed("a.org/(b)") == "a.org/(b)"
    assert trimmed("…") == ""


def test_a_handle_stands_after_its_platform() -> None:
    match = HANDLE.search("usuario de TikTok: nadie_22, activo")
    assert match is not None
    assert (match["platform"], match["name"]) == ("TikTok", "nadie_22")
    assert HANDLE.search("minstagram: nadie") is None
    assert HANDLE.search("passport FBM300169") is None


def test_the_endings_of_the_region_are_common() -> None:
    assert {"com", "ar", "br", "co", "mx", "us", "ht"} <= COMMON_ENDINGS


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a-", "1.", "1 ", "@", "a@", "1:", "fe:", "https://", "instagram ", "(", "1,", "mailto:", "x=", "-A"]
)
@pytest.mark.parametrize("expression", [SIGNED, NO_IDENTIFIER, HANDLE], ids=["signed", "no_identifier", "handle"])
def test_no_text_keeps_an_expression_busy(piece: str, expression: re.Pattern[str]) -> None:
    text = piece * (65536 // len(piece))
    began = time.process_time()
    sum(1 for _ in expression.finditer(text))
    assert time.process_time() - began < 10
