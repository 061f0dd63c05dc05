"""A peer's fault, as ours.

PeerFault
├── PeerUnavailable   nothing came of it now: unreachable, too slow, not the pinned peer. Worth another try
└── PeerRefused       the peer said no and why, by the code of its problem document (RFC 9457)
    └── OtherSize     the peer, as a witness, has cosigned another size of the log than it was asked from
"""

from typing import ClassVar


class PeerFault(Exception):
    """What a peer did or did not do. `reason` is a stable code, safe to print."""

    code: ClassVar[str] = "peer_fault"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{self.code}: {reason}")


class PeerUnavailable(PeerFault):
    """No answer that could be used.

    `reason`: unreachable, too_slow, not_our_peer, refused_by_peer, bad_response, too_large, certificates_revoked.
    """

    code = "peer_unavailable"


class PeerRefused(PeerFault):
    """The peer answered with a problem document. `reason` is its code, or `unknown` if it is none of ours by form.

    `difference`: by how many seconds our clock is ahead of the peer's, as the peer measured it, if it said so.
    """

    code = "peer_refused"

    def __init__(self, reason: str, difference: int | None = None) -> None:
        self.difference = difference
        super().__init__(reason)


class OtherSize(PeerRefused):
    """A witness has cosigned the log up to `size`, and was asked from another."""

    code = "other_size"

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__("other_size")
