"""Founding a node: one folder with everything in it, for its owner only, and an entry that the directory can take."""

import dataclasses
import stat
import time
from itertools import product
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.signing import VerifyKey
from node.custody import Custody, KeysUnusable, open_vault
from node.entry import ENTRY_FILE, MEMBER_FILE
from node.founding import FolderNotEmpty, Founding, FoundingRefused, check, found
from node.keys import Keys
from node.settings import Settings, SettingsError
from node.store.database import Database
from node.store.tables import IndexList, ListEpoch
from node.tls.certificates import spki_pin
from node.tls.errors import BadMaterial
from protocol.directory import Contact, WorkingEntry
from protocol.members import MemberKeys
from tests.node.holders import PUBLIC
from tests.protocol.federation import BR, CO, DAY, PE, seeded

FOUNDING = Founding(
    authority=CO,
    peer_host="127.0.0.1",
    peer_port=8443,
    national_port=8080,
    directory_url="https://127.0.0.1:9443",
    directory_tls_authority=b"an invented certificate",
    directory_root=b"an invented root",
    root_fingerprint="ab" * 32,
    contact=Contact(id="cp-1", email="duty@co.example", phone="+00000000000", languages=("es",)),
    audit_holders=PUBLIC,
    audiences=((CO, PE), (BR, CO)),
)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WorkingEntry]:
    folder = tmp_path_factory.mktemp("nodes") / "CO"
    return folder, found(folder, FOUNDING)


def test_the_entry_lies_in_the_folder_as_the_directory_will_read_it(founded: tuple[Path, WorkingEntry]) -> None:
    folder, entry = founded
    assert WorkingEntry.from_bytes((folder / ENTRY_FILE).read_bytes()) == entry
    assert (entry.authority, entry.peer_url, entry.contacts) == (CO, "https://127.0.0.1:8443", (FOUNDING.contact,))


def test_the_entry_s_keys_are_those_of_the_folder(founded: tuple[Path, WorkingEntry]) -> None:
    folder, entry = founded
    keys = Keys.read(open_vault(folder, Custody()))
    (period,) = entry.signing
    assert bytes(VerifyKey.from_bytes(period.key)) == bytes(keys.signing.public)
    assert entry.sealing_key == bytes(keys.sealing.public)
    assert entry.tls_pins == (spki_pin((folder / "tls" / "leaf.pem").read_bytes()),)
    assert entry.tls_authority == (folder / "tls" / "authority.pem").read_text("ascii")
    for listed in entry.lists:
        (epoch,) = listed.epochs
        assert epoch.key == bytes(keys.epoch_key(CO, listed.list, epoch.epoch).public)


def test_there_are_lists_of_identifiers_and_of_people_for_all_and_for_each_named_set(founded: tuple[Path, WorkingEntry]) -> None:
    folder, entry = founded
    storage = Keys.read(open_vault(folder, Custody())).storage
    database = Database(f"sqlite:///{folder / 'database.sqlite'}", storage, seeded("x"), lambda: 0)
    with database.read() as work:
        lists = {row.id: (row.audience, row.entropy) for row in work.session.exec(select(IndexList)).all()}
        epochs = {row.list_id: row.epoch for row in work.session.exec(select(ListEpoch)).all()}
    database.close()
    assert sorted(lists.values()) == sorted(product(("BR CO", "CO PE", "all"), ("identifiers", "name_keys")))
    assert epochs == dict.fromkeys(lists, 1)
    assert {listed.list: listed.entropy for listed in entry.lists} == {each: entropy for each, (_, entropy) in lists.items()}
    assert all(listed.audience == ("all" if lists[listed.list][0] == "all" else "set") for listed in entry.lists)
    assert all(
        (each.daily_per_asker, each.daily_per_officer, each.epoch_cap) == (16_384, 8_192, 1_000_000) for each in entry.lists
    )


