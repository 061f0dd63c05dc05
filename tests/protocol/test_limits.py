"""The limits fit one another: what one allows, no other forbids."""

import pytest

from protocol import limits
from protocol.admission import admit_request, verify_request
from protocol.index.entry import Label, Place, make_entry
from protocol.index.manifest import Manifest, SegmentRef, sign_manifest
from protocol.journal import Act as Kind
from protocol.jws import sign
from protocol.messages import Counterpart, Counterparts, Manifests, MatchRequest, RecordDelivery
from protocol.record import Network, sign_record
from protocol.vocabulary import (
    Act,
    Code,
    ControlMethod,
    DocumentFraud,
    Means,
    MoneyMovement,
    NetworkRole,
    Offence,
    PlatformKind,
    Purpose,
    RecruitmentMethod,
    Sector,
    Venue,
)
from protocol.wire import canonical
from tests.protocol.federation import (
    CO,
    EPOCH,
    PE,
    Books,
    border,
    envelope,
    list_id,
    octets,
    prepared_question,
    question,
    seeded,
    signed,
    signing_key,
)
from tests.protocol.records import network


def largest_manifest() -> bytes:
    refs = tuple(
        SegmentRef(digest=octets(f"segment {n}").hex(), count=limits.SEGMENT_ENTRIES, removals=octets(f"removals {n}").hex())
        for n in range(limits.MANIFEST_SEGMENTS)
    )
    manifest = Manifest(
        authority=PE,
        list=list_id(PE),
        audience="all",
        entropy="identifiers",
        epoch=(1 << 31) - 1,
        position=(1 << 40) - 1,
        previous="f" * 64,
        issued=253_402_300_798,
        valid_until=253_402_300_799,
        key=bytes(32),
        normalisers={f"{'k' * 38}{chr(97 + n // 26)}{chr(97 + n % 26)}": "1" * 64 for n in range(limits.MANIFEST_NORMALISERS)},
        segments=refs,
    )
    return sign_manifest(manifest, signing_key(PE)).raw


def test_the_largest_manifest_of_the_model_is_within_its_bytes() -> None:
    assert len(largest_manifest()) <= limits.MANIFEST_BYTES


def test_a_full_page_of_the_largest_manifests_fits_an_envelope() -> None:
    page = Manifests(manifests=(bytes(limits.MANIFEST_BYTES),) * limits.MANIFESTS_A_REPLY, more=True)
    assert len(signed(envelope(page)).raw) < limits.ENVELOPE_BYTES


def test_a_full_page_of_a_log_s_entries_fits_an_envelope_and_the_day_has_room_for_as_many_as_may_be_asked_for() -> None:
    longest = max(Kind, key=lambda act: len(act.value))
    entry = Counterpart(seq=(1 << 53) - 1, kind=longest, x="f" * 32, t=253_402_300_799, c="f" * 64)
    page = Counterparts(log=f"celosia/PE/log/{'f' * 8}", entries=(entry,) * limits.COUNTERPARTS_A_REPLY, more=True)
    size, quota = len(signed(envelope(page)).raw), limits.DAILY_QUOTAS["counterparts_wanted"]
    assert size < limits.ENVELOPE_BYTES
    assert 900 * size < quota.octets


def test_the_largest_record_of_the_models_is_far_within_its_bytes() -> None:
    sets: dict[str, type[Code]] = {
        "acts": Act,
        "means": Means,
        "purposes": Purpose,
        "sectors": Sector,
        "venues": Venue,
        "roles": NetworkRole,
        "recruitment": RecruitmentMethod,
        "control": ControlMethod,
        "document_fraud": DocumentFraud,
        "money": MoneyMovement,
        "platforms": PlatformKind,
        "offences": Offence,
    }
    codes = {name: tuple(sorted(code for code in kind.all() if code.publishable)) for name, kind in sets.items()}
    links = network().links * limits.LINKS_A_RECORD
    assert max(map(len, codes.values())) <= limits.CODES_A_FIELD
    largest = Network.model_validate({**dict(network()), **codes, "links": links})
    assert 8_000 < len(sign_record(largest, signing_key(CO)).raw) < 12_000 < limits.RECORD_BYTES


def test_the_largest_record_fits_an_envelope() -> None:
    assert len(signed(envelope(RecordDelivery(record=bytes(limits.RECORD_BYTES)))).raw) < limits.ENVELOPE_BYTES


def test_the_largest_question_fits_an_envelope_and_is_admitted() -> None:
    element = question(prepared_question()).elements[:32]
    largest = MatchRequest(**{**dict(question(prepared_question())), "elements": element * limits.BATCH_LARGEST})
    raw = signed(envelope(largest)).raw
    assert 460_000 < len(raw) < limits.ENVELOPE_BYTES
    admit_request(verify_request(raw, border()), Books(budget=limits.BATCH_LARGEST))


@pytest.mark.parametrize("size", [limits.BATCH_SMALLEST, limits.BATCH_LARGEST])
def test_batches_run_from_one_power_of_two_to_another(size: int) -> None:
    assert size.bit_count() == 1


def test_an_entry_is_its_parts() -> None:
    label = Label("0" * 32, 1, bytes(16))
    entry = make_entry(bytes(64), 0, label, Place(CO, list_id(CO), EPOCH), seeded("entry"))
    assert len(entry) == limits.ENTRY_BYTES == limits.TAG_BYTES + 24 + limits.LABEL_BYTES + 16


def test_small_numbers_end_at_ten() -> None:
    assert limits.SMALL_NUMBER == 11


def test_the_envelopes_wrapping_costs_two_base64_layers() -> None:
    body = RecordDelivery(record=bytes(9000))
    assert len(canonical(body)) == len('{"record":""}') + 12_000
    assert len(sign(bytes(9000), "celosia-test+jws", signing_key(CO))) > 12_000
