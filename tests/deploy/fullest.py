"""A bundle that has all that a bundle may have: the one of `tests.protocol.bundles`, and what is not needed besides.

A log that was closed since and its successor, entries that the officer opens, time-stamp tokens, a witness more than the quorum,
and signatures beyond the thresholds: under a root by a third holder and by a stranger, under a timestamp by a stranger.
"""

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata

from protocol.authority import Authority
from protocol.evidence import Evidence, LogEvidence, ProvenEntry
from protocol.journal import Act
from protocol.tlog_proof import LogProof
from protocol.wire import sha256
from tests.deploy.test_bundle_attacks import frozen
from tests.protocol.bundles import SEEN, Exchange, Log, holder, roots, secret_of, signed
from tests.protocol.federation import CO, DAY, NOW

STRANGER = "a stranger"
IMPRINT = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before the 32 bytes of the digest in a token."""
_STAMPED = sha256(b"A checkpoint that was invented for tests\n")


@cache
def _token() -> bytes:
    """What an authority of `openssl ts` gave for an invented checkpoint."""
    return base64.b64decode((Path(__file__).parent / "time_stamp.txt").read_bytes())


def stamped(entry: ProvenEntry) -> ProvenEntry:
    """With a token about the checkpoint of its early proof, or of the other one.

    The authority signed another digest: the verifier leaves its signature to others.
    """
    text = LogProof.from_bytes(entry.early or entry.proof).checkpoint.checkpoint.to_text().encode()
    token = _token().replace(bytes.fromhex(_STAMPED), bytes.fromhex(sha256(text)))
    return replace(entry, token=token)


class Fullest(Exchange):
    """The exchange as both sides have it who leave nothing out."""

    def side(self, state: Authority, peer: Authority, digests: Sequence[str]) -> LogEvidence:
        """A witness more, and of Colombia's log what was opened besides."""
        more = replace(self, early=(*(self.early or ()), (peer, SEEN + 9)), late=(*self.late, (peer, NOW + 2 * DAY + 9)))
        found = Exchange.side(more, state, peer, digests)
        if state != CO:
            return found
        log, messages, *_ = self.log(state, peer, digests)
        newest = log.checkpoint(len(log.entries), more.late, self.witness_secret)
        then = log.checkpoint(messages[-1] + 2, more.early or (), self.witness_secret)
        opened, pad = 0, messages[0] + 1
        others = (
            ProvenEntry(log.entries[opened], log.proof(opened, newest), None, log.openings[opened]),
            ProvenEntry(log.entries[pad], log.proof(pad, newest), log.proof(pad, then), log.openings[pad]),
            self.of_the_next_log(state),
        )
        return replace(
            found,
            messages=(stamped(found.messages[0]), *found.messages[1:]),
            adopted=(stamped(found.adopted[0]), *found.adopted[1:]),
            others=others,
        )

    def of_the_next_log(self, state: Authority) -> ProvenEntry:
        """The first entry of the log that came after."""
        log = Log(state, secret_of(f"the next log of {state}"))
        log.note(Act.LOG_OPENED, NOW + 2 * DAY - 60)
        return ProvenEntry(log.entries[0], log.proof(0, log.checkpoint(1, self.late, self.witness_secret)), None, log.openings[0])


def _signed_besides(timestamp: bytes) -> bytes:
    metadata: Metadata[Any] = Metadata.from_bytes(timestamp)
    metadata.sign(holder(STRANGER), append=True)
    return metadata.to_bytes()


@cache
def fullest() -> Evidence:
    """All of it."""
    evidence = frozen(Fullest()).evidence()
    return replace(
        evidence,
        roots=(signed(roots()[0], "root 2", STRANGER), signed(roots()[1], "root 2", "root 3")),
        directories={
            version: replace(each, timestamp=_signed_besides(each.timestamp)) for version, each in evidence.directories.items()
        },
    )