def test_epochs_and_keys_are_in_force_now_and_end(founded: tuple[Path, WorkingEntry]) -> None:
    _, entry = founded
    now = int(time.time())
    (period,) = entry.signing
    (epoch,) = entry.lists[0].epochs
    assert period.not_before < now < period.not_after <= now + 365 * DAY
    assert epoch.not_before < now < epoch.not_after <= now + 14 * DAY


def test_the_settings_are_read_back_as_they_were_decided(founded: tuple[Path, WorkingEntry]) -> None:
    folder, _ = founded
    settings = Settings.read(folder)
    assert (settings.authority, settings.peer.host, settings.peer.port, settings.national.port) == (CO, "127.0.0.1", 8443, 8080)
    assert settings.directory.url == FOUNDING.directory_url
    assert (folder / settings.directory.root).read_bytes() == FOUNDING.directory_root
    assert (folder / settings.directory.tls_authority).read_bytes() == FOUNDING.directory_tls_authority


def test_nobody_but_the_owner_can_look_in(founded: tuple[Path, WorkingEntry]) -> None:
    folder, _ = founded
    for each in (folder, folder / "keys", folder / "keys" / "epochs", folder / "tls"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700, each.name
    for secret in [*(folder / "keys").rglob("*.*"), *(folder / "tls").glob("*.key")]:
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret.name


def test_an_empty_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    found(tmp_path, FOUNDING)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_what_the_member_states_sign_has_the_keys_that_the_node_logs_and_witnesses_with(
    founded: tuple[Path, WorkingEntry],
) -> None:
    folder, _ = founded
    keys = Keys.read(open_vault(folder, Custody()))
    told = MemberKeys.from_bytes((folder / MEMBER_FILE).read_bytes())
    assert told == MemberKeys.of(CO, keys.log.public, keys.witness.public)
    assert keys.log.public != keys.witness.public


def test_the_entry_carries_no_secret(founded: tuple[Path, WorkingEntry]) -> None:
    folder, entry = founded
    vault = open_vault(folder, Custody())
    secrets = [vault.read(path) for path in vault.sealed_files()]
    assert len(secrets) == 10 + len(entry.lists)
    printed = entry.to_bytes()
    for secret in secrets:
        assert secret not in printed
        assert secret.hex().encode() not in printed
    assert b"PRIVATE" not in printed


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("theirs")
    with pytest.raises(FolderNotEmpty):
        found(tmp_path, FOUNDING)
    assert [path.name for path in tmp_path.iterdir()] == ["something"]


def test_a_node_is_founded_once(founded: tuple[Path, WorkingEntry]) -> None:
    folder, _ = founded
    with pytest.raises(FolderNotEmpty):
        found(folder, FOUNDING)


@pytest.mark.parametrize(
    "change",
    [
        {"extra_settings": "\n[safeguards]\nfour_eyes = false\n"},
        {"extra_settings": "\n[beats]\nremovals = -1\n"},
        {"peer_port": 70_000},
        {"peer_host": 'quoted"host'},
    ],
)
def test_settings_that_do_not_fit_are_refused_before_any_key_is_made(tmp_path: Path, change: dict[str, object]) -> None:
    folder = tmp_path / "CO"
    with pytest.raises(SettingsError):
        found(folder, dataclasses.replace(FOUNDING, **change))  # type: ignore[arg-type]
    assert not folder.exists()
    with pytest.raises(KeysUnusable):
        open_vault(folder, Custody())


def test_a_folder_that_was_there_stays_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        found(tmp_path, dataclasses.replace(FOUNDING, peer_port=70_000))
    assert list(tmp_path.iterdir()) == []


def test_what_fails_after_the_keys_were_made_leaves_no_key(tmp_path: Path) -> None:
    with pytest.raises(BadMaterial):
        found(tmp_path / "CO", dataclasses.replace(FOUNDING, peer_host="Not.Lower.Case"))
    assert not (tmp_path / "CO").exists()


def test_an_invented_root_is_refused_before_its_fingerprint_is_looked_at() -> None:
    with pytest.raises(FoundingRefused) as refused:
        check(FOUNDING)
    assert refused.value.code == "root_unusable"
