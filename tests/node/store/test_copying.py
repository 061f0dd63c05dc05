"""Tables as lines: whatever a column can hold comes back as it was."""

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from node.store import copying
from node.store.database import Database, Work
from node.store.tables import HeldManifest, Intake

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


def emptied(work: Work) -> None:
    for table in reversed(copying.tables_of(work)):
        work.session.connection().execute(table.delete())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.builds(
            HeldManifest,
            digest=st.uuids().map(lambda name: name.hex * 2),
            authority=st.just("CO"),
            list_id=TEXT,
            epoch=st.integers(1, 2**31 - 1),
            position=st.uuids().map(lambda name: name.int % 2**40),
            audience=st.just("all"),
            valid_until=st.integers(0, 2**62),
            raw=st.binary(max_size=40),
            usable=st.booleans(),
            received=st.integers(0, 2**62),
        ),
        max_size=4,
    )
)
def test_rows_come_back_as_they_were(database: Database, rows: list[HeldManifest]) -> None:
    with database.begin() as work:
        emptied(work)
        for row in rows:
            work.session.add(HeldManifest(**row.model_dump()))
        work.session.flush()
        tables = {table.name: table for table in copying.tables_of(work)}
        said = json.loads(json.dumps(list(copying.read_rows(work, tables["manifests"]))))
        before = [row.model_dump() for row in work.session.exec(select(HeldManifest)).all()]
        work.session.expunge_all()
        emptied(work)
        for part in said:
            copying.write_rows(work, tables["manifests"], list(tables["manifests"].columns.keys()), part)
        after = [row.model_dump() for row in work.session.exec(select(HeldManifest)).all()]
        assert sorted(after, key=lambda row: row["digest"]) == sorted(before, key=lambda row: row["digest"])
        work.session.expunge_all()


def test_a_table_comes_after_those_that_it_refers_to(work: Work) -> None:
    names = [table.name for table in copying.tables_of(work)]
    assert names.index("officers") < names.index("officer_tokens")
    assert names.index("index_lists") < names.index("index_items")
    assert copying.HISTORY not in names


def test_what_is_numbered_goes_on_after_the_last_number(work: Work) -> None:
    table = next(table for table in copying.tables_of(work) if table.name == "intake")
    columns = ["id", "at", "kind", "x", "opening_sealed"]
    copying.write_rows(work, table, columns, [[41, 1, "imported", "0" * 32, {"b": ""}]])
    for each in copying.tables_of(work):
        copying.go_on_counting(work, each)
    work.session.add(Intake(at=2, kind="imported", x="1" * 32, opening_sealed=os.urandom(3)))
    work.session.flush()
    assert max(row.id or 0 for row in work.session.exec(select(Intake)).all()) == 42


@pytest.mark.parametrize(("columns", "row"), [(["id", "no_such"], [1, 2]), (["id"], [1, 2])])
def test_rows_of_another_table_are_refused(work: Work, columns: list[str], row: list[int]) -> None:
    table = next(table for table in copying.tables_of(work) if table.name == "intake")
    with pytest.raises(ValueError, match="another table"):
        copying.write_rows(work, table, columns, [row])
