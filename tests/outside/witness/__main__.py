"""Shows a witness that nobody here wrote, aics-witness, cosigning a log of ours: `make outside-witness PYTHON312=…`.

It needs Python 3.12 or later and gets an environment of its own, from `requirements.lock`. What it answers is read by our code,
and what it refuses must be what our own witness refuses. The outcome is checked by `check_proof.sh`, too. Ends with 0 if all of
it held.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2

from crypto.note import NoteKey
from protocol.checkpoint import Quorum, parse_checkpoint, read_checkpoint, witnessed_at
from protocol.tlog_policy import LogPolicy
from protocol.tlog_proof import LogProof
from protocol.witnessing import AddCheckpoint, Refusal, Refused, Seen, decide, read_cosignatures, read_size
from tests.federation.running import free_port
from tests.outside.trees import Log, entries_of
from tests.serving import wait_until

NAME: Final = "an-office.example/w1"
SIZES: Final = (1, 300, 700, 1000)
HERE: Final = Path(__file__).parent
STATUS: Final = {
    Refusal.UNKNOWN_LOG: 404,
    Refusal.NOT_SIGNED: 403,
    Refusal.OLD_IS_LARGER: 400,
    Refusal.OTHER_SIZE: 409,
    Refusal.OTHER_ROOT: 422,
    Refusal.BAD_PROOF: 422,
}


def main(python: str) -> None:
    """Install it in a folder that goes afterwards, run it, and ask it. AssertionError where it does not do as is said here."""
    with TemporaryDirectory(prefix="celosia-witness-") as name:
        folder = Path(name)
        program = installed(python, folder / "environment")
        log = Log.of(entries_of(SIZES[-1]))
        named = ["--config", str(folder / "witness.json")]
        said = called(program, "init", *named, "--name", NAME)
        [key] = [NoteKey.from_text(word) for word in said.split() if word.startswith(f"{NAME}+")]
        print(f"it says that its key is {key.to_text()}")
        called(program, "add-log", *named, "--origin", log.origin, "--vkey", log.key.to_text())
        with running(program, *named) as url, httpx2.Client(trust_env=False) as http:
            cosigned = grow(http, url, log, key)
            refuse(http, url, log)
            kept = http.get(f"{url}/{sha256(log.origin.encode()).hexdigest()}/checkpoint").content
        assert read_checkpoint(kept, log.key, [key]).checkpoint == read_checkpoint(cosigned, log.key).checkpoint
        print("it shows the checkpoint that it cosigned last")
        prove(folder, log, key, cosigned)
        print("evidence that it kept:", called(program, "status", *named).strip().replace("\n", " | "))


def installed(python: str, environment: Path) -> Path:
    """The program, in an environment of this Python. Ends the run where that is too old or not there."""
    asked = "import sys; sys.exit(sys.version_info < (3, 12))"
    if shutil.which(python) is None or subprocess.run([python, "-c", asked], check=False).returncode:
        sys.exit(
            f"aics-witness needs Python 3.12 or later; {python} is none. Name one: make outside-witness PYTHON312=/…/python3.12"
        )
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(HERE / "requirements.lock")], check=True)
    return environment / "bin/aics-witness"


def called(program: Path, *arguments: str) -> str:
    return subprocess.run([str(program), *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def running(program: Path, *named: str) -> Iterator[str]:
    """The witness on a free port of the loopback; yields its address."""
    port = free_port()
    process = subprocess.Popen([str(program), "serve", *named, "--listen", f"127.0.0.1:{port}"])
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, "the witness ended"
        try:
            return httpx2.get(f"{url}/healthz", trust_env=False).status_code == httpx2.codes.OK
        except httpx2.TransportError:
            return False

    try:
        wait_until(answers, "the witness")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def ask(http: httpx2.Client, url: str, asked: bytes) -> httpx2.Response:
    return http.post(f"{url}/add-checkpoint", content=asked)


def grow(http: httpx2.Client, url: str, log: Log, key: NoteKey) -> bytes:
    """Have every size cosigned, each from the one before. Returns the last checkpoint with its cosignature."""
    cosigned, old = b"", 0
    for size in SIZES:
        grown = Log.of(log.entries[:size])
        asked = grown.request(old) if old else AddCheckpoint(0, (), parse_checkpoint(grown.checkpoint())).to_bytes()
        answer = ask(http, url, asked)
        assert answer.status_code == httpx2.codes.OK, (size, answer.status_code, answer.text)
        signed = read_cosignatures(answer.content, read_checkpoint(grown.checkpoint(), log.key), key)
        print(f"from {old} to {size} entries: cosigned at {witnessed_at(signed, Quorum(1, (key,)))}")
        cosigned, old = signed.raw, size
    return cosigned


def refuse(http: httpx2.Client, url: str, log: Log) -> None:
    """Ask for what no witness may cosign, and compare with what ours says."""
    size = SIZES[-1]
    seen = Seen(size, parse_checkpoint(log.checkpoint()).checkpoint.root)
    longer = Log.of(entries_of(size + 10))
    forked = parse_checkpoint(log.checkpoint(root=bytes(32)))
    other = Log.of(log.entries[1:])
    cases = {
        "a fork": AddCheckpoint(size, (), forked),
        "another history": AddCheckpoint.from_bytes(longer.request(size)),
        "another size than it has seen": AddCheckpoint.from_bytes(log.request(700)),
        "a log that shrank": AddCheckpoint(size, (), parse_checkpoint(other.checkpoint())),
        "a thief's key": AddCheckpoint(size, (), parse_checkpoint(log.signed_by("a thief").checkpoint())),
        "a log that nobody told it of": AddCheckpoint(size, (), parse_checkpoint(stranger(log).checkpoint())),
    }
    for name, asked in cases.items():
        ours = decide(asked, log.key, seen)
        assert isinstance(ours, Refused), name
        answer = ask(http, url, asked.to_bytes())
        print(f"{name}: it says {answer.status_code}, our witness {ours.why}")
        assert answer.status_code == STATUS[ours.why], name
        if ours.why is Refusal.OTHER_SIZE:
            assert read_size(answer.content) == ours.size == size


def stranger(log: Log) -> Log:
    return Log(log.entries, log.stored, "celosia/EC/log/00000000", "a stranger")


def prove(folder: Path, log: Log, key: NoteKey, cosigned: bytes) -> None:
    """Have a proof under the cosigned checkpoint checked by openssl and coreutils."""
    proof = LogProof.from_bytes(log.proof(700, cosigned))
    policy = LogPolicy((log.key,), Quorum(1, (key,)))
    contents = {"policy": policy.to_bytes(), "proof": proof.to_bytes(), "entry": log.entries[700]}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    given = ["sh", str(HERE.parent / "check_proof.sh"), *(str(folder / name) for name in contents)]
    print(subprocess.run(given, check=True, capture_output=True, text=True, env=os.environ).stdout.strip())


if __name__ == "__main__":
    main(sys.argv[1])
