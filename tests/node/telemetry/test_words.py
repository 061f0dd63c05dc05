"""Every word is one of a closed set; nothing that could name a person or a case is one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.telemetry.words import METRICS, MetricName, SpanName, Words, attributes_of, band, codes_of_errors

WORDS = Words(frozenset({"too_large"}))
WORDS.add("route", ["/v1/questions/{question_id}"])
KEYS = sorted(
    {key for name in SpanName for key in attributes_of(name)} | {key for each in METRICS.values() for key in each.attributes}
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("outcome", "too_large"),
        ("outcome", "done"),
        ("route", "/v1/questions/{question_id}"),
        ("peer", "PE"),
        ("status", 404),
        ("writes", True),
        ("message", "match_request"),
        ("statements", "16-255"),
    ],
)
def test_a_word_of_its_set_may_be_said(key: str, value: object) -> None:
    assert WORDS.allow(key, value)


@pytest.mark.parametrize("key", [*KEYS, "url", "exception.message"])
@pytest.mark.parametrize(
    "value", ["fulana_inventada", "+573005550147", "/v1/questions/4711", "CO-4711", 573005550147, 1981, None, ["PE"]]
)
def test_what_could_name_somebody_may_not(key: str, value: object) -> None:
    assert not WORDS.allow(key, value)


@given(st.sampled_from(KEYS), st.text() | st.integers(min_value=1000))
def test_no_free_text_and_no_long_number_is_a_word(key: str, value: object) -> None:
    assert not WORDS.allow(key, value) or re.fullmatch(r"[A-Za-z0-9_/{}+-]{1,40}", str(value))
    assert not (isinstance(value, int) and WORDS.allow(key, value))


def test_true_is_no_status_and_one_is_no_truth() -> None:
    assert not WORDS.allow("status", True)
    assert not WORDS.allow("writes", 1)


def test_every_metric_says_what_it_is() -> None:
    assert set(METRICS) == set(MetricName)
    assert all(each.unit and each.description for each in METRICS.values())


def test_codes_are_read_off_the_classes_of_errors() -> None:
    codes = codes_of_errors()
    assert {"malformed", "store_unavailable", "peer_refused", "not_four_eyes"} <= codes
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)


def test_statements_are_told_in_bands() -> None:
    assert [band(number) for number in (0, 1, 15, 16, 255, 256, 10**6)] == [
        "0",
        "1-15",
        "1-15",
        "16-255",
        "16-255",
        "256+",
        "256+",
    ]
