"""One content, one byte form; everything else is refused, and always by the same kind of error."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from protocol.directory import Policy
from protocol.errors import Malformed, ProtocolError, TooLarge
from protocol.index.manifest import Manifest
from protocol.matching import Opened
from protocol.messages import MatchRequest
from protocol.wire import Day, Digest, Month, Octets, canonical, from_base64url, parse, sha256, to_base64url
from tests.protocol.federation import POLICY, prepared_question, question

RAW = (
    b'{"clock_tolerance":120,"directory_grace":172800,"erasure_term":2592000,"exchange_retention":31536000,'
    b'"manifest_validity_most":86400,"v":1,"witness_faults":0}'
)


def read(raw: bytes) -> Policy:
    return parse(Policy, raw, limit=4096, where="policy")


def test_the_canonical_form_is_read_and_printed_again() -> None:
    assert read(RAW) == POLICY
    assert canonical(POLICY) == RAW


FORMS = {
    "white space": RAW.replace(b":", b": ", 1),
    "a line end": RAW + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + RAW,
    "another order": RAW.replace(b',"v":1', b"").replace(b"{", b'{"v":1,'),
    "a duplicate key": RAW.replace(b'"v":1', b'"v":1,"v":1'),
    "a duplicate key with another value": RAW.replace(b'{"clock', b'{"clock_tolerance":900,"clock'),
    "an escaped key": RAW.replace(b'"v"', b'"\\u0076"'),
    "null": RAW.replace(b"120", b"null"),
    "an unknown field": RAW.replace(b'"v":1', b'"v":1,"w":1'),
    "a missing field": RAW.replace(b'"clock_tolerance":120,', b""),
    "a default left out": RAW.replace(b',"v":1', b""),
    "a string for a number": RAW.replace(b"120", b'"120"'),
    "a truth value for a number": RAW.replace(b'"v":1', b'"v":true'),
    "a fraction": RAW.replace(b"120", b"120.0"),
    "an exponent": RAW.replace(b"120", b"12e1"),
    "a plus sign": RAW.replace(b"120", b"+120"),
    "NaN": RAW.replace(b"120", b"NaN"),
    "infinity": RAW.replace(b"120", b"1e999"),
    "a number of 3,000 digits": RAW.replace(b"120", b"9" * 3000),
    "no JSON": b"celosia",
    "nothing": b"",
    "a list": b"[]",
    "invalid UTF-8": RAW.replace(b"tolerance", b"toler\xffnce"),
    "an overlong form of a letter": RAW.replace(b"v", b"\xc1\xb6"),
    "a lone surrogate": RAW.replace(b'"v"', b'"\\ud800"'),
    "an encoded surrogate": RAW.replace(b'"v"', b'"\xed\xa0\x80"'),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_any_other_form_is_malformed(form: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read(form)
    assert caught.value.where.startswith("policy")


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"v":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_deep_nesting_is_malformed_and_does_not_exhaust_the_stack(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(Policy, raw, limit=1 << 20, where="policy")


def test_size_is_looked_at_before_anything_else() -> None:
    with pytest.raises(TooLarge) as caught:
        parse(Policy, b"\xff" * 11, limit=10, where="policy")
    assert caught.value.facts == {"limit": 10, "size": 11}
    assert parse(Policy, RAW, limit=len(RAW), where="policy") == POLICY


def test_a_number_that_json_cannot_carry_exactly_is_malformed() -> None:
    octets = to_base64url(bytes(32))
    raw = json.dumps(
        {"factor": octets, "path": [], "position": 1 << 53, "salt": octets, "value": ""}, separators=(",", ":")
    ).encode()
    with pytest.raises(Malformed, match="not_representable"):
        parse(Opened, raw, limit=4096, where="opening")


def test_an_error_names_the_place_and_the_reason() -> None:
    with pytest.raises(Malformed) as caught:
        read(RAW.replace(b"120", b"0"))
    assert caught.value.where == "policy.clock_tolerance"
    assert caught.value.facts == {"reason": "greater_than_equal"}


@pytest.mark.parametrize("chosen", ["Juana Inventada", "juana_inventada"])
def test_an_error_never_repeats_a_name_that_the_sender_chose(chosen: str) -> None:
    with pytest.raises(Malformed) as unknown:
        read(rfc8785.dumps({**json.loads(RAW), chosen: 1}))
    assert unknown.value.where == "policy.document"
    with pytest.raises(Malformed) as key:
        parse(Manifest, rfc8785.dumps({**manifest_document(), "normalisers": {chosen: 5}}), limit=4096, where="manifest")
    assert key.value.where == "manifest.normalisers"
    assert "nventada" not in f"{unknown.value}{key.value}"


def manifest_document() -> dict[str, Any]:
    return {
        "authority": "CO",
        "list": "0" * 32,
        "audience": "all",
        "entropy": "identifiers",
        "epoch": 1,
        "position": 0,
        "issued": 1,
        "valid_until": 2,
        "key": to_base64url(bytes(32)),
        "format": 1,
        "segments": [],
        "v": 1,
    }


def test_a_place_inside_a_list_is_told_by_its_position() -> None:
    document = {**manifest_document(), "normalisers": {}, "segments": [{"count": 1, "digest": "A" * 64}]}
    with pytest.raises(Malformed) as caught:
        parse(Manifest, rfc8785.dumps(document), limit=4096, where="manifest")
    assert caught.value.where == "manifest.segments.0.digest"


@given(st.binary(max_size=300))
def test_random_bytes_only_ever_raise_our_error(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(Manifest, raw, limit=200, where="manifest")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(question(prepared_question()).model_dump())), JSON, st.booleans())
def test_a_valid_document_with_one_value_changed_only_ever_raises_our_error(name: str, value: object, ascii_only: bool) -> None:
    document = json.loads(canonical(question(prepared_question())))
    if document.get(name) == value:
        return
    document[name] = value
    raw = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        read_again = parse(MatchRequest, raw, limit=1 << 20, where="body")
    except ProtocolError:
        return
    assert canonical(read_again) == raw


@given(st.binary())
def test_base64url_comes_back(raw: bytes) -> None:
    assert from_base64url(to_base64url(raw)) == raw


@pytest.mark.parametrize("raw, text", [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foobar", "Zm9vYmFy"), (b"\xfb\xff", "-_8")])
def test_base64url_is_that_of_rfc_4648_section_10_without_padding(raw: bytes, text: str) -> None:
    assert to_base64url(raw) == text
    assert from_base64url(text) == raw


@pytest.mark.parametrize("text", ["Zg==", "Zh", "Z", "Zm9=", "+/8", "Zg\n", " Zg", "Zm8é", "\u0661\u0662"])
def test_a_second_spelling_of_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        from_base64url(text)
    with pytest.raises(ValidationError):
        TypeAdapter(Octets).validate_json(json.dumps(text))


def test_octets_are_text_on_the_wire_and_nothing_else() -> None:
    with pytest.raises(ValidationError, match="base64url text expected"):
        TypeAdapter(Octets).validate_json("5")


@pytest.mark.parametrize("text", ["0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "٠" * 64])
def test_a_digest_is_sixty_four_lower_case_digits(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Digest).validate_python(text)


def test_digests_are_sha_256() -> None:
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "2026-1-1", "1999-01-01", "20260101", "2026-01-01\n"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(text)


def test_a_leap_day_is_a_day() -> None:
    assert TypeAdapter(Day).validate_python("2028-02-29") == "2028-02-29"


@pytest.mark.parametrize("text", ["2026-00", "2026-13", "2026-1", "1899-01", "2026-01-01"])
def test_a_month_is_year_and_month(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Month).validate_python(text)
