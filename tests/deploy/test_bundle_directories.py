"""What somebody tries with the directories in a bundle: each attempt is refused, by its name."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from deploy.verify_bundle import verify
from node.directory import ceremony
from protocol.asic import unpack
from protocol.authority import Authority
from protocol.directory import SigningPeriod
from protocol.evidence import DirectoryEvidence, LogEvidence
from protocol.wire import to_base64url
from tests.deploy.verdicts import of, told
from tests.protocol.bundles import (
    BEFORE,
    EC,
    MEMBERS,
    NEWEST,
    ROOT_DIGEST,
    SEEN,
    UY,
    Exchange,
    assembled,
    bundle,
    date,
    holder,
    member_file,
    origin,
    policy_file,
    repacked,
    roots,
    secret_of,
    signed,
)
from tests.protocol.federation import CO, DAY, NOW, PE, working_entry

FILES = unpack(bundle())
TARGETS = "directory/3/targets.json"


def test_another_root() -> None:
    report = verify(bundle(), sha256(roots()[0]).hexdigest())
    assert [line.code for line in report.lines if line.status == "fails"] == ["other_root"]


@pytest.mark.parametrize("name", ["directory/roots/1.json", TARGETS, "directory/5/timestamp.json", "directory/3/roles/CO.json"])
def test_metadata_that_too_few_signed(name: str) -> None:
    raw = FILES[name]
    start = raw.index(b'"signatures":[') + len(b'"signatures":[')
    first = raw.index(b"}", start) + 1
    rest = raw[first + 1 :] if raw[first : first + 1] == b"," else raw[first:]
    assert told(repacked(bundle(), {name: raw[:start] + rest})) == "too_few_signed"


def test_one_holder_who_signs_twice() -> None:
    raw = FILES[TARGETS]
    start = raw.index(b'"signatures":[') + len(b'"signatures":[')
    first = raw[start : raw.index(b"}", start) + 1]
    assert told(repacked(bundle(), {TARGETS: raw[:start] + first + b"," + first + raw[raw.index(b"]", start) :]})) == "malformed"


def test_files_of_another_directory() -> None:
    other = {"directory/3/states/CO.json": working_entry(CO, peer_url="https://moved.example:8443").to_bytes()}
    assert told(repacked(bundle(), other)) == "other_file"
    assert told(repacked(bundle(), {"directory/3/snapshot.json": FILES["directory/4/snapshot.json"]})) == "other_file"
    both = {f"directory/3/{name}.json": FILES[f"directory/4/{name}.json"] for name in ("snapshot", "timestamp", "targets")}
    assert told(repacked(bundle(), both)) == "other_version"


def test_a_directory_that_no_log_adopted() -> None:
    extra = Exchange().directories()[NEWEST]
    evidence = Exchange().evidence()
    elsewhere = replace(Exchange(), policy=lambda _: policy_file(witness_faults=0)).directories()[BEFORE]
    swapped = replace(evidence, directories={**evidence.directories, BEFORE: elsewhere})
    assert told(swapped.to_bytes()) == "other_directory"
    without = Exchange(after=False).evidence()
    surplus = replace(without, directories={**without.directories, 4: Exchange().directories()[4], NEWEST: extra})
    assert told(surplus.to_bytes()) == "surplus"


def test_an_older_root_that_somebody_invented() -> None:
    """It names the real holders besides the inventor's own keys, so the real second root follows it: the chain leads forward."""
    draft = ceremony.draft_root(
        version=1,
        expires=date(NOW + 700 * DAY),
        root_keys=[holder(name).public_key for name in ("root 0", "root 1", "invented 0", "invented 1")],
        targets_keys=[holder(name).public_key for name in ("invented 0", "invented 1")],
        online_key=holder("invented online").public_key,
    )
    invented = signed(draft, "invented 0", "invented 1")
    evidence = Exchange().evidence()
    ours = replace(evidence, roots=(invented, roots()[1]))
    # nothing in the bundle stands under it alone, so nothing is lost
    assert verify(ours.to_bytes(), ROOT_DIGEST).exit_code == 0
    # directories of that time, with every key of Colombia's as the inventor likes it, hold under it; no log adopted them
    own = {version: inventors(version, invented) if version < NEWEST else each for version, each in evidence.directories.items()}
    assert told(replace(ours, directories=own).to_bytes()) == "other_directory"


def inventors(version: int, root: bytes) -> DirectoryEvidence:
    """A directory of the inventor's, sound under that root."""
    files = {state: member_file(state) for state in MEMBERS}
    entry = working_entry(CO, signing=(SigningPeriod(key=bytes(secret_of("x").public), not_before=0, not_after=NOW + DAY),))
    appointed = {
        state: ceremony.Officers([holder(f"invented {number}").public_key for number in range(2)]) for state in map(str, MEMBERS)
    }
    targets = ceremony.draft_targets(
        version=version,
        expires=date(NOW + DAY),
        members={str(state): raw for state, raw in files.items()},
        policy=policy_file(),
        officers=appointed,
        root=root,
    )
    entries = {CO: entry.to_bytes(), PE: working_entry(PE).to_bytes()}
    drafts = {state: ceremony.draft_state(state, version, date(NOW + DAY), raw) for state, raw in entries.items()}
    roles = {state: signed(draft, "invented 0", "invented 1") for state, draft in drafts.items()}
    top = signed(targets, "invented 0", "invented 1")
    return assembled(version, top, roles, {"policy.json": policy_file()}, files, entries, "invented online")


class SplitView(Exchange):
    """Peru was shown another directory under the same number."""

    def side(self, state: Authority, peer: Authority, digests: Sequence[str]) -> LogEvidence:
        shown = replace(self, policy=lambda version: policy_file(witness_faults=FAULTS_SHOWN[version]))
        return Exchange.side(self if state == CO else shown, state, peer, digests)


FAULTS_SHOWN = {BEFORE: 0, 4: 1, NEWEST: 1}


def test_two_directories_under_one_number() -> None:
    assert of(SplitView()) == "other_directory"


def test_a_member_whose_log_is_named_like_anothers() -> None:
    def members(_version: int, state: Authority) -> bytes:
        other = secret_of("log of CO")
        named = {"origin": origin(CO, other), "key": to_base64url(bytes(other.public))}
        return member_file(state, log=named) if state == PE else member_file(state)

    assert of(Exchange(members=members)) == "shape"


def test_one_witness_under_two_members_counts_for_neither() -> None:
    def members(_version: int, state: Authority) -> bytes:
        one = bytes(secret_of("witness of BR").public)
        name = f"celosia/{state}/witness/{sha256(one).hexdigest()[:8]}"
        return member_file(state, witness={"name": name, "key": to_base64url(one)}) if state == EC else member_file(state)

    # of five members three are left, and two of them cosign
    assert of(Exchange(members=members)) == "unknown_line"
    shared = Exchange(members=members, early=((UY, SEEN),), late=((UY, SEEN),), interval=None)
    assert of(shared) == "too_few_witnesses"
