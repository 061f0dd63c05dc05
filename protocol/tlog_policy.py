"""The policy file that goes with a proof: which logs count, and which witnesses have to have cosigned (C2SP tlog-policy).

    log celosia.example/PE/log+1329cb34+AY…
    witness celosia.example/CO/witness celosia.example/CO/witness+8ce7d3b2+BO…
    witness celosia.example/EC/witness celosia.example/EC/witness+0a1c2b3d+BA…
    group witnesses 2 celosia.example/CO/witness celosia.example/EC/witness
    quorum witnesses

One group of witnesses, each called by its key's name, no addresses, no comments. Every reader of tlog-policy reads what is
written here; here only that is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from crypto.errors import CryptoError
from crypto.note import NoteKey, SignatureType
from protocol import limits
from protocol.checkpoint import Quorum
from protocol.errors import Malformed, TooLarge

_GROUP, _NONE = "witnesses", "none"


@dataclass(frozen=True)
class LogPolicy:
    """Logs by their keys, and the quorum; None asks for no witness.

    Raises `Malformed` for keys that it cannot tell apart, and for a quorum that its witnesses cannot reach.
    """

    logs: tuple[NoteKey, ...]
    quorum: Quorum | None

    def __post_init__(self) -> None:
        if any(log.type is not SignatureType.ED25519 for log in self.logs):
            raise Malformed("log_policy", reason="other_type")
        for told in ({bytes(log.key) for log in self.logs}, {log.name for log in self.logs}):
            if len(told) != len(self.logs):
                raise Malformed("log_policy", reason="key_twice")
        if self.quorum is not None and self.quorum.needed > len(self.quorum.witnesses):
            raise Malformed("log_policy", reason="number")
        if any(witness.name in (_GROUP, _NONE) for witness in self._witnesses):
            raise Malformed("log_policy", reason="name")

    @property
    def _witnesses(self) -> tuple[NoteKey, ...]:
        return () if self.quorum is None else self.quorum.witnesses

    def to_bytes(self) -> bytes:
        """The file."""
        return "".join(f"{line}\n" for line in self._lines()).encode()

    def _lines(self) -> Iterator[str]:
        yield from (f"log {log.to_text()}" for log in self.logs)
        yield from (f"witness {witness.name} {witness.to_text()}" for witness in self._witnesses)
        if self.quorum is None:
            yield f"quorum {_NONE}"
        else:
            yield " ".join(("group", _GROUP, str(self.quorum.needed), *(witness.name for witness in self._witnesses)))
            yield f"quorum {_GROUP}"

    @classmethod
    def from_bytes(cls, raw: bytes) -> "LogPolicy":
        """Back from `to_bytes`. Raises `TooLarge`, `Malformed` for anything else."""
        if len(raw) > limits.LOG_POLICY_BYTES:
            raise TooLarge("log_policy", limit=limits.LOG_POLICY_BYTES, size=len(raw))
        logs: list[NoteKey] = []
        witnesses: list[NoteKey] = []
        needed: int | None = None
        try:
            for line in raw.decode().split("\n"):
                match line.split(" "):
                    case ["log", key]:
                        logs.append(NoteKey.from_text(key))
                    case ["witness", _, key]:
                        witnesses.append(NoteKey.from_text(key))
                    case ["group", _, count, *_] if count.isascii() and count.isdigit() and len(count) < 4:
                        needed = int(count)
        except (UnicodeDecodeError, CryptoError):
            raise Malformed("log_policy", reason="form") from None
        # every line that says anything else, elsewhere or otherwise is not printed again
        policy = cls(tuple(logs), None if needed is None else Quorum(needed, tuple(witnesses)))
        if policy.to_bytes() != raw:
            raise Malformed("log_policy", reason="not_canonical")
        return policy
