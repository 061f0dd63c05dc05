"""The protocol's own test vectors: what stands in `tests/vectors/`, computed again from fixed keys.

`python -m tests.protocol.vectors` writes the files. Keys are hashes of sentences that say they are worth nothing; records,
identifiers and authorities' offices are invented.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crypto.signing import SigningKey
from protocol import jws
from protocol.authority import Authority
from protocol.envelope import Head, SignedEnvelope
from protocol.index.entry import KEY_TYPE_IDENTIFIER, NONCE_BYTES, Label, Place, make_entry, make_padding, tag_of
from protocol.index.manifest import Manifest, SegmentRef, SignedManifest, sign_manifest
from protocol.index.segment import build_removals, build_segment
from protocol.matching import answer, blinded_elements, dummy_input, epoch_info
from protocol.messages import Body, ManifestsWanted, MatchReceipt, MatchRefusal
from protocol.record import Record, sign_record
from protocol.vocabulary import MatchOutcome
from protocol.wire import canonical, sha256
from tests.protocol.evidence_vectors import evidence_vectors
from tests.protocol.federation import (
    CO,
    EPOCH,
    INPUTS,
    NOW,
    PE,
    envelope,
    list_id,
    octets,
    prepared_question,
    question,
    seeded,
    server_key,
    signed,
    signing_key,
)
from tests.protocol.log_vectors import log_vectors
from tests.protocol.records import modus_operandi, network, record_id, route, withdrawal

FOLDER = Path(__file__).parents[1] / "vectors"
Document = dict[str, Any]
PLACE = Place(PE, list_id(PE), EPOCH)


def _key(key: SigningKey) -> Document:
    return {"seed": key.seed().hex(), "public": bytes(key.public).hex(), "kid": jws.key_id(key.public)}


def _keys(*states: Authority) -> Document:
    return {state: _key(signing_key(state)) for state in states}


def _signed_object(payload: bytes, raw: bytes, digest: str) -> Document:
    return {"payload": payload.decode(), "raw": raw.decode(), "digest": digest}


def _envelope(done: SignedEnvelope[Any]) -> Document:
    return _signed_object(canonical(done.envelope), done.raw, done.digest)


def _reply(request: SignedEnvelope[Any], body: Body) -> Document:
    base = envelope(body, sender=request.envelope.to, to=request.envelope.sender, re=request.digest)
    return _envelope(signed(base.model_copy(update={"x": request.envelope.x, "salt": request.envelope.salt})))


def envelope_vectors() -> Document:
    """A request with what it says of directory and heads, a question, its receipt, and a refusal."""
    head = Head(authority=CO, list=list_id(CO), epoch=EPOCH, position=4, digest=octets("a manifest of CO").hex())
    wanted = signed(envelope(ManifestsWanted(), x="exchange 1").model_copy(update={"heads": (head,)}))
    asked = signed(envelope(question(prepared_question()), x="exchange 2"))
    payload = canonical(wanted.envelope)

    def refused(reason: str, content: bytes) -> Document:
        return {"reason": reason, "raw": jws.sign(content, "celosia-envelope+jws", signing_key(CO)).decode()}

    return {
        "now": NOW,
        "keys": _keys(CO, PE),
        "request": _envelope(wanted),
        "question": _envelope(asked),
        "receipt": _reply(asked, MatchReceipt(size=16)),
        "refusal": _reply(asked, MatchRefusal(outcome=MatchOutcome("declined"))),
        "malformed": [
            refused("white space", payload.replace(b":", b": ", 1)),
            refused("a duplicate key", payload.replace(b'"v":1', b'"v":1,"v":1')),
            refused("null for an absent field", payload.replace(b'"salt"', b'"re":null,"salt"')),
            refused("an unknown field", payload.replace(b'"v":1', b'"v":1,"w":1')),
            refused("keys not in order", payload[:-1].replace(b'"v":1,', b"") + b',"v":1}'),
            refused("no type", payload.replace(b'"type":"manifests_wanted",', b"")),
        ],
    }


def record_vectors() -> Document:
    """One record of each kind, and contents that break a rule."""
    records: dict[str, Record] = {
        "network": network(),
        "route": route(),
        "modus_operandi": modus_operandi(),
        "revocation": withdrawal(),
    }
    payload = canonical(records["network"])
    edits = {
        "ages below eleven victims": (b'"v11_25"', b'"lt11"'),
        "an age band finer than minor and adult": (b'["adult"]', b'["a18_20"]'),
        "codes not in order": (b'["recruitment","transportation"]', b'["transportation","recruitment"]'),
        "a code twice": (b'["deception"]', b'["deception","deception"]'),
        "a code that is not published": (b'"n6_10"', b'"n2"'),
        "handling without H0": (b'["H0","H1"]', b'["H1"]'),
        "a second version that supersedes nothing": (b'"version":1', b'"version":2'),
        "activity that ends before it begins": (b'"2026-08"', b'"2025-02"'),
        "free text": (b'"v":1', b'"v":1,"w":"free text"'),
    }
    done = {kind: sign_record(record, signing_key(CO)) for kind, record in records.items()}
    return {
        "keys": _keys(CO),
        "records": {kind: _signed_object(canonical(s.record), s.raw, s.digest) for kind, s in done.items()},
        "malformed": [{"reason": reason, "payload": payload.replace(*edit).decode()} for reason, edit in edits.items()],
    }


def _label() -> Label:
    return Label(record_id("network"), KEY_TYPE_IDENTIFIER, octets("a handle")[:16])


def _segment() -> bytes:
    """Two records of one identifier, and fourteen entries that stand for nothing."""
    output, entries, padding = server_key(PE).evaluate_input(INPUTS[2]), seeded("entries"), seeded("padding")
    made = [make_entry(output, j, _label(), PLACE, entries) for j in (0, 1)]
    return build_segment([*made, *(make_padding(padding) for _ in range(14))])


def index_vectors() -> Document:
    """One entry with every step, a segment, and a bitmap of removals."""
    output, label = server_key(PE).evaluate_input(INPUTS[2]), _label()
    entry, segment = make_entry(output, 0, label, PLACE, seeded("entries")), _segment()
    removals = build_removals([0, 9], 16)
    return {
        "place": {"authority": PE, "list": PLACE.list, "epoch": PLACE.epoch},
        "output": output.hex(),
        "entry": {
            "j": 0,
            "tag": tag_of(output, 0).hex(),
            "nonce": seeded("entries")(NONCE_BYTES).hex(),
            "record": label.record,
            "handle": label.handle.hex(),
            "key_type": label.key_type,
            "label": label.to_bytes().hex(),
            "additional_data": PLACE.bound(0, tag_of(output, 0)).hex(),
            "bytes": entry.hex(),
        },
        "tags": [tag_of(output, j).hex() for j in range(3)],
        "segment": {"count": 16, "bytes": segment.hex(), "digest": sha256(segment)},
        "removals": {"positions": [0, 9], "count": 16, "bytes": removals.hex(), "digest": sha256(removals)},
    }


def _manifest(position: int, previous: str | None, segments: tuple[SegmentRef, ...]) -> SignedManifest:
    manifest = Manifest(
        authority=PE,
        list=PLACE.list,
        audience="all",
        entropy="identifiers",
        epoch=EPOCH,
        position=position,
        previous=previous,
        issued=NOW + 3600 * position,
        valid_until=NOW + 3600 * (position + 6),
        key=bytes(server_key(PE).public),
        normalisers={"phone": "1+9.0.43", "vehicle_plate": "1"},
        segments=segments,
    )
    return sign_manifest(manifest, signing_key(PE))


def manifest_vectors() -> Document:
    """A chain of two manifests over the segment of `index.json`, and a second one at the same position: a fork."""
    segment, removals = sha256(_segment()), sha256(build_removals([0, 9], 16))
    first = _manifest(0, None, (SegmentRef(digest=segment, count=16),))
    second = _manifest(1, first.digest, (SegmentRef(digest=segment, count=16, removals=removals),))
    fork = _manifest(1, first.digest, (SegmentRef(digest=segment, count=16),))
    named = {"first": first, "second": second, "fork": fork}
    return {
        "now": NOW,
        "keys": _keys(PE),
        "manifests": {name: _signed_object(canonical(m.manifest), m.raw, m.digest) for name, m in named.items()},
    }


def matching_vectors() -> Document:
    """One question of five inputs, its answer, its outputs, and the opening of an identifier and of a dummy."""
    prepared, key = prepared_question(), server_key(PE)
    asked, openings = question(prepared), prepared.openings
    reply = answer(blinded_elements(asked), key, seeded("answer"))
    dummy = next(position for position in range(asked.size) if position not in prepared.order)

    def opened(position: int) -> Document:
        one = openings.open(position)
        return {
            "position": position,
            "value": one.value.hex(),
            "factor": one.factor.hex(),
            "salt": one.salt.hex(),
            "path": [node.hex() for node in one.path],
        }

    return {
        "holder": {
            "authority": PE,
            "list": PLACE.list,
            "epoch": EPOCH,
            "seed": octets(f"OPRF seed of {PE}, identifiers").hex(),
            "info": epoch_info(PE, PLACE.list, EPOCH).hex(),
            "public": bytes(key.public).hex(),
        },
        "inputs": [value.hex() for value in INPUTS],
        "order": list(prepared.order),
        "openings": {
            "seed": openings.seed.hex(),
            "salts": openings.salts.hex(),
            "values": [value.hex() for value in openings.values],
            "factors": [factor.hex() for factor in openings.factors],
        },
        "first_dummy": {"position": dummy, "value": dummy_input(openings.seed, dummy).hex()},
        "question": {"elements": asked.elements.hex(), "commitment": asked.commitment.hex()},
        "answer": {"random": seeded("answer")(64).hex(), "elements": reply.elements.hex(), "proof": reply.proof.hex()},
        "outputs": [key.evaluate_input(value).hex() for value in INPUTS],
        "opened": {"identifier": opened(prepared.order[0]), "dummy": opened(dummy)},
    }


FILES: dict[str, Callable[[], Document]] = {
    "envelope.json": envelope_vectors,
    "record.json": record_vectors,
    "manifest.json": manifest_vectors,
    "index.json": index_vectors,
    "matching.json": matching_vectors,
    "log.json": log_vectors,
    "evidence.json": evidence_vectors,
}


def text_of(document: Document) -> str:
    """A vector file's text."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, document in FILES.items():
        (FOLDER / name).write_text(text_of(document()), "utf-8")
