"""The ceremony: keys, fingerprints read aloud, drafts, signatures apart, merging, and the count at the end."""

import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import Metadata, Timestamp

from node.directory import ceremony
from node.directory.errors import Forged, KeyUnusable, Malformed, NotReadAloud, RogueDelegation, TooLarge
from protocol.limits import DIRECTORY_TARGET_BYTES
from tests.node.directory.conftest import POLICY, Federation, member, soon


def test_a_key_file_belongs_to_its_holder_alone(tmp_path: Path) -> None:
    path = tmp_path / "holder.pem"
    key = ceremony.generate_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ceremony.load_key(path).public_key == key
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="others than its owner"):
        ceremony.load_key(path)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "holder.pem"
    ceremony.generate_key(path)
    before = path.read_bytes()

    with pytest.raises(KeyUnusable, match="exists"):
        ceremony.generate_key(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_usable_key_is_named_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "holder.pem"
    with pytest.raises(KeyUnusable, match="No such file"):
        ceremony.load_key(path)
    path.touch(0o600)
    path.write_bytes(b"not a key at all")
    with pytest.raises(KeyUnusable, match="not a PEM file") as refused:
        ceremony.load_key(path)
    assert "at all" not in str(refused.value)
    other = generate_private_key(SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyUnusable, match="not an Ed25519 key"):
        ceremony.load_key(path)


def test_a_public_key_travels_as_pem_and_others_are_refused(federation: Federation) -> None:
    key = federation.keys["root0"]
    assert ceremony.read_public_pem(ceremony.public_pem(key), "root0") == key
    with pytest.raises(KeyUnusable, match="root0: not a PEM file"):
        ceremony.read_public_pem(b"-----", "root0")
    other = generate_private_key(SECP256R1()).public_key()
    with pytest.raises(KeyUnusable, match="not an Ed25519 key"):
        ceremony.read_public_pem(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "root0")


def test_anybody_can_check_a_key_fingerprint_with_openssl(federation: Federation, tmp_path: Path) -> None:
    (tmp_path / "public.pem").write_bytes(ceremony.public_pem(federation.keys["root0"]))
    command = ["openssl", "pkey", "-pubin", "-in", str(tmp_path / "public.pem"), "-outform", "DER", "-out", "-"]
    der = subprocess.run(command, check=True, capture_output=True, timeout=20).stdout
    digest = subprocess.run(["sha256sum"], input=der, check=True, capture_output=True, timeout=20).stdout[:64].decode()

    spoken = ceremony.key_fingerprint(federation.keys["root0"])
    assert spoken.replace(" ", "") == digest
    assert [len(group) for group in spoken.split(" ")] == [4] * 16


def test_signatures_do_not_change_what_was_read_aloud(federation: Federation) -> None:
    unsigned = federation.root(by=())
    assert ceremony.fingerprint(federation.sign(unsigned, "root0", "root2")) == ceremony.fingerprint(unsigned)
    assert ceremony.fingerprint(federation.root(2, by=())) != ceremony.fingerprint(unsigned)


def test_nothing_is_signed_that_was_not_read_aloud(federation: Federation) -> None:
    heard = ceremony.fingerprint(federation.root())
    swapped = federation.root(2, by=())
    with pytest.raises(NotReadAloud, match="do not sign"):
        ceremony.sign(swapped, federation.signer("root0"), heard)


@given(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), st.sampled_from(["", " ", "\n", " \t"]), st.booleans())
def test_how_a_fingerprint_is_typed_does_not_matter(digits: str, gap: str, loud: bool) -> None:
    typed = gap.join(digits.upper() if loud else digits)
    assert ceremony.same_fingerprint(typed, digits)
    assert not ceremony.same_fingerprint(typed, digits[:-1])


def test_the_count_shows_who_has_signed_and_who_is_awaited(federation: Federation) -> None:
    draft = federation.root(by=("root1",))
    names = {name: ceremony.key_fingerprint(federation.keys[name]) for name in ("root0", "root1", "root2")}

    found = ceremony.standing(draft, "root", draft)
    assert (found.needed, found.signed, found.complete) == (2, (names["root1"],), False)
    assert set(found.awaited) == {names["root0"], names["root2"]}
    with pytest.raises(Forged, match="signed by 1 of 2"):
        ceremony.check(draft, "root", [draft])

    ceremony.check(federation.sign(draft, "root0"), "root", [draft])


