"""A bundle with one byte changed, each byte in its turn: refused, as it came and when it is packed anew around the change.

Nothing in the first bundle is meaningless: it has no more than it needs, and a ZIP's fields that nobody reads are printed again
and compared. The second one has all that a bundle may have. What may change there without harm are exactly the bytes that
`docs/spec/evidence.md` names ("Bytes that carry no meaning"), and the report is the same then.
"""

import json
import random
from collections.abc import Iterable

import pytest

from deploy.verify_bundle import verify
from node.directory.ceremony import fingerprint
from protocol.asic import unpack
from protocol.wire import sha256
from tests.deploy.fullest import IMPRINT, STRANGER, fullest
from tests.protocol.bundles import ROOT_DIGEST, bundle, holder, repacked

SAMPLE = 60
FILES = unpack(bundle())
FULLEST = fullest().to_bytes()
FULLEST_FILES = unpack(FULLEST)
LAST_ROOT = "directory/roots/2.json"
FULLEST_ROOT = sha256(FULLEST_FILES[LAST_ROOT])
Place = tuple[str, int]


def changed(raw: bytes, at: int, by: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]


def survivors(places: Iterable[int], by: int) -> list[int]:
    """Where a byte of the file could be changed without being noticed."""
    return [at for at in places if verify(changed(bundle(), at, by), ROOT_DIGEST).exit_code != 1]


def survivors_packed_anew(places: Iterable[Place], by: int) -> list[Place]:
    """Where a byte of a file in it could be changed by somebody who makes the container and its manifest anew."""
    return [
        (name, at)
        for name, at in places
        if verify(repacked(bundle(), {name: changed(FILES[name], at, by)}), ROOT_DIGEST).exit_code != 1
    ]


def inside() -> list[Place]:
    return [(name, at) for name, content in FILES.items() for at in range(len(content))]


def of_signatures(name: str, keyids: Iterable[str], by: int) -> set[Place]:
    """Where these holders' signatures stand in a file of metadata: digits that are others then."""
    content = FULLEST_FILES[name]
    made = [each for each in json.loads(content)["signatures"] if each["keyid"] in keyids]
    texts = [each[member].encode() for each in made for member in ("keyid", "sig")]
    places = [at for text in texts for at in range(content.index(text), content.index(text) + len(text))]
    return {(name, at) for at in places if chr(content[at] ^ by) in "0123456789abcdef"}


def without_meaning(by: int) -> set[Place]:
    """What the specification says that nobody looks at, as far as it is still metadata when it was changed."""
    found: set[Place] = set()
    for name, content in FULLEST_FILES.items():
        if name.endswith(".tst"):
            about = content.index(IMPRINT)
            found |= {(name, at) for at in range(len(content)) if not about <= at < about + len(IMPRINT) + 32}
        elif name.endswith("/timestamp.json"):  # one signature is needed: the Secretariat's
            found |= of_signatures(name, {holder(STRANGER).public_key.keyid}, by)
    # two of three holders are needed: any one may fail
    signers = (*(f"root {number}" for number in range(3)), STRANGER)
    return found | of_signatures("directory/roots/1.json", {holder(each).public_key.keyid for each in signers}, by)


def survivors_of_the_fullest(places: Iterable[Place], by: int, root: str = FULLEST_ROOT) -> set[Place]:
    """Where a byte could be changed and the bundle does not fail; the report then says what it said before."""
    before, found = verify(FULLEST, root), set[Place]()
    assert before.exit_code == 3
    for name, at in places:
        report = verify(repacked(FULLEST, {name: changed(FULLEST_FILES[name], at, by)}), root)
        if report.exit_code != 1:
            assert report.lines == before.lines, (name, at)
            found.add((name, at))
    return found


def test_a_sample_of_bytes() -> None:
    assert survivors(random.Random(1).sample(range(len(bundle())), SAMPLE), 1) == []  # noqa: S311  which bytes is no secret


def test_a_sample_of_bytes_packed_anew() -> None:
    assert survivors_packed_anew(random.Random(2).sample(inside(), SAMPLE), 1) == []  # noqa: S311


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("by", [1, 0x20, 0x80])
def test_every_byte(by: int) -> None:
    assert survivors(range(len(bundle())), by) == []


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("by", [1, 0x20])
def test_every_byte_packed_anew(by: int) -> None:
    assert survivors_packed_anew(inside(), by) == []


def test_a_byte_more_and_a_byte_less_at_each_seam() -> None:
    whole = bundle()
    seams = [at for at in range(len(whole)) if whole[at : at + 2] == b"PK"]
    for at in seams:
        assert verify(whole[:at] + b"\0" + whole[at:], ROOT_DIGEST).exit_code == 1
        assert verify(whole[: at - 1] + whole[at:], ROOT_DIGEST).exit_code == 1


def test_the_fullest_bundle_holds() -> None:
    report = verify(FULLEST, FULLEST_ROOT)
    # two opened entries come without the proof of when witnesses saw them first
    assert [line.code for line in report.lines if line.status != "note" and line.code.startswith("opened")] == [
        *("opened_undated", "opened_date", "opened", "opened_latest", "opened_date"),
    ]
    assert {line.code for line in report.lines if line.status in ("fails", "unsaid")} == {"opened_date"}
    for part in (".tst", "local-03.entry", "roots/1.json", "timestamp.json"):
        assert any(name.endswith(part) for name in FULLEST_FILES)


def test_a_sample_of_bytes_that_may_be_changed_and_of_others() -> None:
    allowed, chance = without_meaning(1), random.Random(3)  # noqa: S311
    others = [(name, at) for name, content in FULLEST_FILES.items() for at in range(len(content)) if (name, at) not in allowed]
    free = set(chance.sample(sorted(allowed), SAMPLE))
    assert survivors_of_the_fullest(free | set(chance.sample(others, SAMPLE)), 1) == free


def test_of_the_last_root_signatures_may_be_changed_only_where_its_fingerprint_was_given() -> None:
    named = "".join(fingerprint(FULLEST_FILES[LAST_ROOT]).split()).lower()
    signers = {holder(f"root {number}").public_key.keyid for number in range(4)}
    places = random.Random(4).sample(sorted(of_signatures(LAST_ROOT, signers, 1)), 10)  # noqa: S311
    assert survivors_of_the_fullest(places, 1, named) == set(places)
    assert survivors_of_the_fullest(places, 1) == set()


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_every_byte_of_what_the_fullest_bundle_has_besides() -> None:
    besides = {name: content for name, content in FULLEST_FILES.items() if FILES.get(name) != content}
    places = {(name, at) for name, content in besides.items() for at in range(len(content))}
    assert survivors_of_the_fullest(places, 1) == without_meaning(1)
