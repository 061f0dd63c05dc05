"""A log's static tile tree under the code of Go's checksum database: what is sound passes, every broken copy is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.subtrees import stored_root
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.tiles import bundle_bytes
from tests.outside.tiles_program import run
from tests.outside.trees import Log, copy_of, entries_of, replaced, worthless_key

SIZE, OLD, PROVED = 70_000, 65_500, 65_536

pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Case:
    """What the program is given: a folder with the tree and files beside it."""

    folder: Path

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    def change(self, path: str, edit: Callable[[bytes], bytes]) -> None:
        replaced(self.folder / path, edit((self.folder / path).read_bytes()))

    def swap(self, one: str, other: str) -> None:
        first, second = (self.folder / one).read_bytes(), (self.folder / other).read_bytes()
        assert first != second
        replaced(self.folder / one, second)
        replaced(self.folder / other, first)


@pytest.fixture(scope="module")
def log() -> Log:
    return Log.of(entries_of(SIZE))


@pytest.fixture(scope="module")
def sound(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of 70,000 entries with partial tiles of two smaller sizes, and beside it what else is checked."""
    folder = tmp_path_factory.mktemp("sound")
    log.write(folder / "tree", 1, OLD)
    (folder / "older").write_bytes(log.checkpoint(OLD))
    (folder / "request").write_bytes(log.request(OLD))
    (folder / "proof").write_bytes(log.proof(PROVED))
    (folder / "entry").write_bytes(log.entries[PROVED])
    return folder


@pytest.fixture
def case(sound: Path, tmp_path: Path) -> Case:
    return Case(copy_of(sound, tmp_path / "case"))


def test_a_log_of_seventy_thousand_entries_holds(program: Path, log: Log, sound: Path) -> None:
    done = run(program, log.key.to_text(), sound)
    assert (done.returncode, done.stderr) == (0, "")
    files = sum(path.is_file() for path in (sound / "tree/tile").rglob("*"))
    # bundles of entries, level 0, 1 and 2, and of the two smaller sizes
    assert files == 274 + 274 + 2 + 1 + (2 + 3)
    assert done.stdout.splitlines() == [
        f"checkpoint: {SIZE} entries, signed by {log.origin}",
        "entries: their root is the checkpoint's",
        f"tiles: {files} files, each as the entries give it",
        f"older checkpoint: the tree begins with its {OLD} entries",
        "request: its path leads from the older checkpoint to this one",
        f"proof: the entry stands at {PROVED}",
    ]


@pytest.mark.parametrize("old", [1, 255, 256, 257, 65_535, 65_536, 69_999, 70_000])
def test_every_older_checkpoint_and_proof_holds(program: Path, log: Log, case: Case, old: int) -> None:
    replaced(case.folder / "older", log.checkpoint(old))
    replaced(case.folder / "request", log.request(old))
    replaced(case.folder / "proof", log.proof(old - 1))
    replaced(case.folder / "entry", log.entries[old - 1])
    done = run(program, log.key.to_text(), case.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"proof: the entry stands at {old - 1}\n")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 1000])
