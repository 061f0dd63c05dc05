"""Manifests: signed, chained, short-lived, and under the directory's key."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol import jws
from protocol.envelope import Head
from protocol.errors import Malformed, ManifestRefused, ProtocolError, SignatureRefused
from protocol.index.entry import Place
from protocol.index.manifest import (
    MANIFEST_TYPE,
    Manifest,
    SegmentRef,
    SignedManifest,
    check_successor,
    check_usable,
    read_manifest,
    sign_manifest,
)
from protocol.wire import sha256
from tests.protocol.federation import (
    CO,
    DAY,
    EPOCH,
    NOW,
    PE,
    POLICY,
    directory,
    list_id,
    octets,
    server_key,
    signing_key,
    targets,
    working_entry,
)

HOUR = 3600
KEYS = directory().member(PE).record_keys()
REFS = (SegmentRef(digest=octets("one").hex(), count=1024), SegmentRef(digest=octets("two").hex(), count=16))


def manifest(**changes: object) -> Manifest:
    fields: dict[str, object] = {
        "authority": PE,
        "list": list_id(PE),
        "audience": "all",
        "entropy": "identifiers",
        "epoch": EPOCH,
        "position": 0,
        "issued": NOW - HOUR,
        "valid_until": NOW + 5 * HOUR,
        "key": bytes(server_key(PE).public),
        "normalisers": {"phone": "1+9.0.43"},
        "segments": REFS,
    }
    return Manifest.model_validate({**fields, **changes})


def signed(**changes: object) -> SignedManifest:
    return sign_manifest(manifest(**changes), signing_key(PE))


FIRST = signed()


def following(before: SignedManifest = FIRST, **changes: object) -> SignedManifest:
    fields = {"position": before.manifest.position + 1, "previous": before.digest, "issued": before.manifest.issued + HOUR}
    return signed(**{**fields, "valid_until": NOW + 6 * HOUR, **changes})


def test_a_manifest_is_read_back_with_its_digest_and_its_head() -> None:
    read = read_manifest(FIRST.raw, KEYS, PE)
    assert read == FIRST
    assert read.head == Head(authority=PE, list=list_id(PE), epoch=EPOCH, position=0, digest=sha256(FIRST.raw))
    assert read.manifest.place == Place(PE, list_id(PE), EPOCH)


def test_an_asker_learns_the_padded_size() -> None:
    assert FIRST.manifest.size == 1040


def test_1_another_signed_object_is_not_a_manifest() -> None:
    with pytest.raises(Malformed):
        read_manifest(jws.sign(b"{}", "celosia-record+jws", signing_key(PE)), KEYS, PE)


def test_2_content_of_another_form_is_refused() -> None:
    with pytest.raises(Malformed):
        read_manifest(jws.sign(b"{}", MANIFEST_TYPE, signing_key(PE)), KEYS, PE)


def test_3_a_manifest_in_another_authoritys_name_is_refused_before_its_signature_is_looked_at() -> None:
    raw = sign_manifest(manifest(authority=CO), signing_key(CO)).raw
    with pytest.raises(ManifestRefused, match="other_authority"):
        read_manifest(raw, KEYS, PE)


def test_4_a_manifest_that_another_authority_signed_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        read_manifest(sign_manifest(manifest(), signing_key(CO)).raw, KEYS, PE)


@pytest.mark.parametrize(
    "changes",
    [
        {"position": 1},
        {"previous": "0" * 64},
        {"valid_until": NOW - HOUR},
        {"audience": "some"},
        {"entropy": "low"},
        {"format": 2},
        {"epoch": 0},
        {"segments": REFS * 33},
        {"normalisers": {"phone": "a version, with a remark"}},
        {"normalisers": {"Phone": "1"}},
        {"normalisers": {f"kind_{'a' * n}": "1" for n in range(65)}},
        {"key": bytes(31)},
    ],
)
def test_a_manifest_that_breaks_a_rule_cannot_even_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        manifest(**changes)


# The chain.


def test_a_chain_starts_at_position_0_and_each_cites_the_one_before() -> None:
    second = following()
    check_successor(FIRST.manifest, None)
    check_successor(second.manifest, FIRST)
    check_successor(following(second, issued=second.manifest.issued).manifest, second)


def test_a_gap_in_the_chain_shows() -> None:
    second = following()
    third = following(second)
    for manifest, before in ((second.manifest, None), (third.manifest, FIRST), (FIRST.manifest, FIRST)):
        with pytest.raises(ManifestRefused, match="gap"):
            check_successor(manifest, before)


def test_a_fork_shows_and_both_heads_prove_it() -> None:
    shown_to_one, shown_to_another = FIRST, signed(segments=REFS[:1])
    assert shown_to_one.head.position == shown_to_another.head.position
    assert shown_to_one.head.digest != shown_to_another.head.digest
    with pytest.raises(ManifestRefused, match="fork"):
        check_successor(following(shown_to_another).manifest, shown_to_one)


@pytest.mark.parametrize("changes", [{"list": "0" * 32}, {"epoch": EPOCH + 1}, {"authority": CO}])
def test_a_manifest_of_another_list_or_epoch_continues_no_chain(changes: dict[str, object]) -> None:
    stranger = manifest(position=1, previous=FIRST.digest, **changes)
    with pytest.raises(ManifestRefused, match="other_chain"):
        check_successor(stranger, FIRST)


def test_a_manifest_issued_before_its_predecessor_is_refused() -> None:
    with pytest.raises(ManifestRefused, match="back_in_time"):
        check_successor(following(issued=FIRST.manifest.issued - 1).manifest, FIRST)


# Whether answers may rest on it.


def usable(content: Manifest, now: int = NOW, files: dict[str, bytes] | None = None) -> None:
    adopted = directory(files)
    check_usable(content, adopted.member(PE), adopted, now)


def test_answers_may_rest_on_a_manifest_that_is_current() -> None:
    usable(manifest())
    usable(manifest(), now=NOW + 5 * HOUR - 1)
    usable(manifest(issued=NOW + POLICY.clock_tolerance))
    usable(manifest(valid_until=NOW - HOUR + DAY))


@pytest.mark.parametrize(
    "changes, now, told",
    [
        ({}, NOW + 5 * HOUR, "past_validity"),
        ({"issued": NOW + POLICY.clock_tolerance + 1}, NOW, "from_the_future"),
        ({"valid_until": NOW - HOUR + DAY + 1}, NOW, "valid_too_long"),
        ({"list": "0" * 32}, NOW, "not_in_the_directory"),
        ({"epoch": EPOCH + 1}, NOW, "not_in_the_directory"),
        ({"entropy": "name_keys"}, NOW, "not_in_the_directory"),
        ({"key": bytes(server_key(PE, "name_keys").public)}, NOW, "other_key"),
    ],
)
def test_answers_may_not_rest_on_any_other(changes: dict[str, object], now: int, told: str) -> None:
    with pytest.raises(ManifestRefused) as caught:
        usable(manifest(**changes), now)
    assert caught.value.facts["reason"] == told


def test_how_stale_a_manifest_is_is_told_in_seconds() -> None:
    with pytest.raises(ManifestRefused) as caught:
        usable(manifest(), NOW + 6 * HOUR)
    assert caught.value.facts["seconds_over"] == HOUR


def test_a_holder_that_drops_a_list_from_the_directory_takes_its_manifests_with_it() -> None:
    files = {**targets(), f"states/{PE}.json": working_entry(PE, lists=()).to_bytes()}
    with pytest.raises(ManifestRefused, match="not_in_the_directory"):
        usable(manifest(), files=files)


def test_a_second_key_for_a_single_asker_shows() -> None:
    tagged = manifest(key=bytes(server_key(PE, epoch=EPOCH + 1).public))
    with pytest.raises(ManifestRefused, match="other_key"):
        usable(tagged)


@given(st.binary(max_size=300))
def test_random_bytes_only_ever_raise_our_error(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_manifest(raw, KEYS, PE)
    with pytest.raises(ProtocolError):
        read_manifest(jws.sign(raw, MANIFEST_TYPE, signing_key(PE)), KEYS, PE)


def test_a_name_that_the_sender_chose_is_not_repeated_when_it_is_refused() -> None:
    content = rfc8785.dumps({**manifest().model_dump(mode="json", exclude_none=True), "normalisers": {"Juana Inventada": "1"}})
    with pytest.raises(Malformed) as caught:
        read_manifest(jws.sign(content, MANIFEST_TYPE, signing_key(PE)), KEYS, PE)
    assert caught.value.where == "manifest.normalisers"


def test_no_answer_rests_on_an_epoch_that_is_over() -> None:
    after = NOW + 8 * DAY
    late = manifest(issued=after - 60, valid_until=after + 60)
    with pytest.raises(ManifestRefused, match="not_this_epoch"):
        usable(late, now=after)
