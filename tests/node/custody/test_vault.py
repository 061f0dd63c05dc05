"""Secrets at rest: sealed, bound to their names, and sealed anew under another key at any moment and after any crash."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto import stretching
from crypto.stretching import Cost
from node.custody import Custody, KeyFault, KeysUnusable, Vault, new_vault, open_vault
from node.custody import secrets as secrets_module

CHEAP = Cost(1, 8 << 20)
OLD, NEW = "six invented words of no meaning", "seven other invented words of no meaning"
ENVIRONMENT = {"OLD": OLD, "NEW": NEW, "KEY": "11" * 32, "OTHER": "22" * 32}
SECRETS = {"keys/signing.key": b"a", "keys/storage.key": b"b" * 32, "keys/epochs/l-1.seed": b"c" * 32, "tls/leaf.key": b"PEM"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("keys/epochs", "tls"):
        (tmp_path / name).mkdir(mode=0o700, parents=True)
    (tmp_path / "tls" / "leaf.pem").write_text("a certificate is no secret")
    return tmp_path


def opened(folder: Path, **custody: str) -> Vault:
    return open_vault(folder, Custody(**custody), environment=ENVIRONMENT, cost=CHEAP)


def fill(vault: Vault) -> None:
    for name, secret in SECRETS.items():
        vault.write(vault.folder / name, secret)


def held(vault: Vault) -> dict[str, bytes]:
    return {name: vault.read(vault.folder / name) for name in SECRETS}


def fault_of(vault: Vault, path: Path) -> KeyFault:
    with pytest.raises(KeysUnusable) as caught:
        vault.read(path)
    assert caught.value.facts == {"file": str(path)}
    return caught.value.fault


@pytest.mark.parametrize("custody", [{"node": "env:KEY"}, {"passphrase": "env:OLD"}, {}], ids=["key", "passphrase", "default"])
def test_what_is_sealed_is_read_again_and_lies_nowhere_in_clear(folder: Path, custody: dict[str, str]) -> None:
    if not custody:
        new_vault(folder, Custody())
    fill(opened(folder, **custody))
    assert held(opened(folder, **custody)) == SECRETS
    for path in opened(folder, **custody).sealed_files():
        assert path.stat().st_mode & 0o777 == 0o600
        assert SECRETS["keys/storage.key"] not in path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(secret=st.binary(max_size=600), at=st.integers(0, 2000), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_opens_nothing(folder: Path, secret: bytes, at: int, bit: int) -> None:
    vault, path = opened(folder, node="env:KEY"), folder / "keys" / "signing.key"
    vault.write(path, secret)
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] ^= 1 << bit
    path.write_bytes(raw)
    assert fault_of(vault, path) in (KeyFault.ALTERED, KeyFault.ANOTHER_KEY, KeyFault.NOT_A_KEY)


@pytest.mark.parametrize("custody", [{"node": "env:KEY"}, {"passphrase": "env:OLD"}], ids=["key", "passphrase"])
def test_a_file_under_another_name_does_not_open(folder: Path, custody: dict[str, str]) -> None:
    vault = opened(folder, **custody)
    fill(vault)
    shutil.copy(folder / "keys/storage.key", folder / "keys/digest.key")
    shutil.copy(folder / "keys/storage.key", folder / "tls/storage.key")
    for moved in ("keys/digest.key", "tls/storage.key"):
        assert fault_of(vault, folder / moved) in (KeyFault.ALTERED, KeyFault.WRONG_PASSPHRASE)


def test_a_file_that_is_moved_by_the_vault_opens_under_its_new_name_only(folder: Path) -> None:
    vault = opened(folder, node="env:KEY")
    fill(vault)
    vault.move(folder / "keys/storage.key", folder / "keys/digest.key")
    assert vault.read(folder / "keys/digest.key") == SECRETS["keys/storage.key"]
    assert not (folder / "keys/storage.key").exists()


def test_a_wrong_passphrase_and_another_node_key_are_told_apart_from_each_other(folder: Path) -> None:
    fill(opened(folder, passphrase="env:OLD"))
    path = folder / "keys/signing.key"
    assert fault_of(opened(folder, passphrase="env:NEW"), path) is KeyFault.WRONG_PASSPHRASE
    assert fault_of(opened(folder, node="env:KEY"), path) is KeyFault.ANOTHER_KEY
    fill(opened(folder, node="env:KEY"))
    assert fault_of(opened(folder, node="env:OTHER"), path) is KeyFault.ANOTHER_KEY
    assert fault_of(opened(folder, passphrase="env:OLD"), path) is KeyFault.ANOTHER_KEY


def test_a_passphrase_is_stretched_once_however_many_files_there_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bytes] = []

    def counting(words: bytes, salt: bytes, cost: Cost) -> bytes:
        calls.append(salt)
        return stretching.stretch(words, salt, cost)

    monkeypatch.setattr(secrets_module, "stretch", counting)
    fill(opened(folder, passphrase="env:OLD"))
    assert len(calls) == 1
    vault = opened(folder, passphrase="env:OLD")
    assert held(vault) == SECRETS
    vault.write(folder / "keys/epochs/l-2.seed", bytes(32))  # an epoch that begins while the node runs
    assert len(calls) == 2
    fill(opened(folder, node="env:KEY"))
    assert len(calls) == 2  # a node key is not stretched


CHANGES = [
    ({"node": "env:KEY"}, {"node": "env:OTHER"}),
    ({"node": "env:KEY"}, {"passphrase": "env:NEW"}),
    ({"passphrase": "env:OLD"}, {"node": "env:OTHER"}),
    ({"passphrase": "env:OLD"}, {"passphrase": "env:NEW"}),
]


def with_previous(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    return {**new, **{f"previous_{name}": uri for name, uri in old.items()}}


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_everything_is_sealed_anew_and_the_old_key_opens_nothing_any_more(
    folder: Path, old: dict[str, str], new: dict[str, str]
) -> None:
    fill(opened(folder, **old))
    done = list(opened(folder, **with_previous(old, new)).rewrap())
    assert {path.relative_to(folder).as_posix() for path in done} == set(SECRETS)
    assert held(opened(folder, **new)) == SECRETS
    for name in SECRETS:
        with pytest.raises(KeysUnusable):
            opened(folder, **old).read(folder / name)
    assert list(opened(folder, **with_previous(old, new)).rewrap()) == []


@pytest.mark.parametrize(("old", "new"), CHANGES)
@pytest.mark.parametrize("after", range(len(SECRETS) + 1))
def test_stopped_anywhere_the_node_reads_everything_and_the_rest_is_done_the_next_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, old: dict[str, str], new: dict[str, str], after: int
) -> None:
    fill(opened(folder, **old))
    left = after

    def cut(path: Path, raw: bytes) -> None:
        nonlocal left
        if not left:
            raise OSError(28, "the power went")
        left -= 1
        path.write_bytes(raw)

    with monkeypatch.context() as patched:
        patched.setattr("node.custody.vault.write_whole", cut)
        if after < len(SECRETS):
            with pytest.raises(OSError, match="power"):
                list(opened(folder, **with_previous(old, new)).rewrap())
        else:
            list(opened(folder, **with_previous(old, new)).rewrap())
    assert held(opened(folder, **with_previous(old, new))) == SECRETS
    assert len(list(opened(folder, **with_previous(old, new)).rewrap())) == len(SECRETS) - after
    assert held(opened(folder, **new)) == SECRETS


def test_nothing_is_sealed_under_a_passphrase_that_is_too_short(folder: Path) -> None:
    fill(opened(folder, node="env:KEY"))
    short = open_vault(
        folder,
        Custody(passphrase="env:SHORT", previous_node="env:KEY"),
        environment={**ENVIRONMENT, "SHORT": "short"},
        cost=CHEAP,
    )
    with pytest.raises(KeysUnusable) as caught:
        list(short.rewrap())
    assert caught.value.fault is KeyFault.PASSPHRASE_LENGTH
    assert held(opened(folder, node="env:KEY")) == SECRETS


def test_a_new_node_s_passphrase_has_a_length(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable) as caught:
        new_vault(tmp_path, Custody(passphrase="prompt:"), lambda _previous: "short")
    assert caught.value.fault is KeyFault.PASSPHRASE_LENGTH


def test_no_random_bytes_serve_twice(folder: Path) -> None:
    vault = opened(folder, node="env:KEY")
    path = folder / "keys/signing.key"
    seen = set()
    for _ in range(5):
        vault.write(path, b"the same")
        seen.add(path.read_bytes())
    assert len(seen) == 5
