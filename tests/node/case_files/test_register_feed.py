"""Feeds of the national system: what it signed for this node, in one form of bytes, or nothing. Nobody in them exists."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.signing import SigningKey, VerifyKey
from node.case_files.register_feed import FEED_BYTES, FEED_TYPE, Feed, FeedFault, FeedRefused, open_feed, read_feed
from protocol import jws
from protocol.authority import Authority
from protocol.wire import canonical
from tests.node.people import LUCIA

CO = Authority("CO")
KEY = SigningKey.from_seed(bytes(range(32)))
TODAY = date(2026, 10, 1)
VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "register-feed.json").read_text("utf-8"))


def feed(**changes: Any) -> Feed:
    person = {
        "reference": "REG-INVENTADA-17",
        "given_names": LUCIA.given,
        "surnames": LUCIA.surnames,
        "birth_date": LUCIA.born,
        "identifiers": [{"kind": "phone", "value": "+57 300 555 0147"}],
    }
    return Feed.model_validate_json(json.dumps({"v": 1, "authority": "CO", "sequence": 1, "entries": [person], **changes}))


def signed(payload: bytes, key: SigningKey = KEY, typ: str = FEED_TYPE) -> bytes:
    return jws.sign(payload, typ, key)


def fault(raw: bytes, key: VerifyKey | None = KEY.public) -> FeedFault:
    with pytest.raises(FeedRefused) as caught:
        open_feed(raw, key, CO)
    return caught.value.reason


def test_the_example_of_the_specification_is_signed_and_read_to_the_byte() -> None:
    key = SigningKey.from_seed(bytes.fromhex(VECTOR["seed"]))
    assert bytes(key.public).hex() == VECTOR["feed_key"]
    opened = open_feed(VECTOR["signed"].encode(), key.public, CO)
    assert json.loads(canonical(opened)) == VECTOR["feed"]
    assert signed(canonical(opened), key).decode() == VECTOR["signed"]
    spec = (Path(__file__).parents[3] / "docs" / "spec" / "protected.md").read_text("utf-8")
    assert VECTOR["feed_key"] in spec
    assert canonical(opened).decode() in spec


def test_what_the_national_system_signed_is_read_as_rows_of_a_file_are() -> None:
    ((number, row, problems),) = read_feed(open_feed(signed(canonical(feed())), KEY.public, CO), TODAY)
    assert row is not None
    assert (number, row.reference, row.person, problems) == (1, "REG-INVENTADA-17", LUCIA.person, ())
    assert [each.canonical for each in row.identifiers] == ["+573005550147"]


def test_what_cannot_be_read_of_an_entry_is_told_by_its_number_and_the_rest_is_taken() -> None:
    entries = [
        {"reference": "R-1", "identifiers": [{"kind": "phone", "value": "no number"}, {"kind": "phone", "value": "3005550147"}]},
        {"reference": "R-2", "identifiers": [{"kind": "of_another_release", "value": "x"}]},
    ]
    read = list(read_feed(feed(entries=entries), TODAY))
    assert [(number, row is not None) for number, row, _ in read] == [(1, True), (2, False)]
    assert [(each.line, each.column, each.code) for _, _, those in read for each in those] == [
        (1, "phone", "not_normalisable:wrong_characters"),
        (2, "value", "nothing_to_protect"),
        (2, "kind", "unknown_kind"),
    ]


def test_as_many_and_as_long_values_as_the_specification_promises_are_taken() -> None:
    start = "https://invented.example/"
    values = [f"{start}{number:02}{'a' * (2048 - len(start) - 2)}" for number in range(64)]
    assert {len(value) for value in values} == {2048}
    entries = [{"reference": "R-1", "identifiers": [{"kind": "url", "value": value} for value in values]}]
    ((_, row, problems),) = read_feed(feed(entries=entries), TODAY)
    assert row is not None
    assert (problems, {each.canonical for each in row.identifiers}) == ((), set(values))


WHOLE = signed(canonical(feed()))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", FeedFault.MALFORMED),
        (b"\xff\x00", FeedFault.MALFORMED),
        (WHOLE[:-1], FeedFault.MALFORMED),
        (WHOLE + b" ", FeedFault.MALFORMED),
        (b" " * (FEED_BYTES + 1), FeedFault.TOO_LARGE),
        (signed(b"{}"), FeedFault.MALFORMED),
        (signed(canonical(feed()), typ="celosia-record+jws"), FeedFault.MALFORMED),
        (signed(json.dumps(json.loads(canonical(feed()))).encode()), FeedFault.MALFORMED),  # other bytes of the same content
        (signed(canonical(feed()), SigningKey.from_seed(bytes(32))), FeedFault.SIGNATURE),
        (WHOLE.replace(b'"signature":"', b'"signature":"AAAA')[: len(WHOLE)], FeedFault.MALFORMED),
        (signed(canonical(feed(authority="PE"))), FeedFault.OTHER_AUTHORITY),
    ],
)
def test_anything_else_is_refused_with_its_reason(raw: bytes, expected: FeedFault) -> None:
    assert fault(raw) is expected


def test_a_content_that_was_changed_behind_the_signature_is_refused() -> None:
    other = json.loads(signed(canonical(feed(sequence=2))))
    changed = {**json.loads(WHOLE), "payload": other["payload"]}
    assert fault(json.dumps(changed, separators=(",", ":"), sort_keys=True).encode()) is FeedFault.SIGNATURE


@pytest.mark.parametrize("changes", [{"entries": []}, {"sequence": 0}, {"v": 2}, {"extra": 1}, {"entries": [{"reference": ""}]}])
def test_a_content_of_another_form_is_refused(changes: dict[str, Any]) -> None:
    content = {**json.loads(canonical(feed())), **changes}
    raw = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    assert fault(signed(raw)) is FeedFault.MALFORMED


def test_without_a_key_nobody_is_trusted() -> None:
    assert fault(WHOLE, None) is FeedFault.NO_KEY


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_or_are_repeated(raw: bytes) -> None:
    with pytest.raises(FeedRefused) as caught:
        open_feed(raw, KEY.public, CO)
    assert caught.value.reason is FeedFault.MALFORMED


def test_nothing_of_a_person_shows_in_a_feed() -> None:
    shown = repr(feed())
    assert not [each for each in ("INVENTADA", "Quispe", "1990", "0147") if each in shown]
