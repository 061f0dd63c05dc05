"""Speaking to a node as a peer whose program is not ours: any envelope, under a state's real keys, on its own line."""

import json
import os
from dataclasses import dataclass
from typing import Any

import httpx2

from node.custody import Custody, open_vault
from node.keys import Keys
from node.store import manifests
from node.store.tables import HeldManifest
from node.tls.certificates import Credential
from node.tls.client import ClientLimits, pinned_client
from node.tls.own import LEAF, read_credential
from protocol import limits, matching
from protocol.authority import Authority
from protocol.envelope import Envelope, SignedEnvelope, sign_envelope
from protocol.messages import Body, MatchRequest
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency
from protocol.wire import from_base64url
from tests.federation.running import Federation, RunningNode

_PATIENT = ClientLimits(connect_seconds=60, silence_seconds=240, total_seconds=240)
"""A loaded machine must not end a story: what a test waits for is a condition."""


@dataclass(frozen=True)
class Heard:
    """What came back: the types of signed replies, or the code of a problem document."""

    status: int
    raw: tuple[bytes, ...] = ()
    code: str | None = None

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The replies' bodies, unverified: the nodes' own tests verify."""
        return [envelope_of(raw)["body"] for raw in self.raw]

    @property
    def types(self) -> list[str]:
        """The replies' types."""
        return [envelope_of(raw)["type"] for raw in self.raw]


def envelope_of(raw: bytes) -> dict[str, Any]:
    """The content of a signed envelope, unverified."""
    content: dict[str, Any] = json.loads(from_base64url(json.loads(raw)["payload"]))
    return content


class Speaker:
    """A program of a state's own that holds its node's keys and certificate, and none of its safeguards."""

    def __init__(self, federation: Federation, state: Authority) -> None:
        self._federation, self._node = federation, federation[state]
        self._vault = open_vault(self._node.folder, Custody())
        self.keys = Keys.read(self._vault)

    def envelope(self, to: Authority, body: Body, **changes: Any) -> SignedEnvelope[Body]:
        """A signed envelope that every check passes, but for the `changes`."""
        now = self._federation.clock()
        content: dict[str, Any] = {
            **{"type": body.type, "x": os.urandom(16).hex(), "sender": self._node.authority, "to": to},
            **{"iat": now, "exp": now + limits.ENVELOPE_LIFETIME, "salt": os.urandom(32)},
            **{"directory": self._node.node.federation.directory.ref, "body": body},
        }
        return sign_envelope(Envelope[Body].model_validate(content | changes), self.keys.signing)

    def post(self, to: Authority, raw: bytes) -> Heard:
        """Send bytes as an envelope, on this state's connection."""
        answer = self.answer(to, raw)
        if answer.status_code == 200:
            return Heard(200, tuple(answer.content.splitlines()))
        return Heard(answer.status_code, code=answer.json()["code"])

    def answer(self, to: Authority, raw: bytes) -> httpx2.Response:
        """Send bytes as an envelope, and give on whatever HTTP comes back."""
        working = self._node.node.federation.directory.member(to).working
        with self.line(to) as line:
            headers = {"Content-Type": "application/jose+json"}
            return line.post(working.peer_url + "/v1/envelopes", content=raw, headers=headers)

    def say(self, to: Authority, body: Body, **changes: Any) -> Heard:
        """An envelope of its own, sent."""
        return self.post(to, self.envelope(to, body, **changes).raw)

    def get(self, to: Authority, digest: str) -> httpx2.Response:
        """Read an index file."""
        with self.line(to) as line:
            url = self._node.node.federation.directory.member(to).working.peer_url
            return line.get(f"{url}/v1/index/{digest}")

    def line(self, to: Authority, own: Credential | None = None) -> httpx2.Client:
        """A client for a peer, with the leaf that the node has now, or another one."""
        working = self._node.node.federation.directory.member(to).working
        own = own or self.leaf()
        return pinned_client(working.tls_authority.encode(), frozenset(working.tls_pins), own, self._federation.clock, _PATIENT)

    def leaf(self) -> Credential:
        """Certificate and key that the node has now, copied."""
        return read_credential(self._vault, LEAF)


def asking(manifest: HeldManifest, *inputs: bytes, purpose: str = "investigate_network", **changes: Any) -> MatchRequest:
    """A question to the list of a held manifest, as its asker's node would prepare it."""
    prepared = matching.prepare(inputs or (b"an invented input",), os.urandom)
    content: dict[str, Any] = {
        **{"list": manifest.list_id, "epoch": manifest.epoch, "manifest": manifest.digest, "urgency": Urgency("routine_7d")},
        **{"purpose": RequestPurpose(purpose), "basis": LegalBasis("untoc_police"), "offence": Offence("tip")},
        **{"officer": bytes(16), "case": bytes(32), "attested": True},
        **{"commitment": prepared.openings.root(), "elements": prepared.elements},
    }
    return MatchRequest.model_validate(content | changes)


def newest_manifest(node: RunningNode, audience: str = "all") -> HeldManifest:
    """The newest manifest of a node's own list of identifiers for all members (`all`) or for its named set (`set`)."""
    with node.node.database.read() as work:
        chains = manifests.chains(work, node.authority)
        newest = [held for chain in chains if (held := manifests.newest(work, *chain)) is not None]
        of_identifiers = (held for held in newest if manifests.content(held).entropy == "identifiers")
        return next(held for held in of_identifiers if held.audience == audience)
