"""Stolen keys, word by word, in a running federation whose members hear of them from a neighbour alone. All of it is invented."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.signing import VerifyKey
from node.custody import Custody, open_vault
from node.directory.ceremony import fingerprint
from node.officers import Role
from node.signers import open_signer
from protocol import jws
from protocol.directory import Member
from tests.federation.running import BR, CO, PE, Federation, RunningNode, running_federation
from tests.federation.signing import adopt, by_the_federations_clock, sign_entry
from tests.node.cli.runbooks import RUNBOOKS, blocks, of_peru, run, shell_in
from tests.serving import wait_until

pytestmark = pytest.mark.federation
RUNBOOK = RUNBOOKS / "compromise.md"


SIGNING_FILES = ("signing.key", "next-signing.key")


@pytest.fixture
def federation(tmp_path: Path, rotated: bool) -> Iterator[Federation]:
    """Peru's node is down, for the runbook to run; its peers serve, and fetch no directory by themselves meanwhile.

    `rotated`: Peru has changed its signing key as planned, so that the key before still counts, beside the one in use.
    """
    with running_federation(tmp_path / "federation") as running:
        if rotated:
            before = running[PE].node.keys.signing.public
            with by_the_federations_clock(running) as celosia:
                assert celosia("keys", "next-signing", "--node", str(running.folder / PE)).code == 0
                sign_entry(running, celosia, PE, tmp_path / "planned")
            adopt(running)
            running[PE].node.rotate.beat()
            assert running[PE].node.keys.signing.public != before
        running[PE].node.officers.create("analyst-1", "An invented analyst", "STAFF-PE-1", [Role.ANALYST])
        running[PE].stop()
        yield running
        running[PE].start()  # for the federation's own end


def token(node: RunningNode, path: Path) -> str:
    """The file with a token of an administrator of `node`."""
    node.node.officers.create("admin-1", "An invented administrator", f"STAFF-{node.authority}-A", [Role.ADMINISTRATOR])
    path.write_text(node.node.officers.issue_token("admin-1"))
    return str(path)


def known_of_peru(federation: Federation) -> Member:
    """Peru, as Colombia has it, which only heard of it from Brazil."""
    return federation[CO].node.federation.directory.member(PE)


def ids(folder: Path) -> dict[str, str]:
    """The ids of the signing keys in a node's folder."""
    vault = open_vault(folder, Custody())
    paths = {name: folder / "keys" / name for name in SIGNING_FILES}
    return {name: jws.key_id(open_signer(vault, path).public) for name, path in paths.items() if path.exists()}


@pytest.mark.deep
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("rotated", "stolen"),
    [(False, SIGNING_FILES[:1]), (True, SIGNING_FILES[:1]), (True, SIGNING_FILES[1:]), (True, SIGNING_FILES)],
    ids=["the only one", "the one before", "the one in use", "both"],
)
def test_every_block_of_the_runbook_does_what_it_says_and_the_stolen_keys_count_nowhere(
    federation: Federation, tmp_path: Path, rotated: bool, stolen: tuple[str, ...]
) -> None:
    before = ids(federation.folder / PE)
    assert len(before) == 1 + rotated
    folder = tmp_path / "shell"
    folder.mkdir()
    signing, pins = set(known_of_peru(federation).record_keys()), known_of_peru(federation).tls_pins()
    directory = federation[CO].node.federation.directory.ref
    settings = federation[PE].node.settings
    variables = {
        "URL": federation[PE].url,
        "STOLEN": " ".join(stolen),
        "NEIGHBOUR_URL": federation[BR].url,
        "NEIGHBOUR_TOKEN": token(federation[BR], folder / "neighbour.token"),
        "DIRECTORY_URL": settings.directory.url,
        "ROOT_FINGERPRINT": fingerprint((federation.folder / PE / "root.json").read_bytes()),
    }
    with shell_in(folder, tmp_path, **of_peru(federation, folder), **variables) as shell:
        run(RUNBOOK, shell)
    assert signing
    assert pins
    wait_until(lambda: len(known_of_peru(federation).ahead) == 3, "Colombia to hear of all three from Brazil")
    of_the_theft = {jws.key_id(VerifyKey.from_bytes(period.key)) for period in known_of_peru(federation).ahead[1].signing}
    assert before.keys() >= set(stolen)
    assert of_the_theft & set(before.values()) == {before[name] for name in before.keys() - set(stolen)}
    assert set(ids(federation.folder / PE).values()) <= of_the_theft
    assert not signing & set(known_of_peru(federation).record_keys())
    assert not pins & known_of_peru(federation).tls_pins()
    assert federation[CO].node.federation.directory.ref == directory


def test_no_block_of_the_runbook_stands_apart_from_the_test() -> None:
    text = RUNBOOK.read_text("utf-8")
    assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(blocks(text))
