"""Openings as they are kept: two holders open them while the exchange has its key, and what was kept before comes under it."""

import os
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import col, select, update

from crypto.errors import SealBroken
from crypto.sealing import SealingKey, seal_to
from node.keys import Keys
from node.store.database import Database, Side, Work
from node.store.exchange_keys import Lent
from node.store.kept_openings import keep_openings, kept_openings, kept_whole
from node.store.schema import history
from node.store.tables import ExchangeKey, QuestionExchange
from protocol.errors import Malformed
from protocol.matching import OpeningRefused, Openings
from protocol.sealed_openings import SealedOpenings, hand_on, open_openings, read_sealed, seal_openings
from protocol.wire import canonical
from tests.node.holders import FIRST, PUBLIC, SECOND
from tests.node.store.test_erasing import X, asked
from tests.protocol.federation import PE, octets, prepared_question, seeded

OPENINGS = prepared_question().openings
OLD = SealingKey.from_bytes(octets("the one key of 0.1"))
TO_PERU = Side(PE, "out")
OTHER_X = "2" * 32


def opened(sealed: SealedOpenings, x: str = X) -> Openings:
    """What both holders read together."""
    return open_openings(sealed, x, hand_on(sealed.boxes, FIRST), SECOND)


def test_two_holders_open_what_the_node_takes_from_under_the_exchange_s_key(work: Work) -> None:
    raw = keep_openings(work, X, PE, OPENINGS, PUBLIC)
    assert opened(kept_openings(work, X, PE, raw)) == OPENINGS
    assert read_sealed(raw).boxes == kept_openings(work, X, PE, raw).boxes


def test_without_the_exchange_s_key_they_open_nothing_of_it(work: Work) -> None:
    without = seal_openings(OPENINGS, X, PUBLIC, seeded("as before"))
    assert opened(read_sealed(without)) == OPENINGS  # what they could do with the row alone
    raw = keep_openings(work, X, PE, OPENINGS, PUBLIC)
    with pytest.raises(OpeningRefused, match=r"openings\.body"):
        opened(read_sealed(raw))
    work.session.delete(work.session.get_one(ExchangeKey, (X, *TO_PERU)))
    work.session.flush()
    for take in (kept_openings, kept_whole):
        with pytest.raises(KeyError):
            take(work, X, PE, raw)


def test_another_exchange_s_and_what_was_altered_are_found_by_the_node(work: Work) -> None:
    raw, other = (keep_openings(work, x, PE, OPENINGS, PUBLIC) for x in (X, OTHER_X))
    with pytest.raises(SealBroken):
        kept_openings(work, OTHER_X, PE, raw)
    with pytest.raises(SealBroken):
        kept_openings(work, X, PE, canonical(read_sealed(other).model_copy(update={"body": b"altered"})))
    with pytest.raises(Malformed):
        kept_openings(work, X, PE, b"altered")


# The stored form before migration 0039 had the holders' seal alone


@dataclass(frozen=True)
class Asked:
    """Exchanges of one question, and what was kept of them before."""

    database: Database
    keys: Keys
    store_url: str
    before: dict[str, bytes]

    def rows(self) -> dict[str, bytes]:
        with self.database.read() as work:
            kept = select(QuestionExchange.x, QuestionExchange.openings_sealed).where(col(QuestionExchange.x).in_(self.before))
            return dict(work.session.exec(kept).all())

    def migrate(self, to: str, keys: Keys | None) -> None:
        engine = sa.create_engine(self.store_url)
        with engine.connect() as connection:
            config = history(connection, None if keys is None else Lent(keys.storage, os.urandom))
            (command.upgrade if to == "head" else command.downgrade)(config, to)
            connection.commit()
        engine.dispose()


@pytest.fixture
def of_before(database: Database, keys: Keys, store_url: str) -> Asked:
    """A store of the schema before: more of them than are taken in one go, in each form that there was."""
    ids = {form: f"{number:x}" * 32 for number, form in enumerate(("one key", "empty", "no form", "no key", "spoilt"), 10)}
    many = [f"{number:032}" for number in range(41)]
    raws = {x: seal_openings(OPENINGS, x, PUBLIC, seeded(x)) for x in (*many, ids["no key"], ids["spoilt"])}
    raws |= {ids["one key"]: seal_to(OLD.public, canonical(OPENINGS)), ids["empty"]: b"", ids["no form"]: b'{"body":7}'}
    made = Asked(database, keys, store_url, raws)
    made.migrate("0038", keys)
    with database.begin() as work:
        asked(work)
        like = work.session.get_one(QuestionExchange, X).model_dump()
        for x, raw in raws.items():
            work.session.add(QuestionExchange(**like | {"x": x, "openings_sealed": raw}))
            if x != ids["no key"]:
                work.seal(x, b"what was said", "request:out:PE", TO_PERU)
        work.session.exec(update(ExchangeKey).where(col(ExchangeKey.x) == ids["spoilt"]).values(wrapped=b"spoilt"))
        work.session.exec(update(QuestionExchange).where(col(QuestionExchange.x) == X).values(openings_sealed=b""))
    return made


def test_what_was_kept_before_comes_under_the_keys_of_its_exchanges_and_back(of_before: Asked, database: Database) -> None:
    before = of_before.before
    database.migrate()
    after, unchanged = of_before.rows(), {"b" * 32, "d" * 32, "e" * 32}
    assert {x for x, raw in after.items() if raw == before[x]} == unchanged
    with database.read() as work:
        for x in before.keys() - unchanged - {"a" * 32, "c" * 32}:
            assert kept_openings(work, x, PE, after[x]) == read_sealed(before[x])
            assert opened(kept_openings(work, x, PE, after[x]), x) == OPENINGS
        assert OLD.open(kept_whole(work, "a" * 32, PE, after["a" * 32])) == canonical(OPENINGS)
        assert kept_whole(work, "c" * 32, PE, after["c" * 32]) == before["c" * 32]
    of_before.migrate("0038", of_before.keys)
    assert of_before.rows() == before


def test_without_the_node_s_key_nothing_is_left_behind_in_the_old_form(of_before: Asked) -> None:
    with pytest.raises(KeyError, match="seal"):
        of_before.migrate("head", None)
    assert of_before.rows() == of_before.before
