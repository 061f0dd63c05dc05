"""Naming who opens past questions: what one key opened is sealed anew, and that key goes."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.sealing import SealingKey, SealingPublicKey, seal_to
from node.custody import Custody, KeyFault, KeysUnusable, open_vault
from node.custody.holders import holders_file
from node.flows.name_holders import Named, NameHolders, note_holders
from node.keys import Keys
from node.store.database import Database, Side
from node.store.kept_openings import keep_openings, kept_openings
from node.store.tables import ExchangeKey, Intake, Question, QuestionExchange, QuestionToPeer
from protocol.journal import Act
from protocol.sealed_openings import hand_on, open_openings
from protocol.wire import canonical, sha256
from tests.node.conftest import ALICE
from tests.node.holders import DEPUTY, PUBLIC, SECOND
from tests.node.on_record import payload_of
from tests.protocol.federation import PE, octets, prepared_question

OPENINGS = prepared_question().openings
OLD = SealingKey.from_bytes(octets("the one key of 0.1"))
NEXT = (SECOND.public, DEPUTY.public)
TO_PERU = Side(PE, "out")


@pytest.fixture
def names(database: Database, keys: Keys, tmp_path: Path) -> NameHolders:
    """A node of 0.1, with a whole key on its disk."""
    vault = open_vault(tmp_path, Custody())
    vault.write(tmp_path / "keys" / "audit.key", OLD.reveal())
    return NameHolders(database, vault)


def ask(database: Database, *sealed: bytes) -> list[str]:
    """Exchanges whose openings lie sealed so, and that under their keys; what is empty stays so."""
    made = []
    with database.begin() as work:
        question = Question(
            id=work.new_id(),
            officer_id=ALICE,
            created=work.now(),
            expires=work.now(),
            purpose="identify_offender",
            basis="tip_protocol",
            offence="tip_sexual",
            urgency="routine_7d",
            case_sealed=b"",
            peers="PE",
        )
        work.session.add(question)
        work.session.flush()
        to = QuestionToPeer(question_id=question.id, peer="PE", state="answered", since=work.now())
        work.session.add(to)
        work.session.flush()
        for raw in sealed:
            made.append(work.new_id())
            work.session.add(
                QuestionExchange(
                    x=made[-1],
                    question_peer_id=to.id or 0,
                    list_id="0" * 32,
                    manifest="0" * 64,
                    state="answered",
                    lines=5,
                    list_size=1,
                    openings_sealed=raw and work.seal(made[-1], raw, "openings", TO_PERU),
                    asked=work.now(),
                )
            )
    return made


def kept(database: Database, x: str) -> bytes:
    with database.read() as work:
        return work.session.get_one(QuestionExchange, x).openings_sealed


def ask_for_two(database: Database, holders: Sequence[SealingPublicKey] = PUBLIC) -> str:
    """An exchange of later than all before, whose openings any two of these holders open."""
    (x,) = ask(database, b"")
    with database.begin() as work:
        row = work.session.get_one(QuestionExchange, x)
        row.asked, row.openings_sealed = row.asked + 1, keep_openings(work, x, PE, OPENINGS, holders)
        work.session.add(row)
    return x


def test_what_one_key_opened_takes_two_from_now_on_and_the_key_is_gone(
    names: NameHolders, database: Database, tmp_path: Path
) -> None:
    whole = seal_to(OLD.public, canonical(OPENINGS))
    old, garbage, keyless, gone = ask(database, whole, b"garbage", whole, b"")
    with database.begin() as work:  # as after a restore: backups have no keys of exchanges
        work.session.delete(work.session.get_one(ExchangeKey, (keyless, *TO_PERU)))
    before = [kept(database, x) for x in (garbage, keyless, gone)]
    assert names.name(NEXT) == Named(sealed_anew=1, unreadable=2)
    with database.read() as work:
        sealed = kept_openings(work, old, PE, kept(database, old))
    assert open_openings(sealed, old, hand_on(sealed.boxes, SECOND), DEPUTY) == OPENINGS
    assert [kept(database, x) for x in (garbage, keyless, gone)] == before
    assert not (tmp_path / "keys" / "audit.key").exists()
    assert Keys.read(names.vault).holders == NEXT
    with database.read() as work:
        (act,) = work.session.exec(select(Intake).where(Intake.kind == Act.KEY_CHANGED.value)).all()
        told = json.loads(payload_of(work, act))
    assert (told["what"], told["holders"]) == ("audit_holders", 2)


def test_what_two_opened_stays_theirs(names: NameHolders, database: Database) -> None:
    x = ask_for_two(database)
    raw = kept(database, x)
    assert names.name(NEXT) == Named(0, 0)
    assert kept(database, x) == raw


def changes(database: Database) -> list[str]:
    """Who was put on record as those who open questions, one after the other."""
    with database.read() as work:
        acts = work.session.exec(select(Intake).where(Intake.kind == Act.KEY_CHANGED.value)).all()
        return [json.loads(payload_of(work, act))["key"] for act in acts]


def test_holders_that_somebody_changed_by_hand_are_put_on_record(database: Database) -> None:
    note_holders(database, NEXT)  # nothing was asked that others could open
    ask(database, b"of no form")
    x = ask_for_two(database)
    with database.begin() as work:  # as after a restore: who the holders were can be read without the exchange's key
        work.session.delete(work.session.get_one(ExchangeKey, (x, *TO_PERU)))
    note_holders(database, PUBLIC)
    note_holders(database, PUBLIC[::-1])
    assert changes(database) == []
    with database.begin() as work:
        work.record(Act.KEY_CHANGED, what="signing", key="ab" * 8)
    for _ in range(2):
        note_holders(database, NEXT)
    thirds = (PUBLIC[0], DEPUTY.public)
    note_holders(database, thirds)
    note_holders(database, NEXT)
    a, b = sha256(holders_file(NEXT)), sha256(holders_file(thirds))
    assert changes(database) == ["ab" * 8, a, b, a]


def test_without_the_one_key_nothing_changes_while_it_is_needed(names: NameHolders, database: Database, tmp_path: Path) -> None:
    ask(database, seal_to(OLD.public, canonical(OPENINGS)))
    (tmp_path / "keys" / "audit.key").unlink()
    with pytest.raises(KeysUnusable) as caught:
        names.name(NEXT)
    assert caught.value.fault is KeyFault.MISSING
    assert Keys.read(names.vault).holders == PUBLIC


def test_one_holder_alone_is_never_named(names: NameHolders, tmp_path: Path) -> None:
    for few in ((), NEXT[:1], NEXT[:1] * 2):
        with pytest.raises(ValueError, match="different holders"):
            names.name(few)
    assert (tmp_path / "keys" / "audit.key").exists()
