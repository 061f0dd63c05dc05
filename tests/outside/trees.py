"""An invented log of Peru as a static tile tree, a proof and a witness's question, all written by our code."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random

from crypto.merkle import leaf_hash
from crypto.note import NoteKey
from crypto.signing import SigningKey
from crypto.subtrees import Subtrees, held_subtrees, stored_consistency_path, stored_inclusion_path, stored_root
from protocol.authority import Authority
from protocol.checkpoint import (
    Checkpoint,
    Quorum,
    add_cosignatures,
    cosign_checkpoint,
    log_key,
    origin_of,
    parse_checkpoint,
    sign_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.journal import Act, commitment, envelope_payload, local_entry, paired_entry
from protocol.tiles import WIDTH, Tile, bundle_bytes, tile_bytes, tiles_between
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from protocol.witnessing import AddCheckpoint
from tests.protocol.federation import BR, CO, PE

EC = Authority("EC")
BEGAN = 1_790_000_000


def seeded(sentence: str) -> SigningKey:
    """A key that anybody can compute."""
    return SigningKey.from_seed(sha256(f"{sentence}: this key is worth nothing".encode()).digest())


_LOG_KEY = seeded("the log of PE")
ORIGIN = origin_of(PE, _LOG_KEY.public)
_WITNESS_KEYS = {witness_name_of(state, key.public): key for state in (CO, BR, EC) for key in [seeded(f"the witness of {state}")]}
WITNESSES = tuple(_WITNESS_KEYS)


def worthless_key(name: str) -> SigningKey:
    """The key of a log or a witness; who is neither has one of his own."""
    return _LOG_KEY if name == ORIGIN else _WITNESS_KEYS.get(name) or seeded(name)


def entries_of(count: int) -> list[bytes]:
    """Entries of which every third has two sides; the others say that nothing happened."""
    random = Random(count)  # noqa: S311  invented entries, the same in each run
    entries = []
    for number in range(count):
        x, salt, t = random.randbytes(16).hex(), random.randbytes(32), BEGAN + number
        if number % 3:
            entry = local_entry(Act.PAD, x=x, t=t, c=commitment(salt, b"{}"))
        else:
            c = commitment(salt, envelope_payload(random.randbytes(32).hex()))
            entry = paired_entry(Act.QUESTION_ASKED, x=x, seq=number // 3 + 1, peer=CO, t=t, c=c)
        entries.append(entry.to_bytes())
    return entries


@dataclass(frozen=True)
class Log:
    """A log's entries and the subtrees over them."""

    entries: list[bytes]
    stored: Subtrees
    origin: str = ORIGIN
    signer: str = ORIGIN

    @classmethod
    def of(cls, entries: list[bytes]) -> "Log":
        return cls(entries, held_subtrees([leaf_hash(entry) for entry in entries]))

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def key(self) -> NoteKey:
        return log_key(self.origin, worthless_key(self.signer).public)

    def signed_by(self, name: str) -> "Log":
        """The same log under the key of somebody else."""
        return replace(self, signer=name)

    def checkpoint(self, size: int | None = None, witnesses: Iterable[str] = (), *, root: bytes | None = None) -> bytes:
        """The checkpoint over the first entries, cosigned by these witnesses; with another root where one is given."""
        size = self.size if size is None else size
        said = Checkpoint(self.origin, size, stored_root(size, self.stored) if root is None else root)
        signed = sign_checkpoint(said, worthless_key(self.signer))
        for number, name in enumerate(witnesses):
            line = cosign_checkpoint(signed, name, worthless_key(name), BEGAN + 100_000 + number)
            signed = add_cosignatures(signed, [line], witness_key(name, worthless_key(name).public))
        return signed.raw

    def policy(self, needed: int, witnesses: Iterable[str] = WITNESSES) -> LogPolicy:
        """This log, and so many of these witnesses; none if none is needed."""
        keys = tuple(witness_key(name, worthless_key(name).public) for name in witnesses)
        return LogPolicy((self.key,), Quorum(needed, keys) if needed else None)

    def proof(self, index: int, checkpoint: bytes | None = None) -> bytes:
        """The proof of an entry, under the newest checkpoint or another."""
        said = parse_checkpoint(self.checkpoint() if checkpoint is None else checkpoint)
        return LogProof(index, tuple(stored_inclusion_path(index, said.checkpoint.size, self.stored)), said).to_bytes()

    def request(self, old: int) -> bytes:
        """What a witness that has seen `old` entries is asked."""
        path = stored_consistency_path(old, self.size, self.stored)
        return AddCheckpoint(old, tuple(path), parse_checkpoint(self.checkpoint())).to_bytes()

    def write(self, folder: Path, *sizes: int) -> None:
        """The static tree: the tiles of this size, and partial ones of smaller sizes."""
        tiles = {tile for size in (*sizes, self.size) for tile in tiles_between(0, size)}
        for tile in tiles:
            path = folder / tile.to_path()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._content(tile))
        (folder / "checkpoint").write_bytes(self.checkpoint())

    def _content(self, tile: Tile) -> bytes:
        first = tile.index * WIDTH
        if tile.level is None:
            return bundle_bytes(self.entries[first : first + tile.width])
        return tile_bytes(tile, self.stored)


def copy_of(tree: Path, to: Path) -> Path:
    """A copy whose files may be replaced, not written into: they are the same ones."""
    shutil.copytree(tree, to, copy_function=os.link)
    return to


def replaced(path: Path, content: bytes) -> None:
    """Another content under a name, without touching what else has the old one."""
    path.unlink()
    path.write_bytes(content)
