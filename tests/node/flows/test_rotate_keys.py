"""Changing over to the next keys as our entry in the adopted directory says, on record, and once."""

import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from node.custody import Custody, open_vault
from node.federation import Federation
from node.flows.rotate_keys import RotateKeys
from node.keys import Keys
from node.signers import LOG, NEXT, WITNESS, make_signer
from node.store.database import Database
from node.store.tables import Intake
from node.tls.certificates import create_authority, issue_leaf, spki_pin
from node.tls.own import LEAF, OwnLeaf, write_credential
from node.tls.own import NEXT as NEXT_LEAF
from protocol.directory import Directory, SigningPeriod
from protocol.errors import UnknownSender
from protocol.journal import Act
from protocol.members import MemberKeys
from tests.node.conftest import Clock, directory_with
from tests.node.on_record import payload_of
from tests.protocol.federation import CO, DAY, NOW

BEGUN = datetime.fromtimestamp(NOW, UTC)
AUTHORITY = create_authority("Autoridad inventada CO", BEGUN - timedelta(days=9), 400)
FIRST, SECOND = (issue_leaf(AUTHORITY, ["localhost"], "CO", BEGUN, 90) for _ in range(2))


@pytest.fixture
def rotate(tmp_path: Path, database: Database, keys: Keys, member: Federation, clock: Clock) -> RotateKeys:
    (tmp_path / "tls").mkdir(mode=0o700)
    vault = open_vault(tmp_path, Custody())
    write_credential(vault, LEAF, FIRST)
    return RotateKeys(database, member, keys, OwnLeaf(vault), clock)


def directory_of(keys: Keys, pins: tuple[str, ...], *periods: SigningPeriod) -> Directory:
    """The directory with another entry of ours."""
    held = directory_with(keys)
    ours = held.members[CO]
    working = ours.working.model_copy(update={"tls_pins": pins, "signing": (*ours.working.signing, *periods)})
    return dataclasses.replace(held, members={**held.members, CO: dataclasses.replace(ours, working=working)})


def on_record(database: Database) -> list[str]:
    with database.read() as work:
        rows = work.session.exec(select(Intake).where(Intake.kind == Act.KEY_CHANGED.value)).all()
        return [json.loads(payload_of(work, row))["what"] for row in rows]


def test_while_nothing_follows_nothing_changes(rotate: RotateKeys, keys: Keys, database: Database) -> None:
    before = keys.signing.public
    rotate.beat()
    assert (keys.signing.public, rotate.own.current) == (before, FIRST)
    assert on_record(database) == []


def test_both_change_when_the_directory_has_them_and_that_is_on_record_once(
    rotate: RotateKeys, keys: Keys, member: Federation, database: Database, tmp_path: Path
) -> None:
    vault = open_vault(tmp_path, Custody())
    following = make_signer(vault, tmp_path / "keys" / NEXT, None, os.urandom)
    write_credential(vault, NEXT_LEAF, SECOND)
    rotate.beat()
    assert on_record(database) == []
    period = SigningPeriod(key=bytes(following.public), not_before=NOW, not_after=NOW + 100 * DAY)
    member.adopt(directory_of(keys, (spki_pin(FIRST.certificate), spki_pin(SECOND.certificate)), period))
    for _ in range(2):
        rotate.beat()
        assert keys.signing.public == following.public
        assert rotate.own.current == SECOND
        assert on_record(database) == ["tls", "signing"]


def test_a_change_that_a_crash_cut_is_on_record_once(
    rotate: RotateKeys, keys: Keys, member: Federation, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the record, and between the record and the files: the files wait for the record, and that knows its key."""
    vault = open_vault(tmp_path, Custody())
    write_credential(vault, NEXT_LEAF, SECOND)
    member.adopt(directory_of(keys, (spki_pin(SECOND.certificate),)))
    for where, step in ((Database, "begin"), (OwnLeaf, "settle")):
        with monkeypatch.context() as cut:
            cut.setattr(where, step, _power_cut)
            with pytest.raises(OSError, match="power"):
                dataclasses.replace(rotate, own=OwnLeaf(vault)).beat()
    dataclasses.replace(rotate, own=OwnLeaf(vault)).beat()
    assert on_record(database) == ["tls"]
    assert not list((tmp_path / "tls").glob("next-*"))


def _power_cut(*_: object) -> None:
    raise OSError(5, "the power went")


def test_a_state_that_is_no_member_changes_nothing(rotate: RotateKeys, keys: Keys, member: Federation) -> None:
    held = directory_with(keys)
    others = {authority: each for authority, each in held.members.items() if authority != CO}
    member.adopt(dataclasses.replace(held, members=others))
    with pytest.raises(UnknownSender):
        rotate.beat()
    assert rotate.own.current == FIRST


@pytest.mark.parametrize(("name", "what"), [(LOG, "log"), (WITNESS, "witness")])
def test_a_log_or_witness_key_is_taken_up_on_record_when_the_directory_names_it(
    rotate: RotateKeys, keys: Keys, database: Database, member: Federation, name: str, what: str
) -> None:
    before = {LOG: keys.log.public, WITNESS: keys.witness.public}
    following = keys.notes.make_next(name, os.urandom)
    rotate.beat()
    assert {LOG: keys.log.public, WITNESS: keys.witness.public} == before
    after = {**before, name: following}
    held = directory_with(keys)
    named = MemberKeys.of(CO, after[LOG], after[WITNESS])
    ours = dataclasses.replace(held.members[CO], log=named.log.note_key, witness=named.witness.note_key)
    member.adopt(dataclasses.replace(held, members={**held.members, CO: ours}))
    for _ in range(2):
        rotate.beat()
    assert {LOG: keys.log.public, WITNESS: keys.witness.public} == after
    assert on_record(database) == [what]
