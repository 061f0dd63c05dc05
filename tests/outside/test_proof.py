"""The proof of one entry under sh, coreutils and openssl: what is sound passes, everything else is refused."""

import json
import os
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof, check_proof
from tests.outside.trees import BEGAN, ORIGIN, WITNESSES, Log, entries_of, worthless_key
from tests.protocol.vectors import FOLDER

SCRIPT = Path(__file__).parent / "check_proof.sh"
COUNT, INDEX = 1000, 700
_TOOLS = ("sh", "openssl", "base64", "basenc", "cat", "head", "mktemp", "od", "rm", "sha256sum", "sort", "tail", "tr", "wc")
_MISSING = "{} is not installed. Run deploy/install-system-packages as root."

_NOBODYS = Log([], lambda *_: b"")
LOG_KEY = _NOBODYS.key.to_text().encode()
WITNESS_KEY = _NOBODYS.policy(1).to_bytes().split(b"\n")[1].split(b" ")[2]

pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Files:
    """What the script is given."""

    policy: bytes
    proof: bytes
    entry: bytes


@pytest.fixture(scope="module")
def log() -> Log:
    for tool in _TOOLS:
        if shutil.which(tool) is None:
            pytest.fail(_MISSING.format(tool))
    return Log.of(entries_of(COUNT))


@pytest.fixture(scope="module")
def sound(log: Log) -> Files:
    """The proof of one of a thousand entries, cosigned by three witnesses, of which two are needed."""
    proof = log.proof(INDEX, log.checkpoint(witnesses=WITNESSES))
    return Files(log.policy(2).to_bytes(), proof, log.entries[INDEX])


