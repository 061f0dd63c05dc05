"""A state's later entry, read ahead of the directory: its officers decide, and nobody else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from node.directory.adopted import AdoptedTargets
from node.directory.ahead import digest_of, read_ahead
from node.directory.errors import DirectoryError, Expired, Forged, PublicationRefused, Substituted
from node.directory.repository import Change
from node.directory.submission import bundle
from protocol.wire import sha256
from tests.node.directory.conftest import Federation
from tests.node.directory.founded import Founded, moved, targets_draft
from tests.protocol.federation import BR, CO, PE, member_entry


@pytest.fixture
def founded(federation: Federation, tmp_path: Path) -> Founded:
    return Founded.found(federation, tmp_path / "repository")


@pytest.fixture
def adopted(founded: Founded) -> AdoptedTargets:
    return founded.repository.publish(
        Change(states={BR: founded.role(BR, 2, moved(BR))}, files={f"states/{BR}.json": moved(BR)}), now()
    )


def now() -> datetime:
    return datetime.now(UTC)


def test_the_directory_says_which_version_of_each_states_entry_it_has(adopted: AdoptedTargets) -> None:
    assert adopted.versions == {CO: 1, PE: 1, BR: 2}


def test_an_entry_signed_by_two_of_the_states_officers_is_read(founded: Founded, adopted: AdoptedTargets) -> None:
    role, file = founded.role(CO, 2, moved(CO)), moved(CO)
    ahead = read_ahead(role, file, adopted, now())
    assert (ahead.authority, ahead.version, ahead.role, ahead.file) == (CO, 2, role, file)
    assert ahead.digest == digest_of(role, file) == sha256(bundle(role, file))


def test_the_version_is_told_and_not_judged(founded: Founded, adopted: AdoptedTargets) -> None:
    assert read_ahead(founded.role(BR, 1, moved(BR)), moved(BR), adopted, now()).version == 1
    assert read_ahead(founded.role(CO, 9, moved(CO)), moved(CO), adopted, now()).version == 9


@pytest.mark.parametrize(
    ("signers", "days", "file", "refusal"),
    [
        (("PE0", "PE1"), 30, moved(CO), Forged),
        (("CO0",), 30, moved(CO), Forged),
        (("targets0", "targets1"), 30, moved(CO), Forged),
        (("CO0", "CO1"), -1, moved(CO), Expired),
        (("CO0", "CO1"), 30, moved(PE), Substituted),
    ],
    ids=["another state's officers", "one officer", "the members together", "past its date", "another entry than was signed"],
)
def test_what_two_of_its_officers_did_not_sign_now_is_refused(
    founded: Founded, adopted: AdoptedTargets, signers: tuple[str, ...], days: float, file: bytes, refusal: type[DirectoryError]
) -> None:
    with pytest.raises(refusal):
        read_ahead(founded.role(CO, 2, moved(CO), by=signers, days=days), file, adopted, now())


def test_a_state_that_is_no_member_any_more_says_nothing(founded: Founded, adopted: AdoptedTargets) -> None:
    targets = founded.federation.sign(targets_draft(founded.federation, founded.root, 2, (CO, BR)), "targets0", "targets1")
    without_peru = founded.repository.publish(
        Change(targets=targets, files={f"members/{state}.json": member_entry(state).to_bytes() for state in (CO, BR)}), now()
    )
    role = founded.role(PE, 2, moved(PE))
    assert read_ahead(role, moved(PE), adopted, now()).authority == PE
    with pytest.raises(PublicationRefused):
        read_ahead(role, moved(PE), without_peru, now())