def test_a_new_root_counts_by_the_old_one_and_by_itself(federation: Federation) -> None:
    old = federation.root()
    federation.add_holder("new0")
    federation.add_holder("new1")
    new = federation.root(2, by=("root0", "root1"), roots=("new0", "new1", "root0"))

    with pytest.raises(Forged, match="signed by 1 of 2"):
        ceremony.check(new, "root", [old, new])
    ceremony.check(federation.sign(new, "new1"), "root", [old, new])


def test_a_signature_over_something_else_does_not_count(federation: Federation) -> None:
    first, second = federation.root(by=("root0",)), federation.root(2, by=())
    apart = ceremony.sign(first, federation.signer("root1"), ceremony.fingerprint(first))
    merged = ceremony.merge(second, [apart])
    assert ceremony.standing(merged, "root", second).signed == ()


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"key":"00","signature":"00"}', b"x" * 600])
def test_a_signature_file_of_another_form_is_refused(federation: Federation, raw: bytes) -> None:
    with pytest.raises(Malformed, match="signature file"):
        ceremony.merge(federation.root(by=()), [raw])


def test_a_root_draft_keeps_the_secretariat_and_single_holders_out(federation: Federation) -> None:
    def draft(threshold: int, roots: list[str]) -> bytes:
        return ceremony.draft_root(
            version=1,
            expires=soon(),
            root_keys=[federation.keys[name] for name in roots],
            targets_keys=[federation.keys[f"targets{number}"] for number in range(3)],
            online_key=federation.keys["online"],
            threshold=threshold,
        )

    assert draft(2, ["root0", "root1"])
    with pytest.raises(RogueDelegation, match="2 different holders"):
        draft(1, ["root0", "root1"])
    with pytest.raises(RogueDelegation, match="2 different holders"):
        draft(2, ["root0", "root0"])
    with pytest.raises(RogueDelegation, match="online key"):
        draft(2, ["root0", "online"])


def test_a_targets_draft_needs_officers_for_every_member_and_never_the_secretariat(federation: Federation) -> None:
    def draft(members: list[str], officers: dict[str, list[str]]) -> bytes:
        return ceremony.draft_targets(
            version=1,
            expires=soon(),
            members={state: member(state) for state in members},
            policy=POLICY,
            officers={state: ceremony.Officers([federation.keys[name] for name in names]) for state, names in officers.items()},
            root=federation.root(),
        )

    assert draft(["XA"], {"XA": ["XA0", "XA1"]})
    with pytest.raises(Malformed, match="every member needs its officers"):
        draft(["XA"], {})
    with pytest.raises(RogueDelegation, match="delegation XA"):
        draft(["XA"], {"XA": ["XA0"]})
    with pytest.raises(RogueDelegation, match="online key"):
        draft(["XA"], {"XA": ["XA0", "online"]})
    with pytest.raises(RogueDelegation, match="not theirs"):
        draft(["X/"], {"X/": ["XA0", "XA1"]})


def test_a_targets_draft_needs_a_real_root(federation: Federation) -> None:
    with pytest.raises(Malformed, match="another type"):
        federation.targets_draft(federation.state("XA"))


def test_a_states_draft_has_a_limit(federation: Federation) -> None:
    assert ceremony.draft_state("XA", 1, soon(), b"x" * DIRECTORY_TARGET_BYTES)
    with pytest.raises(TooLarge, match="role XA"):
        ceremony.draft_state("XA", 1, soon(), b"x" * (DIRECTORY_TARGET_BYTES + 1))


def test_only_root_and_targets_appoint_holders(federation: Federation) -> None:
    with pytest.raises(Malformed, match="role XB"):
        ceremony.standing(federation.state("XB"), "XB", federation.root())
    timestamp = Metadata(Timestamp()).to_bytes()
    with pytest.raises(Malformed, match="only root and targets appoint"):
        ceremony.standing(federation.state("XB"), "XB", timestamp)
    with pytest.raises(Malformed, match="metadata"):
        ceremony.fingerprint(b"{}")


def test_a_states_role_counts_by_targets(federation: Federation) -> None:
    targets = federation.targets_draft(federation.root())
    ceremony.check(federation.state("XA"), "XA", [targets])
    with pytest.raises(Forged, match="role XB: signed by 0 of 2"):
        ceremony.check(federation.state("XA"), "XB", [targets])
