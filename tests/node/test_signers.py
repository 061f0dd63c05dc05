"""The signing key and its successor: the next one signs when the directory has it and its time has come, without a restart."""

import os
from pathlib import Path

import pytest

from crypto.signing import Signer, VerifyKey
from node.custody import Custody, KeyFault, KeysUnusable, Vault, open_vault
from node.signers import (
    LOG,
    NEXT,
    SIGNING,
    WITNESS,
    NextKeyFault,
    NextKeyRefused,
    NoteSigners,
    Signers,
    make_next_signer,
    make_signer,
    open_signer,
)
from protocol import jws
from protocol.directory import Member, SigningPeriod, WorkingEntry
from protocol.members import MemberKeys
from tests.node.conftest import new_keys
from tests.protocol.federation import CO, DAY, NOW, member_entry, working_entry


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    new_keys(tmp_path)
    return open_vault(tmp_path, Custody())


def entry(*periods: tuple[Signer, int, int]) -> WorkingEntry:
    """Our entry, with signing periods in days from now."""
    return working_entry(
        CO,
        signing=tuple(
            SigningPeriod(key=bytes(signer.public), not_before=NOW + begin * DAY, not_after=NOW + end * DAY)
            for signer, begin, end in periods
        ),
    )


def following(vault: Vault) -> Signer:
    return make_next_signer(vault, None, os.urandom)


def held(vault: Vault) -> dict[str, VerifyKey]:
    folder = vault.folder / "keys"
    return {name: open_signer(vault, folder / name).public for name in (SIGNING, NEXT) if (folder / name).exists()}


def test_without_a_next_key_nothing_changes(vault: Vault) -> None:
    signers = Signers(vault)
    old = signers.current
    assert signers.next_public() is None
    assert signers.turn(entry((old, -1, 9)), NOW) is None
    assert signers.current is old


def test_the_next_key_waits_for_the_directory_and_for_its_time(vault: Vault) -> None:
    signers = Signers(vault)
    old, new = signers.current, following(vault)
    assert signers.next_public() == new.public
    for early in (entry((old, -1, 9)), entry((old, -1, 9), (new, 1, 99)), entry((old, -1, 9), (new, -9, 0))):
        assert signers.turn(early, NOW) is None
        assert signers.current.public == old.public


def test_it_signs_once_both_are_there_and_the_one_before_is_kept_until_its_period_ends(vault: Vault) -> None:
    signers = Signers(vault)
    old, new = signers.current, following(vault)
    listed = entry((old, -1, 9), (new, 0, 99))
    for moment in (NOW, NOW + DAY):
        assert signers.turn(listed, moment) == new.public
        assert signers.current.public == new.public
        signers.settle(listed, moment)
        assert held(vault) == {SIGNING: old.public, NEXT: new.public}
    assert signers.turn(listed, NOW + 9 * DAY) == new.public
    signers.settle(listed, NOW + 9 * DAY)
    assert held(vault) == {SIGNING: new.public}
    assert signers.turn(listed, NOW + 9 * DAY) is None
    assert signers.current.public == new.public
    assert signers.next_public() is None


def test_a_key_that_the_directory_has_dropped_is_not_kept(vault: Vault) -> None:
    signers = Signers(vault)
    new = following(vault)
    assert signers.turn(entry((new, 0, 99)), NOW) == new.public
    signers.settle(entry((new, 0, 99)), NOW)
    assert held(vault) == {SIGNING: new.public}


def test_a_key_whose_move_was_cut_short_is_moved_by_the_next_turn(vault: Vault) -> None:
    """Else it would have both files until its own period is over, and none could be made to follow it."""
    new = following(vault)
    vault.write(vault.folder / "keys" / SIGNING, vault.read(vault.folder / "keys" / NEXT))
    restarted, listed = Signers(vault), entry((new, 0, 99))
    assert restarted.turn(listed, NOW) == new.public
    restarted.settle(listed, NOW)
    assert held(vault) == {SIGNING: new.public}


def test_one_change_after_the_other_goes_through_without_a_restart(vault: Vault) -> None:
    signers = Signers(vault)
    for round_ in range(3):
        old, new = signers.current, following(vault)
        moment = NOW + round_ * 100 * DAY
        begin = round_ * 100
        assert signers.turn(entry((old, begin - 99, begin + 9), (new, begin, begin + 99)), moment) == new.public
        signers.turn(entry((new, begin, begin + 99)), moment + 10 * DAY)
        signers.settle(entry((new, begin, begin + 99)), moment + 10 * DAY)
        assert held(vault) == {SIGNING: new.public}
        message = b"an invented message"
        new.public.verify(message, signers.current.sign(message))


def test_a_restart_in_the_middle_goes_on_where_it_was(vault: Vault) -> None:
    signers = Signers(vault)
    old, new = signers.current, following(vault)
    listed = entry((old, -1, 9), (new, 0, 99))
    signers.turn(listed, NOW)
    restarted = Signers(vault)
    assert restarted.turn(listed, NOW) == new.public
    assert restarted.current.public == new.public


