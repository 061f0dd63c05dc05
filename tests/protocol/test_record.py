"""Records: strict models of each kind, small numbers suppressed, one byte form, signed by their publisher."""

import json
from datetime import date
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol import jws
from protocol.errors import Malformed, ProtocolError, RecordRefused, SignatureRefused, TooLarge
from protocol.record import RECORD_TYPE, Record, VictimProfile, parse_record, past_review, read_record, sign_record
from protocol.vocabulary import Code, HandlingCode, NetworkRole, NetworkSizeBand, VictimAgeBand, VictimCountBand
from protocol.wire import canonical, sha256
from tests.protocol.federation import CO, PE, directory, signing_key
from tests.protocol.records import modus_operandi, network, route, withdrawal

RECORDS: dict[str, Record] = {
    "network": network(),
    "route": route(),
    "modus_operandi": modus_operandi(),
    "revocation": withdrawal(),
}
KEYS = directory().member(CO).record_keys()


def document(of: str = "network", **changes: Any) -> dict[str, Any]:
    return {**json.loads(canonical(RECORDS[of])), **changes}


def reason(content: dict[str, Any]) -> str:
    with pytest.raises(Malformed) as caught:
        parse_record(rfc8785.dumps(content))
    return str(caught.value.facts["reason"])


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_signed_record_of_each_kind_is_read_back(record: Record) -> None:
    signed = sign_record(record, signing_key(CO))
    read = read_record(signed.raw, CO, KEYS)
    assert read == signed
    assert read.digest == sha256(signed.raw)


def test_a_record_has_the_same_bytes_whoever_gets_it() -> None:
    assert sign_record(network(), signing_key(CO)).raw == sign_record(network(), signing_key(CO)).raw


def test_a_record_signed_with_a_key_of_the_past_is_still_read() -> None:
    read_record(sign_record(network(), signing_key(CO, "past")).raw, CO, KEYS)


# The checks of `read_record`, in order.


def test_1_a_record_longer_than_any_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        read_record(b"{" * 70_000, CO, KEYS)


def test_1_another_signed_object_is_not_a_record() -> None:
    with pytest.raises(Malformed) as caught:
        read_record(jws.sign(canonical(network()), "celosia-envelope+jws", signing_key(CO)), CO, KEYS)
    assert caught.value.where == "record.protected.typ"


def test_2_a_record_with_an_unknown_field_is_refused_before_its_authority_is_looked_at() -> None:
    raw = jws.sign(rfc8785.dumps(document(authority="PE", remark="x")), RECORD_TYPE, signing_key(PE))
    with pytest.raises(Malformed) as caught:
        read_record(raw, CO, KEYS)
    assert caught.value.where == "record(network).document"


def test_3_a_record_in_another_authoritys_name_is_refused_before_its_signature_is_looked_at() -> None:
    with pytest.raises(RecordRefused) as caught:
        read_record(sign_record(network(PE), signing_key(PE)).raw, CO, KEYS)
    assert caught.value.facts == {"reason": "other_authority"}


def test_4_a_record_that_another_authority_signed_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        read_record(sign_record(network(), signing_key(PE)).raw, CO, KEYS)


# The rules of the kinds.


