"""Openings: what an act commits to is read back while its key is there, and not after."""

from sqlmodel import select

from node.store.database import ExchangeRef, Work
from node.store.openings import opening_of
from node.store.tables import ExchangeKey, Intake
from protocol.authority import Authority
from protocol.journal import Act, commitment

PE, X = Authority("PE"), "ab" * 16


def test_an_opening_fits_its_commitment_whatever_the_act_is_about(work: Work) -> None:
    work.record(Act.IMPORTED, officer="0" * 32, rows=3)
    work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), hits=[])
    for act in work.session.exec(select(Intake)).all():
        opening = opening_of(work, act)
        assert opening is not None
        assert commitment(opening.salt, opening.payload) == act.commitment


def test_what_was_put_on_record_before_the_log_has_a_payload_and_no_salt(work: Work) -> None:
    work.session.add(Intake(at=1, kind="imported", x=X, opening_sealed=work.seal(X, b"{}", "intake")))
    work.session.flush()
    opening = opening_of(work, work.session.exec(select(Intake)).one())
    assert opening is not None
    assert (opening.salt, opening.payload) == (b"", b"{}")


def test_once_the_key_of_its_exchange_is_destroyed_nothing_of_it_is_opened(work: Work) -> None:
    work.record(Act.OUTCOME, about=ExchangeRef(X, PE, "out"), hits=[])
    work.session.delete(work.session.get_one(ExchangeKey, (X, PE, "out")))
    work.session.flush()
    assert opening_of(work, work.session.exec(select(Intake)).one()) is None
