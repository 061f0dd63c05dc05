"""A node's keys: made once, for their owner only, refused when others could have read them, and never shown."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.group import Scalar
from node.custody import Custody, KeyFault, KeysUnusable, Vault, new_vault, open_vault
from node.custody.holders import holders_file
from node.keys import Keys, make_keys
from tests.node.conftest import new_keys
from tests.node.holders import FIRST, PUBLIC, SECOND
from tests.protocol.federation import BR, CO, PE, seeded

NEEDED = (
    *("signing.key", "log.key", "witness.key", "sealing.key", "storage.key", "digest.key", "pseudonym.key", "protected.key"),
    "audit.pub",
)
ALL = (*NEEDED, "node.key")
LIST = "a0" * 16


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_keys(tmp_path)
    return tmp_path / "keys"


@pytest.fixture
def vault(folder: Path) -> Vault:
    return open_vault(folder.parent, Custody())


def refusal(folder: Path) -> KeysUnusable:
    """What is said of a folder that cannot be used."""
    with pytest.raises(KeysUnusable) as caught:
        Keys.read(open_vault(folder.parent, Custody()))
    return caught.value


def test_a_new_node_gets_one_file_a_key_and_a_folder_for_its_epochs(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {*ALL, "epochs"}
    assert list((folder / "epochs").iterdir()) == []


def test_nobody_but_the_owner_can_read_any_of_them(folder: Path) -> None:
    for name in ALL:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    for each in (folder, folder / "epochs"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700


def test_no_two_keys_are_equal_and_none_lies_in_clear(folder: Path, vault: Vault) -> None:
    sealed = [path for path in folder.iterdir() if path.name not in ("node.key", "audit.pub", "epochs")]
    assert sorted(sealed) == list(vault.sealed_files())
    secrets = {vault.read(path) for path in sealed}
    assert len(secrets) == len(sealed) == 8
    on_disk = b"".join(path.read_bytes() for path in folder.rglob("*.*"))
    for secret in secrets:
        assert secret not in on_disk
        assert secret.hex().encode() not in on_disk


@pytest.mark.parametrize("lost", [None, *ALL])
def test_keys_are_never_overwritten_whichever_of_them_was_lost(folder: Path, vault: Vault, lost: str | None) -> None:
    if lost is not None:
        (folder / lost).unlink()
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(KeysUnusable) as caught:
        make_keys(vault, os.urandom, PUBLIC)
    assert caught.value.fault is KeyFault.MADE_ONCE
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_node_key_that_is_there_is_not_overwritten(folder: Path) -> None:
    before = (folder / "node.key").read_bytes()
    with pytest.raises(KeysUnusable) as caught:
        new_vault(folder.parent, Custody())
    assert caught.value.fault is KeyFault.EXISTS
    assert (folder / "node.key").read_bytes() == before


def test_what_was_made_is_read_the_same_each_time(vault: Vault) -> None:
    first, second = Keys.read(vault), Keys.read(vault)
    assert bytes(first.signing.public) == bytes(second.signing.public)
    assert first.digest("network", b"x") == second.digest("network", b"x")
    assert first.protected_mark(b"x") == second.protected_mark(b"x")


@pytest.mark.parametrize("name", [*NEEDED, "node.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_could_read_is_refused_by_name(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode)
    told = refusal(folder)
    assert told.fault is KeyFault.OPEN_TO_OTHERS
    assert str(told.facts["file"]).endswith(name)


@pytest.mark.parametrize("name", [*NEEDED, "node.key"])
def test_a_missing_key_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    told = refusal(folder)
    assert told.fault is KeyFault.MISSING
    assert str(told.facts["file"]).endswith(name)


NO_KEYS = {
    "empty": b"",
    "words": b"not a sealed key",
    "bytes": b"\xff\xfe" * 32,
    "in clear": b"00" * 32,
    "another form": b"celosia-sealed-9 key:0000000000000000 AAAA",
    "no base64": b"celosia-sealed-1 key:0000000000000000 ????",
    "far too long": b"celosia-sealed-1 key:0000000000000000 " + b"A" * 20_000,
}


@pytest.mark.parametrize("content", NO_KEYS.values(), ids=list(NO_KEYS))
@pytest.mark.parametrize("name", NEEDED)
def test_a_file_that_is_no_key_is_named_and_not_repeated(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    told = refusal(folder)
    assert told.fault is KeyFault.NOT_A_KEY
    assert str(told.facts["file"]).endswith(name)
    assert content == b"" or content.decode("ascii", "replace") not in str(told)


@pytest.mark.parametrize("name", [name for name in NEEDED if name.endswith(".key")])
@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_a_sealed_secret_of_another_length_is_no_key(folder: Path, vault: Vault, name: str, secret: bytes) -> None:
    vault.write(folder / name, secret)
    assert refusal(folder).fault is KeyFault.NOT_A_KEY


def test_32_bytes_that_are_no_scalar_are_no_protected_key(folder: Path, vault: Vault) -> None:
    vault.write(folder / "protected.key", b"\xff" * 32)
    told = refusal(folder)
    assert told.fault is KeyFault.NOT_A_KEY
    assert "ffff" not in str(told)


def test_two_keys_that_somebody_swapped_are_refused(folder: Path, vault: Vault) -> None:
    """Weakened copy: sealed without their names bound, both would open, and the digests of a year would meet nothing any more."""
    one, other, kept = folder / "digest.key", folder / "pseudonym.key", folder / "kept"
    shutil.move(one, kept)
    shutil.move(other, one)
    shutil.move(kept, other)
    assert refusal(folder).fault is KeyFault.ALTERED


def test_of_what_opens_past_questions_a_node_has_the_public_keys_alone(folder: Path, vault: Vault) -> None:
    assert Keys.read(vault).holders == PUBLIC
    secrets = [holder.reveal() for holder in (FIRST, SECOND)]
    assert not any(secret in path.read_bytes() for path in folder.glob("*.*") for secret in secrets)


def test_a_node_with_one_audit_key_for_everything_is_told_what_it_lacks(folder: Path) -> None:
    (folder / "audit.pub").write_bytes(holders_file(PUBLIC).splitlines(keepends=True)[0])
    assert refusal(folder).fault is KeyFault.TOO_FEW_HOLDERS


def test_keys_are_not_made_for_one_holder_alone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="different holders"):
        make_keys(new_vault(tmp_path, Custody()), os.urandom, PUBLIC[:1])


def test_keys_do_not_show_themselves(folder: Path, vault: Vault) -> None:
    keys = Keys.read(vault)
    shown = f"{keys!r} {keys} {keys.signing!r} {keys.storage!r} {vault!r} {vars(vault)!r}"
    for path in vault.sealed_files():
        assert vault.read(path).hex() not in shown
        assert repr(vault.read(path)) not in shown
    assert (folder / "node.key").read_text().strip() not in shown
    assert repr(keys) == object.__repr__(keys)


# What they are used for


@pytest.fixture
def keys(vault: Vault) -> Keys:
    return Keys.read(vault)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.tuples(st.text(max_size=8), st.binary(max_size=8)), st.tuples(st.text(max_size=8), st.binary(max_size=8)))
def test_digests_meet_exactly_when_purpose_and_value_do(keys: Keys, one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    assert (keys.digest(*one) == keys.digest(*other)) == (one == other)


def test_two_nodes_cannot_compare_their_digests_pseudonyms_or_marks(keys: Keys, tmp_path: Path) -> None:
    other = new_keys(tmp_path / "other")
    assert keys.digest("network", b"x") != other.digest("network", b"x")
    assert keys.pseudonym("officer", PE) != other.pseudonym("officer", PE)
    assert keys.protected_mark(b"x") != other.protected_mark(b"x")


def test_an_officer_has_one_pseudonym_a_peer_and_two_peers_cannot_join_theirs(keys: Keys) -> None:
    assert keys.pseudonym("a", PE) == keys.pseudonym("a", PE)
    assert len({keys.pseudonym(officer, peer) for officer in ("a", "b") for peer in (PE, BR)}) == 4
    assert len(keys.pseudonym("a", PE)) == 16


def test_a_mark_is_a_group_element_and_no_digest(keys: Keys) -> None:
    mark = keys.protected_mark(b"x")
    assert len(bytes.fromhex(mark)) == 32
    assert mark not in (keys.digest("protected", b"x"), Scalar.random(seeded("another key")).reveal().hex())


# Epochs


def test_an_epoch_s_key_is_made_once_and_read_again(keys: Keys, folder: Path) -> None:
    made = keys.new_epoch(CO, LIST, 1, os.urandom)
    assert bytes(keys.epoch_key(CO, LIST, 1).public) == bytes(made.public)
    (seed,) = (folder / "epochs").iterdir()
    assert stat.S_IMODE(seed.stat().st_mode) == 0o600
    with pytest.raises(KeysUnusable, match="exists"):
        keys.new_epoch(CO, LIST, 1, os.urandom)
    assert bytes(keys.epoch_key(CO, LIST, 1).public) == bytes(made.public)


def test_each_authority_list_and_epoch_has_another_key_from_the_same_seed(keys: Keys) -> None:
    def always(size: int) -> bytes:
        return bytes(size)

    places = [(CO, LIST, 1), (CO, LIST, 2), (CO, "b0" * 16, 1)]
    made = [keys.new_epoch(*place, always) for place in places]
    made.append(keys.epoch_key(PE, LIST, 1))
    assert len({bytes(key.public) for key in made}) == 4


def test_an_epoch_whose_seed_was_destroyed_has_no_key_any_more(keys: Keys, folder: Path) -> None:
    keys.new_epoch(CO, LIST, 1, os.urandom)
    (folder / "epochs" / f"{LIST}-1.seed").unlink()
    with pytest.raises(KeysUnusable, match=LIST):
        keys.epoch_key(CO, LIST, 1)


def test_an_epoch_s_seed_that_others_could_read_is_refused(keys: Keys, folder: Path) -> None:
    keys.new_epoch(CO, LIST, 1, os.urandom)
    (folder / "epochs" / f"{LIST}-1.seed").chmod(0o644)
    with pytest.raises(KeysUnusable, match="open_to_others"):
        keys.epoch_key(CO, LIST, 1)