@pytest.mark.parametrize("kind", ["actor", "front_entity", "identifier_set", "", "Network"])
def test_no_other_kind_is_a_record(kind: str) -> None:
    assert reason(document(kind=kind)) == "not_a_record_kind"


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff", b'{"kind":null}', b"[" * 100_000])
def test_what_names_no_kind_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse_record(payload)
    assert caught.value.where == "record.kind"


@pytest.mark.parametrize("count", ["lt11", "unknown"])
@pytest.mark.parametrize("ages", [["adult"], ["minor"], ["adult", "minor"], ["unknown"]])
def test_below_eleven_victims_nothing_but_the_band_is_published(count: str, ages: list[str]) -> None:
    assert reason(document(victims={"count": count, "ages": ages})) == "not_suppressed"
    parse_record(rfc8785.dumps(document(victims={"count": count, "ages": []})))


@pytest.mark.parametrize("count", [str(code) for code in VictimCountBand.all() if code not in ("lt11", "unknown")])
def test_from_eleven_up_only_minor_and_adult_are_told_apart(count: str) -> None:
    for band in VictimAgeBand.all():
        content = document(victims={"count": count, "ages": [band]})
        if band in ("adult", "minor", "unknown"):
            parse_record(rfc8785.dumps(content))
        else:
            assert reason(content) == "band_too_fine"


def test_there_is_no_field_for_a_number_of_victims() -> None:
    assert reason(document(victims={"count": 4, "ages": []})) == "string_type"
    assert reason(document(victims={"count": "lt11", "ages": [], "number": 4})) == "extra_forbidden"


@pytest.mark.parametrize("field, code", [("size", code) for code in NetworkSizeBand.all() if not code.publishable])
def test_a_code_for_national_use_does_not_leave(field: str, code: Code) -> None:
    assert reason(document(**{field: code})) == "not_publishable"


def test_who_was_coerced_is_never_published_as_having_a_role() -> None:
    assert reason(document(roles=["coerced_participant"])) == "not_publishable"
    parse_record(rfc8785.dumps(document(roles=sorted(code for code in NetworkRole.all() if code.publishable))))


@pytest.mark.parametrize("acts", [["transportation", "recruitment"], ["recruitment", "recruitment"]])
def test_a_set_has_one_order_and_no_code_twice(acts: list[str]) -> None:
    assert reason(document(acts=acts)) == "not_a_sorted_set"


@given(st.lists(st.sampled_from([str(code) for code in HandlingCode.all()]), max_size=5))
def test_one_set_of_codes_has_exactly_one_form(codes: list[str]) -> None:
    content = document(handling=codes)
    if codes == sorted(set(codes)) and "H0" in codes:
        assert canonical(parse_record(rfc8785.dumps(content))) == rfc8785.dumps(content)
    else:
        assert reason(content) in ("not_a_sorted_set", "handling_incomplete", "too_short")


def test_the_handling_code_that_always_applies_always_stands() -> None:
    assert reason(document(handling=["H1"])) == "handling_incomplete"


@pytest.mark.parametrize("version, supersedes", [(1, "0" * 64), (2, None)])
def test_a_version_cites_the_one_before_it(version: int, supersedes: str | None) -> None:
    content = document(version=version)
    if supersedes:
        content["supersedes"] = supersedes
    assert reason(content) == "version_chain"
    parse_record(rfc8785.dumps(document(version=2, supersedes="0" * 64)))


def test_a_withdrawal_is_a_later_version_and_gives_no_cause() -> None:
    assert sorted(document("revocation")) == ["authority", "id", "kind", "supersedes", "v", "version"]
    assert reason(document("revocation", version=1)) == "greater_than_equal"
    assert reason(document("revocation", reason="victim")) == "extra_forbidden"


def test_activity_ends_after_it_begins() -> None:
    assert reason(document(first_activity="2026-09", last_activity="2026-08")) == "time_order"


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"country": "XX"}, "unknown_place"),
        ({"country": "CO", "subdivision": "CO-QQQ"}, "unknown_place"),
        ({"country": "CO", "subdivision": "PE-LIM"}, "other_country"),
        ({"country": "CO", "locode": "PELIM"}, "other_country"),
        ({"country": "CO", "locode": "COBO1"}, "string_pattern_mismatch"),
        ({"country": "CO", "latitude": 4}, "extra_forbidden"),
        ({"country": "CO", "address": "an address"}, "extra_forbidden"),
    ],
)
def test_a_place_is_a_country_a_subdivision_or_a_municipality_and_nothing_finer(changes: dict[str, object], told: str) -> None:
    nodes = document("route")["nodes"]
    assert reason(document("route", nodes=[nodes[0], {"kind": "transit", **changes}])) == told


def test_a_route_leads_from_somewhere_to_somewhere() -> None:
    assert reason(document("route", nodes=document("route")["nodes"][:1])) == "too_short"


def test_a_record_past_its_review_date_must_go() -> None:
    assert not past_review(network(), date(2027, 9, 21))
    assert past_review(network(), date(2027, 9, 22))
    assert not past_review(withdrawal(), date(2999, 1, 1))


def test_suppression_holds_for_our_own_records_too() -> None:
    with pytest.raises(ValidationError, match="eleven"):
        VictimProfile(count=VictimCountBand("lt11"), ages=(VictimAgeBand("minor"),))


@given(st.binary(max_size=300))
def test_random_bytes_only_ever_raise_our_error(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_record(raw, CO, KEYS)
    with pytest.raises(ProtocolError):
        parse_record(raw)


VALUES = st.none() | st.booleans() | st.integers(-1, 1 << 54) | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=2)


@given(st.sampled_from(sorted(RECORDS)), st.data())
def test_a_record_with_one_value_changed_is_read_as_it_stands_or_refused(kind: str, data: st.DataObject) -> None:
    content = document(kind)
    content[data.draw(st.sampled_from(sorted(content)) | st.text(max_size=8))] = data.draw(VALUES)
    payload = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    try:
        record = parse_record(payload)
    except ProtocolError:
        return
    assert canonical(record) == payload


def test_a_means_that_tells_of_a_child_is_suppressed_with_the_count() -> None:
    told = document(means=["not_required_minor"], victims={"count": "v11_25", "ages": []})
    assert parse_record(rfc8785.dumps(told)).kind == "network"
    for count in ("lt11", "unknown"):
        assert reason(document(means=["not_required_minor"], victims={"count": count, "ages": []})) == "not_suppressed"