def test_a_small_log_holds(program: Path, log: Log, tmp_path: Path, size: int) -> None:
    small = Log.of(log.entries[:size])
    small.write(tmp_path / "tree")
    (tmp_path / "older").write_bytes(small.checkpoint(1))
    (tmp_path / "request").write_bytes(small.request(1))
    (tmp_path / "proof").write_bytes(small.proof(size - 1))
    (tmp_path / "entry").write_bytes(small.entries[-1])
    done = run(program, small.key.to_text(), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def one_byte_less(raw: bytes) -> bytes:
    return raw[:-1]


def as_bundle(entries: list[bytes]) -> Callable[[bytes], bytes]:
    return lambda _: bundle_bytes(entries)


def changed_entry(case: Case, log: Log) -> None:
    case.change("tree/tile/entries/100", flipped(500))


def removed_entry(case: Case, log: Log) -> None:
    case.change("tree/tile/entries/273.p/112", as_bundle(log.entries[273 * 256 : -1]))


def inserted_entry(case: Case, log: Log) -> None:
    case.change("tree/tile/entries/273.p/112", as_bundle([*log.entries[273 * 256 :], log.entries[0]]))


def reordered_entries(case: Case, log: Log) -> None:
    case.change("tree/tile/entries/000", as_bundle([log.entries[1], log.entries[0], *log.entries[2:256]]))


def swapped_bundles(case: Case, log: Log) -> None:
    case.swap("tree/tile/entries/003", "tree/tile/entries/200")


def bundle_cut_short(case: Case, log: Log) -> None:
    case.change("tree/tile/entries/010", one_byte_less)


def missing_bundle(case: Case, log: Log) -> None:
    (case.tree / "tile/entries/272").unlink()


def older_bundle_of_another_log(case: Case, log: Log) -> None:
    case.change("tree/tile/entries/255.p/220", flipped(40))


def changed_tile_of_leaves(case: Case, log: Log) -> None:
    case.change("tree/tile/0/100", flipped(8191))


def changed_tile_of_level_1(case: Case, log: Log) -> None:
    case.change("tree/tile/1/000", flipped(0))


def changed_tile_of_level_2(case: Case, log: Log) -> None:
    case.change("tree/tile/2/000.p/1", flipped(31))


def swapped_tiles(case: Case, log: Log) -> None:
    case.swap("tree/tile/0/003", "tree/tile/0/200")


def tile_cut_short(case: Case, log: Log) -> None:
    case.change("tree/tile/1/001.p/17", one_byte_less)


def changed_older_tile(case: Case, log: Log) -> None:
    case.change("tree/tile/0/255.p/220", flipped(0))


def missing_tile(case: Case, log: Log) -> None:
    (case.tree / "tile/0/273.p/112").unlink()


def missing_tile_of_level_2(case: Case, log: Log) -> None:
    (case.tree / "tile/2/000.p/1").unlink()


def surplus_tile(case: Case, log: Log) -> None:
    (case.tree / "tile/0/274").write_bytes(bytes(8192))


def tile_of_a_later_size(case: Case, log: Log) -> None:
    (case.tree / "tile/0/273.p/113").write_bytes(bytes(113 * 32))


def tile_without_hashes(case: Case, log: Log) -> None:
    (case.tree / "tile/3").mkdir()
    (case.tree / "tile/3/000").write_bytes(b"")


def tile_under_another_name(case: Case, log: Log) -> None:
    (case.tree / "tile/0/x000").mkdir()
    (case.tree / "tile/0/x000/001").write_bytes((case.tree / "tile/0/001").read_bytes())


def something_else_among_the_tiles(case: Case, log: Log) -> None:
    (case.tree / "tile/notes.txt").write_bytes(b"an invented note")


def linked_tile(case: Case, log: Log) -> None:
    (case.tree / "tile/0/001").unlink()
    (case.tree / "tile/0/001").symlink_to("002")


def checkpoint_under_another_key(case: Case, log: Log) -> None:
    replaced(case.tree / "checkpoint", log.signed_by("somebody else").checkpoint())


def checkpoint_of_another_size(case: Case, log: Log) -> None:
    case.change("tree/checkpoint", lambda raw: raw.replace(b"\n70000\n", b"\n70001\n"))


def checkpoint_signed_over_a_larger_size(case: Case, log: Log) -> None:
    # a proof's path leads to this root under either size: what shows the lie are the entries
    lie = Checkpoint(log.origin, SIZE + 1, stored_root(SIZE, log.stored))
    replaced(case.tree / "checkpoint", sign_checkpoint(lie, worthless_key(log.signer)).raw)
    longer = [*log.entries[273 * 256 :], log.entries[0]]
    (case.tree / "tile/entries/273.p/113").write_bytes(bundle_bytes(longer))


def checkpoint_rolled_back(case: Case, log: Log) -> None:
    replaced(case.tree / "checkpoint", log.checkpoint(OLD - 1))


def forked_checkpoint(case: Case, log: Log) -> None:
    replaced(case.tree / "checkpoint", log.checkpoint(root=bytes(32)))


def checkpoint_with_a_line_more(case: Case, log: Log) -> None:
    case.change("tree/checkpoint", lambda raw: raw.replace(b"\n\n", b"\nmore\n\n"))


def older_checkpoint_of_a_fork(case: Case, log: Log) -> None:
    other = Log.of([log.entries[1], *log.entries[1:OLD]])
    replaced(case.folder / "older", other.checkpoint())


def older_checkpoint_under_another_key(case: Case, log: Log) -> None:
    replaced(case.folder / "older", log.signed_by("somebody else").checkpoint(OLD))


def later_checkpoint(case: Case, log: Log) -> None:
    replaced(case.folder / "older", Log.of([*log.entries, log.entries[0]]).checkpoint())


def changed_request(case: Case, log: Log) -> None:
    path = log.request(OLD).splitlines()
    replaced(case.folder / "request", b"\n".join([path[0], path[2], path[1], *path[3:]]) + b"\n")


def request_from_another_size(case: Case, log: Log) -> None:
    replaced(case.folder / "request", log.request(OLD - 1))


def proof_of_another_place(case: Case, log: Log) -> None:
    case.change("proof", lambda raw: raw.replace(b"index 65536\n", b"index 65537\n"))


def proof_of_another_entry(case: Case, log: Log) -> None:
    replaced(case.folder / "entry", log.entries[PROVED + 1])


def changed_proof(case: Case, log: Log) -> None:
    lines = log.proof(PROVED).splitlines()
    replaced(case.folder / "proof", b"\n".join([*lines[:2], lines[3], lines[2], *lines[4:]]) + b"\n")


def proof_under_an_older_checkpoint(case: Case, log: Log) -> None:
    replaced(case.folder / "proof", log.proof(PROVED, log.checkpoint(SIZE - 1)))


BROKEN: dict[Callable[[Case, Log], None], str] = {
    changed_entry: "entries: their root is",
    removed_entry: "entries: tile/entries/273.p/112 ends within entry 69999",
    inserted_entry: "entries: tile/entries/273.p/112 has 190 bytes too many",
    reordered_entries: "entries: their root is",
    swapped_bundles: "entries: their root is",
    bundle_cut_short: "entries: tile/entries/010 ends within entry 2815",
    missing_bundle: "entries: open ",
    older_bundle_of_another_log: "tiles: tile/entries/255.p/220: another entry 65280",
    changed_tile_of_leaves: "tiles: tile/0/100: other hashes",
    changed_tile_of_level_1: "tiles: tile/1/000: other hashes",
    changed_tile_of_level_2: "tiles: tile/2/000.p/1: other hashes",
    swapped_tiles: "tiles: tile/0/003: other hashes",
    tile_cut_short: "tiles: tile/1/001.p/17: other hashes",
    changed_older_tile: "tiles: tile/0/255.p/220: other hashes",
    missing_tile: "tiles: tile/0/273.p/112 is missing",
    missing_tile_of_level_2: "tiles: tile/2/000.p/1 is missing",
    surplus_tile: "tiles: tile/0/274: the log has no such tile",
    tile_of_a_later_size: "tiles: tile/0/273.p/113: the log has no such tile",
    tile_without_hashes: "tiles: tile/3/000: the log has no such tile",
    tile_under_another_name: "tiles: tile/0/x000/001: malformed tile path",
    something_else_among_the_tiles: "tiles: tile/notes.txt: malformed tile path",
    linked_tile: "is not a plain file",
    checkpoint_under_another_key: "checkpoint: note has no verifiable signatures",
    checkpoint_of_another_size: "checkpoint: invalid signature for key",
    checkpoint_signed_over_a_larger_size: "entries: their root is",
    checkpoint_rolled_back: "entries: open ",
    forked_checkpoint: "entries: their root is",
    checkpoint_with_a_line_more: "checkpoint: invalid signature for key",
    older_checkpoint_of_a_fork: "older checkpoint: the tree's first 65500 entries have the root",
    older_checkpoint_under_another_key: "older checkpoint: note has no verifiable signatures",
    later_checkpoint: "older checkpoint: no proof leads from 70001 entries to 70000",
    changed_request: "request: invalid transparency proof",
    request_from_another_size: "request: it is from another size",
    proof_of_another_place: "proof: invalid transparency proof",
    proof_of_another_entry: "proof: invalid transparency proof",
    changed_proof: "proof: invalid transparency proof",
    proof_under_an_older_checkpoint: "proof: it is about another tree",
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_what_is_broken_is_refused(program: Path, log: Log, case: Case, broken: Callable[[Case, Log], None]) -> None:
    broken(case, log)
    done = run(program, log.key.to_text(), case.folder)
    assert done.returncode == 1
    assert done.stderr.startswith("refused: ") and BROKEN[broken] in done.stderr


def test_the_key_is_the_reader_s(program: Path, log: Log, sound: Path) -> None:
    other = log.signed_by("somebody else").key.to_text()
    done = run(program, other, sound)
    assert done.returncode == 1 and "no verifiable signatures" in done.stderr
    assert run(program, log.key.to_text()[:-1], sound).returncode == 1