def test_a_key_that_was_taken_out_while_it_signed_gives_way_to_the_one_before(vault: Vault) -> None:
    """It was stolen: neither the node that served on nor one that starts anew signs with it any more."""
    signers = Signers(vault)
    old, stolen = signers.current, following(vault)
    signers.turn(entry((old, -1, 9), (stolen, 0, 99)), NOW)
    for each in (signers, Signers(vault)):
        assert each.turn(entry((old, -1, 9)), NOW) is None
        assert each.current.public == old.public


def test_a_next_key_is_made_once(vault: Vault) -> None:
    made = following(vault)
    before = held(vault)
    with pytest.raises(NextKeyRefused) as caught:
        following(vault)
    assert (caught.value.fault, caught.value.facts) == (NextKeyFault.WAITING, {"key": jws.key_id(made.public)})
    assert held(vault) == before


def test_a_stolen_next_key_is_replaced_by_who_names_it(vault: Vault) -> None:
    signers = Signers(vault)
    old, stolen = signers.current, following(vault)
    signers.turn(entry((old, -1, 9), (stolen, 0, 99)), NOW)
    fresh = make_next_signer(vault, None, os.urandom, jws.key_id(stolen.public))
    assert held(vault) == {SIGNING: old.public, NEXT: fresh.public}
    assert len({old.public, stolen.public, fresh.public}) == 3
    for each in (signers, Signers(vault)):
        assert each.turn(entry((old, -1, 9), (stolen, 0, 99)), NOW) is None
        assert each.current.public == old.public
        assert each.turn(entry((old, -1, 9), (fresh, 0, 99)), NOW) == fresh.public


def test_no_other_key_is_given_up_than_the_one_that_is_named(vault: Vault) -> None:
    signing = jws.key_id(Signers(vault).held)

    def refused(named: str) -> NextKeyRefused:
        before = held(vault)
        with pytest.raises(NextKeyRefused) as caught:
            make_next_signer(vault, None, os.urandom, named)
        assert held(vault) == before
        return caught.value

    assert refused(signing).fault is NextKeyFault.NONE
    waiting = jws.key_id(following(vault).public)
    for other in (signing, "0" * 16, ""):
        told = refused(other)
        assert (told.fault, told.facts) == (NextKeyFault.ANOTHER, {"key": other, "held": waiting})


@pytest.mark.parametrize("token", ["env:A", "pkcs11:token=a;object=b;type=secret-key?module-path=/m&pin-source=/p", "nonsense"])
def test_a_signing_key_is_made_in_a_token_of_its_kind_or_not_at_all(vault: Vault, token: str) -> None:
    with pytest.raises(KeysUnusable) as caught:
        make_signer(vault, vault.folder / "keys" / NEXT, token, os.urandom)
    assert caught.value.fault is KeyFault.URI_UNUSABLE
    assert set(held(vault)) == {SIGNING}


@pytest.mark.parametrize("secret", [b"", bytes(31), b"file:/etc/passwd", b"pkcs11:"])
def test_what_is_no_key_is_none(vault: Vault, secret: bytes) -> None:
    vault.write(vault.folder / "keys" / SIGNING, secret)
    with pytest.raises(KeysUnusable):
        Signers(vault)


# Log and witness


def named(log: VerifyKey, witness: VerifyKey) -> Member:
    """Our entry, as the member states signed it with these keys."""
    keys = MemberKeys.of(CO, log, witness)
    return Member.of(member_entry(CO, log=keys.log, witness=keys.witness), working_entry(CO))


@pytest.mark.parametrize("name", [LOG, WITNESS])
def test_a_key_that_follows_is_used_once_the_member_states_have_named_it(vault: Vault, name: str) -> None:
    notes = NoteSigners(vault)
    before = {each: notes.current(each).public for each in (LOG, WITNESS)}
    following = notes.make_next(name, os.urandom)
    assert (notes.next_public(name), notes.current(name).public) == (following, before[name])
    assert notes.due(named(before[LOG], before[WITNESS])) == {}
    after = {**before, name: following}
    assert notes.due(named(after[LOG], after[WITNESS])) == {name: following}
    notes.take(name)
    assert {each: notes.current(each).public for each in (LOG, WITNESS)} == after
    assert {each: NoteSigners(vault).current(each).public for each in (LOG, WITNESS)} == after
    assert notes.next_public(name) is None
    assert notes.due(named(after[LOG], after[WITNESS])) == {}


def test_a_key_that_waits_is_not_given_up_for_another(vault: Vault) -> None:
    notes = NoteSigners(vault)
    following = notes.make_next(LOG, os.urandom)
    with pytest.raises(KeysUnusable) as caught:
        notes.make_next(LOG, os.urandom)
    assert caught.value.fault is KeyFault.EXISTS
    assert notes.next_public(LOG) == following


def test_a_key_that_is_not_here_is_not_taken_whatever_the_directory_names(vault: Vault) -> None:
    notes = NoteSigners(vault)
    stranger = member_entry(CO)
    assert notes.due(Member.of(stranger, working_entry(CO))) == {}
