"""The vectors of the evidence bundle: one that holds, what is found in it, and what is found when one file of it is another."""

from base64 import b64encode
from typing import Any

from deploy.verify_bundle import verify
from protocol.asic import unpack
from tests.protocol.bundles import ROOT_DIGEST, bundle, repacked

Document = dict[str, Any]


def evidence_vectors() -> Document:
    """A bundle in base64, the digest of its root, and the verifier's findings."""
    files = unpack(bundle())
    proof = files["logs/CO/01.tlog-proof"]
    other: list[tuple[str, dict[str, bytes | None]]] = [
        ("a page that says more", {"cover.es.txt": files["cover.es.txt"] + b"\n"}),
        ("no counterpart", {"logs/PE/02.entry": None}),
        ("a file too many", {"envelopes/03.json": files["envelopes/02.json"]}),
        ("another entry", {"logs/CO/01.entry": files["logs/CO/02.entry"]}),
        ("another place", {"logs/CO/01.tlog-proof": proof.replace(b"index 3\n", b"index 4\n")}),
        ("the log of the other side", {"logs/CO/01.tlog-proof": files["logs/PE/01.tlog-proof"]}),
        ("an older snapshot", {"directory/4/snapshot.json": files["directory/3/snapshot.json"]}),
        ("the opening of another entry", {"logs/CO/directory-1.opening.json": files["logs/CO/directory-2.opening.json"]}),
        ("one proof of that time less", {"logs/CO/01.early.tlog-proof": None}),
    ]
    return {
        "root_sha256": ROOT_DIGEST,
        "bundle": b64encode(bundle()).decode(),
        **_found(bundle()),
        "changed": [
            {
                "what": what,
                "files": {name: None if raw is None else b64encode(raw).decode() for name, raw in changes.items()},
                **_found(repacked(bundle(), changes)),
            }
            for what, changes in other
        ],
    }


def _found(raw: bytes) -> Document:
    report = verify(raw, ROOT_DIGEST)
    return {"exit_code": report.exit_code, "found": [[line.status, line.code] for line in report.lines if line.status != "note"]}
