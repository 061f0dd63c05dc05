"""The vector files are what the code computes, and also what a second, plain computation gives.

The second computation uses none of our code: hashlib, hmac, `cryptography`, and a few lines after the RFCs.
"""

import base64
import hmac
import json
import struct
from collections.abc import Callable
from hashlib import blake2b, sha256
from typing import Any

import pytest
import voprf.ristretto as peer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol import jws
from protocol.admission import Admitted, admit_reply, admit_request, verify_request
from protocol.envelope import ENVELOPE_TYPE, Envelope, SignedEnvelope
from protocol.errors import Malformed
from protocol.index.entry import Label, Place, open_entry
from protocol.index.manifest import MANIFEST_TYPE, check_successor, check_usable, read_manifest
from protocol.index.segment import Segment, SegmentCheck, check_removals, is_removed
from protocol.matching import Opened, check_opening
from protocol.messages import Body, MatchRequest
from protocol.record import RECORD_TYPE, parse_record, read_record
from protocol.wire import parse
from tests.protocol.federation import CO, PE, Books, border, directory
from tests.protocol.vectors import FILES, FOLDER, Document, text_of


def vectors(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


@pytest.mark.parametrize("name, compute", FILES.items(), ids=FILES.keys())
def test_a_file_is_what_the_code_computes(name: str, compute: Callable[[], Document]) -> None:
    assert (FOLDER / name).read_text("utf-8") == text_of(compute())


@pytest.mark.parametrize("name", FILES)
def test_the_readme_says_what_a_file_is(name: str) -> None:
    assert f"| `{name}` |" in (FOLDER / "README.md").read_text("utf-8")


# Plain computations.


def prefixed(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">H", len(part)) + part for part in parts)


def hkdf(secret: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869 with SHA-256 and no salt, for at most one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:size]


