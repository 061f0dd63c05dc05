"""This node's own leaf: exchanged for the next one when the directory has it, and whole after a crash at any moment."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node.custody import KeysUnusable, Vault
from node.durable import write_whole
from node.tls.certificates import Credential, create_authority, issue_leaf, spki_pin
from node.tls.errors import BadMaterial
from node.tls.own import LEAF, NEXT, OwnLeaf, read_certificate, read_credential, write_credential
from tests.node.tls.leaves import vault_with

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AUTHORITY = create_authority("Autoridad inventada CO", NOW - timedelta(days=400), 3650)


def leaf(days: int = 30, begins: datetime = NOW) -> Credential:
    return issue_leaf(AUTHORITY, ["localhost"], "CO", begins, days)


FIRST, SECOND = leaf(), leaf()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_with(tmp_path / "node", FIRST)


def files(vault: Vault) -> set[str]:
    return {path.name for path in (vault.folder / "tls").iterdir()}


def test_the_next_leaf_waits_until_the_directory_has_its_pin(vault: Vault) -> None:
    own = OwnLeaf(vault)
    assert own.turn([spki_pin(SECOND.certificate)], NOW) is None
    write_credential(vault, NEXT, SECOND)
    assert own.turn([spki_pin(FIRST.certificate)], NOW) is None
    assert own.current == FIRST
    pins = [spki_pin(FIRST.certificate), spki_pin(SECOND.certificate)]
    assert own.turn(pins, NOW) == pins[1]
    assert own.current == SECOND
    assert own.turn([], NOW) == pins[1]  # told until it is on record, whatever the directory says by then
    own.settle()
    assert files(vault) == {"leaf.pem", "leaf.key"}
    assert OwnLeaf(vault).current == SECOND
    assert own.turn(pins, NOW) is None


def test_a_next_leaf_out_of_its_period_is_not_taken(vault: Vault) -> None:
    own = OwnLeaf(vault)
    for other in (leaf(begins=NOW + timedelta(days=2)), leaf(1, NOW - timedelta(days=5))):
        write_credential(vault, NEXT, other)
        assert own.turn([spki_pin(other.certificate)], NOW) is None
        assert own.current == FIRST


def test_a_key_that_waits_for_its_certificate_is_left_alone(vault: Vault) -> None:
    vault.write(vault.folder / "tls" / f"{NEXT}.key", SECOND.key)
    assert OwnLeaf(vault).turn([spki_pin(SECOND.certificate)], NOW) is None


def exchange(own: OwnLeaf) -> None:
    if own.turn([spki_pin(SECOND.certificate)], NOW) is not None:
        own.settle()


def test_an_exchange_that_was_not_put_on_record_is_told_again_after_a_restart(vault: Vault) -> None:
    write_credential(vault, NEXT, SECOND)
    pins = [spki_pin(SECOND.certificate)]
    OwnLeaf(vault).turn(pins, NOW)
    restarted = OwnLeaf(vault)
    assert (restarted.current, restarted.turn(pins, NOW)) == (SECOND, pins[0])


@pytest.mark.parametrize("after", range(5))
def test_a_crash_at_any_moment_of_the_exchange_leaves_one_leaf_or_the_other(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    write_credential(vault, NEXT, SECOND)
    steps = after

    def step() -> None:
        nonlocal steps
        if not steps:
            raise OSError(5, "the power went")
        steps -= 1

    own, write, unlink = OwnLeaf(vault), vault.write, Path.unlink

    def cut_write(path: Path, raw: bytes) -> None:
        step()
        write(path, raw)

    def cut_certificate(path: Path, raw: bytes) -> None:
        step()
        write_whole(path, raw)

    def cut_unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith(NEXT):
            step()
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(vault, "write", cut_write)
        patched.setattr("node.tls.own.write_whole", cut_certificate)
        patched.setattr(Path, "unlink", cut_unlink)
        if after < 4:
            with pytest.raises(OSError, match="power"):
                exchange(own)
        else:
            exchange(own)
    restarted = OwnLeaf(vault)
    assert restarted.current == (FIRST if after == 0 else SECOND)
    exchange(restarted)
    assert restarted.current == SECOND
    assert files(vault) == {"leaf.pem", "leaf.key"}


def test_a_certificate_without_its_key_is_no_next_leaf(vault: Vault) -> None:
    """What is left of one that was being made when the machine went down."""
    (vault.folder / "tls" / f"{NEXT}.pem").write_bytes(SECOND.certificate)
    own = OwnLeaf(vault)
    assert own.turn([spki_pin(SECOND.certificate)], NOW) is None
    assert own.current == FIRST


def test_a_certificate_and_a_key_of_another_are_refused_by_name(vault: Vault) -> None:
    (vault.folder / "tls" / "leaf.pem").write_bytes(SECOND.certificate)
    with pytest.raises(BadMaterial, match=r"leaf\.pem: it does not belong to leaf\.key"):
        OwnLeaf(vault)


def test_what_is_missing_or_no_key_is_named(vault: Vault) -> None:
    with pytest.raises(BadMaterial, match=r"absent\.pem"):
        read_certificate(vault.folder, "absent")
    with pytest.raises(KeysUnusable, match=r"absent\.key"):
        read_credential(vault, "absent")
    vault.write(vault.folder / "tls" / "leaf.key", b"no PEM")
    with pytest.raises(BadMaterial, match=r"leaf\.key: not a private key"):
        read_credential(vault, LEAF)


def test_no_private_key_lies_in_clear(vault: Vault) -> None:
    for path in (vault.folder / "tls").iterdir():
        assert b"PRIVATE" not in path.read_bytes()
    assert "PRIVATE" not in repr(OwnLeaf(vault).current)