def run(files: Files, folder: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    names = []
    for name, content in (("policy", files.policy), ("proof", files.proof), ("entry", files.entry)):
        (folder / name).write_bytes(content)
        names.append(str(folder / name))
    given = {"PATH": path or os.environ["PATH"], "TMPDIR": str(folder)}
    done = subprocess.run(["/bin/sh", str(SCRIPT), *names], env=given, capture_output=True, text=True, check=False)
    assert sorted(each.name for each in folder.iterdir()) == ["entry", "policy", "proof"]  # it leaves nothing behind
    return done


def holds(files: Files, folder: Path) -> str:
    done = run(files, folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(files: Files, folder: Path) -> str:
    done = run(files, folder)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("refused: ") and done.stderr.count("\n") == 1
    return done.stderr.removeprefix("refused: ").strip()


def test_a_proof_holds_and_says_since_when_it_was_witnessed(sound: Files, tmp_path: Path) -> None:
    said = f"holds: {ORIGIN}, entry {INDEX} of {COUNT}; 3 of 3 witnesses, 2 needed, since {BEGAN + 100_001}\n"
    assert holds(sound, tmp_path) == said


@pytest.mark.parametrize(
    ("size", "index"), [(1, 0), (2, 0), (2, 1), (3, 2), (7, 6), (8, 3), (255, 254), (256, 0), (257, 256), (999, 998), (1000, 512)]
)
def test_every_shape_of_tree_holds(log: Log, tmp_path: Path, size: int, index: int) -> None:
    files = Files(log.policy(0).to_bytes(), log.proof(index, log.checkpoint(size)), log.entries[index])
    assert holds(files, tmp_path) == f"holds: {ORIGIN}, entry {index} of {size}; 0 of 0 witnesses, 0 needed\n"
    assert refused(replace(files, entry=log.entries[index + 1 if index + 1 < COUNT else 0]), tmp_path)


def test_the_published_example_holds(log: Log, tmp_path: Path) -> None:
    vectors = json.loads((FOLDER / "log.json").read_text("utf-8"))
    files = Files(vectors["policy"].encode(), vectors["proof"].encode(), vectors["entries"][2]["entry"].encode())
    assert holds(files, tmp_path).startswith("holds: pe.celosia.example/log, entry 2 of 5; 2 of 2 witnesses, 2 needed, since ")


def test_a_witness_that_nobody_knows_says_nothing(log: Log, tmp_path: Path) -> None:
    checkpoint = log.checkpoint(witnesses=[*WITNESSES[:2], "a-stranger"])
    files = Files(log.policy(2).to_bytes(), log.proof(INDEX, checkpoint), log.entries[INDEX])
    assert "; 2 of 3 witnesses, 2 needed, since" in holds(files, tmp_path)
    assert refused(replace(files, policy=log.policy(3).to_bytes()), tmp_path) == "2 witnesses cosigned, 3 are needed"


def edited(part: str, edit: Callable[[bytes], bytes]) -> Callable[[Files, Log], Files]:
    """What changes one file, and must change it."""

    def change(files: Files, _: Log) -> Files:
        before: bytes = getattr(files, part)
        after = edit(before)
        assert after != before
        return replace(files, **{part: after})

    return change


def swapped(part: str, old: bytes, new: bytes) -> Callable[[Files, Log], Files]:
    return edited(part, lambda raw: raw.replace(old, new, 1))


def line(part: str, number: int, edit: Callable[[bytes], bytes]) -> Callable[[Files, Log], Files]:
    """What changes one line; -1 is the last one."""

    def change(raw: bytes) -> bytes:
        lines = raw.split(b"\n")[:-1]
        lines[number] = edit(lines[number])
        return b"".join(each + b"\n" for each in lines if each != b"(gone)")

    return edited(part, change)


def gone(_: bytes) -> bytes:
    return b"(gone)"


def twice(raw: bytes) -> bytes:
    return raw + b"\n" + raw


def other_bits(at: int) -> Callable[[bytes], bytes]:
    """A line's base64 with one bit of byte `at` turned."""

    def change(raw: bytes) -> bytes:
        before, _, encoded = raw.rpartition(b" ")
        content = bytearray(b64decode(encoded))
        content[at] ^= 1
        return before + b" " * bool(before) + b64encode(content)

    return change


def loose_base64(raw: bytes) -> bytes:
    """The same 32 bytes with a left-over bit."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert raw.endswith(b"=") and b64decode(raw[:-2] + bytes([letters[letters.index(raw[-2]) ^ 1]]) + b"=") == b64decode(raw)
    return raw[:-2] + bytes([letters[letters.index(raw[-2]) ^ 1]]) + b"="


def of_another_log(files: Files, log: Log) -> Files:
    other = replace(log, origin="celosia/CO/log/00000000")
    return replace(files, proof=other.proof(INDEX, other.checkpoint(witnesses=WITNESSES)))


def by_another_key(files: Files, log: Log) -> Files:
    thief = log.signed_by("a thief")
    return replace(files, proof=log.proof(INDEX, thief.checkpoint(witnesses=WITNESSES)))


def of_another_tree(files: Files, log: Log) -> Files:
    other = Log.of(log.entries[1:])
    return replace(files, proof=log.proof(INDEX, other.checkpoint(witnesses=WITNESSES)))


def signature_of_another(files: Files, _: Log) -> Files:
    lines = files.proof.split(b"\n")
    first, second = (b64decode(each.rpartition(b" ")[2]) for each in lines[18:20])
    lines[19] = lines[19].rpartition(b" ")[0] + b" " + b64encode(second[:4] + first[4:])
    return replace(files, proof=b"\n".join(lines))


def unwitnessed(files: Files, log: Log) -> Files:
    return replace(files, proof=log.proof(INDEX))


def one_witness_too_few(files: Files, log: Log) -> Files:
    return replace(files, proof=log.proof(INDEX, log.checkpoint(witnesses=WITNESSES[1:2])))


def cosigned_by_the_log_itself(files: Files, log: Log) -> Files:
    # two are needed: another witness, and the log's own key under a witness's name
    names = (WITNESSES[0], ORIGIN)
    policy, checkpoint = log.policy(2, names), log.checkpoint(witnesses=names)
    check_proof(LogProof.from_bytes(log.proof(INDEX, checkpoint)), log.entries[INDEX], log.policy(1, names))
    return Files(policy.to_bytes(), log.proof(INDEX, checkpoint), log.entries[INDEX])


def size_that_a_path_does_not_bind(files: Files, log: Log) -> Files:
    # the same path leads to the same root under other sizes: only the signature tells
    sized = replace(files, proof=files.proof.replace(b"\n1000\n", b"\n1001\n"))
    signed = sign_checkpoint(Checkpoint(ORIGIN, 1001, log_root(files)), worthless_key(ORIGIN))
    head = files.proof.partition(b"\n\n")[0] + b"\n\n"
    accepted = Files(log.policy(0).to_bytes(), head + signed.raw, files.entry)
    policy = LogPolicy.from_bytes(accepted.policy)
    check_proof(LogProof.from_bytes(accepted.proof), accepted.entry, policy)
    return sized


def log_root(files: Files) -> bytes:
    return LogProof.from_bytes(files.proof).checkpoint.checkpoint.root


# Of the proof: 0 its name, 1 index, 2 to 11 path, 12 empty, 13 origin, 14 size, 15 root, 16 empty, 17 log, 18 to 20 witnesses
BROKEN: dict[str, tuple[Callable[[Files, Log], Files], str]] = {
    "another entry": (edited("entry", lambda raw: raw[:-1] + b" "), "the entry does not lead to the root that the log signed"),
    "an entry with a byte more": (edited("entry", lambda raw: raw + b"\0"), "the entry does not lead to the root"),
    "an empty entry": (edited("entry", lambda raw: b""), "the entry does not lead to the root"),
    "an entry too large": (edited("entry", lambda raw: raw + bytes(200_000)), "the entry is too large"),
    "another name of the format": (line("proof", 0, lambda raw: raw.replace(b"v1", b"v2")), "this is no tlog-proof@v1"),
    "another index": (swapped("proof", b"index 700", b"index 701"), "the entry does not lead to the root"),
    "an index past the end": (swapped("proof", b"index 700", b"index 1000"), "the log has no entry 1000"),
    "an index with a zero": (swapped("proof", b"index 700", b"index 0700"), "the proof has no index"),
    "a negative index": (swapped("proof", b"index 700", b"index -1"), "the proof has no index"),
    "an index that sh would compute": (swapped("proof", b"index 700", b"index 7*100"), "the proof has no index"),
    "an index too large": (swapped("proof", b"index 700", b"index 18446744073709552316"), "the proof has no index"),
    "no index": (line("proof", 1, gone), "the proof has no index"),
    "an extra line": (line("proof", 0, lambda raw: raw + b"\nextra AAAA"), "the proof has no index"),
    "another hash": (line("proof", 5, other_bits(31)), "the entry does not lead to the root"),
    "a hash less": (line("proof", 11, gone), "the path is too short"),
    "a hash more": (line("proof", 11, twice), "the path is too long"),
    "a short hash": (line("proof", 4, lambda raw: b64encode(b64decode(raw)[:-1])), "a hash of another length"),
    "a hash in loose base64": (line("proof", 4, loose_base64), "base64 in another form than its one"),
    "a hash in hexadecimal": (line("proof", 4, lambda raw: b64decode(raw).hex().encode()), "a hash of another length"),
    "no hash": (line("proof", 4, lambda raw: b"?"), "what should be base64 is not"),
    "no checkpoint": (edited("proof", lambda raw: raw.partition(b"\n\n")[0] + b"\n\n"), "the proof ends early"),
    "another origin": (swapped("proof", b"\n\ncelosia/PE/", b"\n\ncelosia/CO/"), "the policy does not name the log"),
    "another size": (size_that_a_path_does_not_bind, "a signature does not hold"),
    "a size that is none": (line("proof", 14, lambda raw: b"1e3"), "the checkpoint has no size"),
    "another root": (line("proof", 15, other_bits(0)), "a signature does not hold"),
    "a short root": (line("proof", 15, lambda raw: b64encode(b64decode(raw)[1:])), "the checkpoint has no root"),
    "a line more in the checkpoint": (line("proof", 15, lambda raw: raw + b"\nmore"), "the checkpoint has more than three lines"),
    "no signature": (edited("proof", lambda raw: raw.rpartition(b"\n\n")[0] + b"\n\n"), "the proof ends early"),
    "no signature of the log": (line("proof", 17, gone), "the log did not sign"),
    "another signature of the log": (line("proof", 17, other_bits(70 - 4)), "a signature does not hold"),
    "a longer signature of the log": (
        line("proof", 17, lambda raw: raw.rpartition(b" ")[0] + b" " + b64encode(b64decode(raw.rpartition(b" ")[2]) + b"\0")),
        "the log's signature has another length",
    ),
    "the log's signature twice": (line("proof", 17, twice), "one key signed twice"),
    "another cosignature": (line("proof", 19, other_bits(12)), "a signature does not hold"),
    "a cosignature at another time": (line("proof", 19, other_bits(11)), "a signature does not hold"),
    "a cosignature twice": (line("proof", 18, twice), "one key signed twice"),
    "a cosignature of no time": (
        line(
            "proof",
            18,
            lambda raw: raw.rpartition(b" ")[0] + b" " + b64encode(b64decode(raw.rpartition(b" ")[2])[:4] + bytes(72)),
        ),
        "a cosignature of no time",
    ),
    "one witness's signature under another's name": (signature_of_another, "a signature does not hold"),
    "a hyphen for the dash": (line("proof", 17, lambda raw: raw.replace("—".encode(), b"-")), "a signature of another form"),
    "a signature of nobody": (line("proof", 17, lambda raw: raw + "\n—  AAAAAAA=".encode()), "a name that is not printable"),
    "a signature without bytes": (line("proof", 17, lambda raw: raw + "\n— nobody AAAA".encode()), "a signature without bytes"),
    "sixty-five signatures": (
        line("proof", 17, lambda raw: raw + b"".join(f"\n— nobody-{n} AAAAAAA=".encode() for n in range(61))),
        "more than 64 signatures",
    ),
    "carriage returns": (edited("proof", lambda raw: raw.replace(b"\n", b"\r\n")), "this is no tlog-proof@v1"),
    "a byte that is zero": (swapped("proof", b"index", b"in\0dex"), "the proof has bytes that do not belong there"),
    "no end of the last line": (edited("proof", lambda raw: raw[:-1]), ""),
    "a line more": (edited("proof", lambda raw: raw + b"\n"), "a signature of another form"),
    "an empty proof": (edited("proof", lambda raw: b""), "the proof ends early"),
    "of another log": (of_another_log, "the policy does not name the log celosia/CO/log/00000000"),
    "by another key": (by_another_key, "the log did not sign"),
    "of another tree": (of_another_tree, "the entry does not lead to the root"),
    "unwitnessed": (unwitnessed, "0 witnesses cosigned, 2 are needed"),
    "one witness too few": (one_witness_too_few, "1 witnesses cosigned, 2 are needed"),
    "cosigned by the log itself": (cosigned_by_the_log_itself, "1 witnesses cosigned, 2 are needed"),
    "an empty policy": (edited("policy", lambda raw: b""), "the policy is in another form"),
    "a policy without the log": (line("policy", 0, gone), "the policy does not name the log"),
    "a policy with another key": (line("policy", 0, lambda raw: raw[:-1] + b"A"), ""),
    "a policy with another id": (
        line("policy", 0, lambda raw: raw.partition(b"+")[0] + b"+00000000+" + raw.split(b"+", 2)[2]),
        "a key whose id is another's",
    ),
    "a policy with a witness for a log": (line("policy", 0, lambda raw: b"log " + WITNESS_KEY), "a key of another type"),
    "a policy with a log for a witness": (
        line("policy", 1, lambda raw: b"witness " + ORIGIN.encode() + b" " + LOG_KEY),
        "a key of another type",
    ),
    "a policy with one witness twice": (line("policy", 1, twice), "a name or a key stands twice"),
    "a policy that needs more than it names": (swapped("policy", b"witnesses 2", b"witnesses 4"), "a quorum that cannot be"),
    "a policy that needs none of its witnesses": (swapped("policy", b"witnesses 2", b"witnesses 0"), "a quorum that cannot be"),
    "a policy that says none in the end": (
        swapped("policy", b"quorum witnesses", b"quorum none"),
        "the policy is in another form",
    ),
    "a policy with two groups": (
        line("policy", 4, lambda raw: raw + b"\n" + raw.replace(b" 2 ", b" 1 ")),
        "the policy is in another form",
    ),
    "a policy whose group lacks one": (
        line("policy", 4, lambda raw: raw.rpartition(b" ")[0]),
        "the policy is in another form",
    ),
    "a policy with any": (swapped("policy", b"witnesses 2", b"witnesses any"), "a quorum that cannot be"),
    "a policy with a comment": (edited("policy", lambda raw: b"# ours\n" + raw), "the policy is in another form"),
    "a policy without an end": (edited("policy", lambda raw: raw[:-1]), "the policy is in another form"),
    "a policy with zero bytes": (
        edited("policy", lambda raw: raw.replace(b"quorum", b"quo\0rum")),
        "the policy is in another form",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(sound: Files, log: Log, tmp_path: Path, name: str) -> None:
    change, why = BROKEN[name]
    assert why in refused(change(sound, log), tmp_path)


@pytest.fixture(scope="module")
def small(log: Log) -> Files:
    """The proof of one of five entries, cosigned by one witness."""
    five, witness = Log.of(log.entries[:5]), WITNESSES[:1]
    return Files(five.policy(1, witness).to_bytes(), five.proof(3, five.checkpoint(witnesses=witness)), five.entries[3])


def test_it_refuses_wherever_our_own_check_does(small: Files, tmp_path: Path) -> None:
    """Bytes are changed at random. The script may refuse more: it reads no `extra`, and no names beyond ASCII."""
    random = Random(6)  # noqa: S311  the same changes in each run
    passed = 0
    for number in range(60):
        part = random.choice(("policy", "proof", "proof", "entry"))
        raw = bytearray(getattr(small, part))
        at = random.randrange(len(raw))
        raw[at] = random.choice((raw[at] ^ 1, raw[at] ^ 0x20, 0, 10, 32, random.randrange(256)))
        files = replace(small, **{part: bytes(raw)})
        script = run(files, tmp_path / str(number))
        if script.returncode == 0:
            check_proof(LogProof.from_bytes(files.proof), files.entry, LogPolicy.from_bytes(files.policy))
            passed += 1
    assert passed < 10  # bytes that stayed as they were


@pytest.mark.parametrize("tool", [tool for tool in _TOOLS if tool not in ("sh", "rm")])
@pytest.mark.parametrize("body", [None, "exit 1", "exit 0"], ids=["missing", "fails", "does nothing"])
def test_without_its_tools_it_holds_nothing_for_proved(small: Files, tmp_path: Path, tool: str, body: str | None) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in _TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / tool).unlink()
    if body is not None:
        (tools / tool).write_text(f"#!/bin/sh\n{body}\n")
        (tools / tool).chmod(0o755)
    done = run(small, tmp_path / "files", str(tools))
    assert done.returncode == 1 and "refused: " in done.stderr and "holds" not in done.stdout


def test_a_script_that_arrived_in_part_says_nothing(small: Files, tmp_path: Path) -> None:
    whole = SCRIPT.read_text("utf-8")
    for name, content in (("policy", small.policy), ("proof", small.proof), ("entry", small.entry)):
        (tmp_path / name).write_bytes(content)
    for kept in range(1, 10):
        (tmp_path / "part.sh").write_text(whole[: len(whole) * kept // 10])
        given = ["/bin/sh", "part.sh", "policy", "proof", "entry"]
        done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "holds" not in done.stdout