def merkle(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """draft-irtf-cfrg-xchacha-03 section 2.2."""
    state = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), *struct.unpack("<4I", nonce)]

    def turn(a: int, b: int, c: int, d: int) -> None:
        for to, add, mix, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[to] = (state[to] + state[add]) & 0xFFFFFFFF
            mixed = state[mix] ^ state[to]
            state[mix] = (mixed << bits | mixed >> (32 - bits)) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            turn(column, column + 4, column + 8, column + 12)
        for column in range(4):
            turn(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def signed_objects() -> list[tuple[str, Document, Document]]:
    """(its type, the key that signed it, payload and raw and digest)."""
    envelopes, records, manifests = vectors("envelope.json"), vectors("record.json"), vectors("manifest.json")
    found = [(ENVELOPE_TYPE, envelopes["keys"]["CO"], envelopes[name]) for name in ("request", "question")]
    found += [(ENVELOPE_TYPE, envelopes["keys"]["PE"], envelopes[name]) for name in ("receipt", "refusal")]
    found += [(RECORD_TYPE, records["keys"]["CO"], one) for one in records["records"].values()]
    return found + [(MANIFEST_TYPE, manifests["keys"]["PE"], one) for one in manifests["manifests"].values()]


OBJECTS = signed_objects()


@pytest.mark.parametrize("typ, key, one", OBJECTS)
def test_a_signed_object_is_a_flattened_jws_over_its_payload(typ: str, key: Document, one: Document) -> None:
    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed"]))
    assert private.public_key().public_bytes_raw().hex() == key["public"]
    assert sha256(bytes.fromhex(key["public"])).hexdigest()[:16] == key["kid"]
    protected = text(f'{{"alg":"Ed25519","kid":"{key["kid"]}","typ":"{typ}"}}'.encode())
    payload = text(one["payload"].encode())
    signature = text(private.sign(f"{protected}.{payload}".encode()))
    assert one["raw"] == f'{{"payload":"{payload}","protected":"{protected}","signature":"{signature}"}}'
    assert one["digest"] == sha256(one["raw"].encode()).hexdigest()


@pytest.mark.parametrize("payload", [one["payload"] for _, _, one in OBJECTS])
def test_a_payload_is_ascii_with_sorted_keys_and_without_white_space(payload: str) -> None:
    assert payload == json.dumps(json.loads(payload), sort_keys=True, separators=(",", ":"))


# The files, read as a peer would read them.


def test_the_request_and_the_question_are_admitted_and_the_replies_belong_to_the_question() -> None:
    file = vectors("envelope.json")
    for name in ("request", "question"):
        assert isinstance(admit_request(verify_request(file[name]["raw"].encode(), border(now=file["now"])), Books()), Admitted)
    raw, digest = file["question"]["raw"].encode(), file["question"]["digest"]
    payload = jws.open_form(raw, ENVELOPE_TYPE, limit=4096, where="envelope").payload
    asked: SignedEnvelope[Body] = SignedEnvelope(
        parse(Envelope[MatchRequest], payload, limit=4096, where="envelope"), raw, digest
    )
    for name in ("receipt", "refusal"):
        reply = admit_reply(file[name]["raw"].encode(), border(me=CO, connection=PE, now=file["now"]), asked)
        assert reply.digest == file[name]["digest"]


@pytest.mark.parametrize("case", vectors("envelope.json")["malformed"], ids=lambda case: str(case["reason"]))
def test_the_malformed_envelopes_are_malformed(case: Document) -> None:
    with pytest.raises(Malformed):
        admit_request(verify_request(case["raw"].encode(), border()), Books())


@pytest.mark.parametrize("kind", ["network", "route", "modus_operandi", "revocation"])
def test_the_records_are_read(kind: str) -> None:
    one = vectors("record.json")["records"][kind]
    read = read_record(one["raw"].encode(), CO, directory().member(CO).record_keys())
    assert (read.record.kind, read.digest) == (kind, one["digest"])


@pytest.mark.parametrize("case", vectors("record.json")["malformed"], ids=lambda case: str(case["reason"]))
def test_the_malformed_records_are_malformed(case: Document) -> None:
    assert case["payload"] != vectors("record.json")["records"]["network"]["payload"]
    with pytest.raises(Malformed):
        parse_record(case["payload"].encode())


def test_the_manifests_are_a_chain_and_a_fork_over_the_segment_of_the_index() -> None:
    file, index = vectors("manifest.json"), vectors("index.json")
    adopted = directory()
    keys = adopted.member(PE).record_keys()
    first, second, fork = (read_manifest(file["manifests"][n]["raw"].encode(), keys, PE) for n in ("first", "second", "fork"))
    check_successor(first.manifest, None)
    for later in (second, fork):
        check_successor(later.manifest, first)
        check_usable(later.manifest, adopted.member(PE), adopted, file["now"] + 3600)
    assert second.head.position == fork.head.position
    assert second.head.digest != fork.head.digest
    (ref,) = second.manifest.segments
    check = SegmentCheck(ref.digest, ref.count)
    check.take(bytes.fromhex(index["segment"]["bytes"]))
    check.end()
    check_removals(bytes.fromhex(index["removals"]["bytes"]), str(ref.removals), ref.count)


def test_an_index_entry_is_what_hkdf_and_xchacha20_give() -> None:
    file = vectors("index.json")
    entry, output = file["entry"], bytes.fromhex(file["output"])
    assert file["tags"] == [hkdf(output, prefixed(b"celosia/index/1", b"tag", struct.pack(">I", j)), 16).hex() for j in range(3)]
    tag, nonce = bytes.fromhex(entry["tag"]), bytes.fromhex(entry["nonce"])
    place = file["place"]
    bound = prefixed(
        b"celosia/label/1",
        place["authority"].encode(),
        bytes.fromhex(place["list"]),
        struct.pack(">I", place["epoch"]),
        struct.pack(">H", 1),
        struct.pack(">I", 0),
        tag,
    )
    assert bound.hex() == entry["additional_data"]
    label = bytes.fromhex(entry["record"] + entry["handle"]) + bytes([entry["key_type"]]) + bytes(7)
    assert label.hex() == entry["label"]
    key = hkdf(output, prefixed(b"celosia/index/1", b"key", struct.pack(">I", 0)), 32)
    sealed = ChaCha20Poly1305(hchacha20(key, nonce[:16])).encrypt(bytes(4) + nonce[16:], label, bound)
    assert (tag + nonce + sealed).hex() == entry["bytes"]


def test_the_segment_holds_the_entry_in_order() -> None:
    file = vectors("index.json")
    raw, entry = bytes.fromhex(file["segment"]["bytes"]), bytes.fromhex(file["entry"]["bytes"])
    assert raw[:32] == b"celosia-segment\n" + struct.pack(">QII", 16, 96, 0)
    entries = [raw[at : at + 96] for at in range(32, len(raw), 96)]
    assert entries == sorted(entries)
    assert sha256(raw).hexdigest() == file["segment"]["digest"]
    place = Place(PE, file["place"]["list"], file["place"]["epoch"])
    found = [Segment(raw).find(bytes.fromhex(tag)) for tag in file["tags"]]
    assert found[2] is None
    for j, position in enumerate(found[:2]):
        assert position is not None
        assert open_entry(entries[position], bytes.fromhex(file["output"]), j, place) == Label(
            file["entry"]["record"], 1, bytes.fromhex(file["entry"]["handle"])
        )
    assert entry in entries
    removed = bytes.fromhex(file["removals"]["bytes"])
    assert [p for p in range(16) if is_removed(removed, p)] == file["removals"]["positions"]


def test_the_commitment_is_a_plain_merkle_root_over_salted_positions() -> None:
    file = vectors("matching.json")
    opened = {name: [bytes.fromhex(item) for item in file["openings"][name]] for name in ("values", "factors")}
    seed, master = bytes.fromhex(file["openings"]["seed"]), bytes.fromhex(file["openings"]["salts"])

    def salt(position: int) -> bytes:
        return blake2b(prefixed(b"celosia/salt/1", struct.pack(">I", position)), key=master, digest_size=32).digest()

    def leaf(*parts: bytes) -> bytes:
        return sha256(b"\x00" + prefixed(*parts)).digest()

    leaves = [
        leaf(b"celosia/commitment/1", salt(n), struct.pack(">I", n), value, factor)
        for n, (value, factor) in enumerate(zip(opened["values"], opened["factors"], strict=True))
    ]
    assert merkle([*leaves, leaf(b"celosia/seed/1", salt(16), seed)]).hex() == file["question"]["commitment"]
    for position, value in enumerate(opened["values"]):
        if position not in file["order"]:
            assert value == prefixed(b"celosia/dummy/1", seed, struct.pack(">I", position))
    assert [opened["values"][position].hex() for position in file["order"]] == file["inputs"]


def test_another_implementation_of_rfc_9497_gives_the_same_outputs() -> None:
    file = vectors("matching.json")
    holder = file["holder"]
    info = prefixed(b"celosia/1", b"PE", bytes.fromhex(holder["list"]), struct.pack(">I", holder["epoch"]))
    assert info.hex() == holder["info"]
    evaluator = peer.Evaluator.from_seed(bytes.fromhex(holder["seed"]), info)
    assert evaluator.public_key.serialize().hex() == holder["public"]
    assert [evaluator.evaluate_known_input(bytes.fromhex(value)).hex() for value in file["inputs"]] == file["outputs"]
    sent = bytes.fromhex(file["question"]["elements"])
    blinded = [peer.BlindedInput.deserialize(sent[at : at + 32]) for at in range(0, len(sent), 32)]
    evaluated = evaluator.evaluate_batch(blinded).serialize()[64:]  # after its own proof, which is another each time
    assert evaluated.hex() == file["answer"]["elements"]


def test_the_openings_of_an_identifier_and_of_a_dummy_hold() -> None:
    file = vectors("matching.json")
    payload = json.loads(vectors("envelope.json")["question"]["payload"])["body"]
    asked = MatchRequest.model_validate_json(json.dumps(payload))
    assert asked.elements.hex() == file["question"]["elements"]
    for one in file["opened"].values():
        path = tuple(bytes.fromhex(node) for node in one["path"])
        value, factor, salt = (bytes.fromhex(one[name]) for name in ("value", "factor", "salt"))
        check_opening(asked, Opened(position=one["position"], value=value, factor=factor, salt=salt, path=path))
    assert file["opened"]["dummy"]["value"] == file["first_dummy"]["value"]
