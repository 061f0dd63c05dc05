"""What a backup holds and what it leaves out, and that it comes back whole, from an older schema too."""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.backup.container import Header, SealedWriter
from node.backup.contents import NEVER_KEPT, Content, check_backup, restore_backup, write_backup
from node.backup.errors import BackupRefused
from node.custody import nobody, open_vault
from node.keys import Keys
from node.settings import Settings
from node.store import copying, schema
from node.store.database import Database, ExchangeRef, Work
from node.store.erasing import erase_exchange, erase_question
from node.store.exchange_keys import Lent
from node.store.kept_openings import keep_openings, kept_openings
from node.store.place import url_of
from node.store.tables import Officer, OfficerToken, QuestionExchange
from protocol.journal import Act
from protocol.matching import OpeningRefused, Openings
from protocol.sealed_openings import hand_on, open_openings, read_sealed
from tests.node.conftest import ALICE, Clock
from tests.node.holders import FIRST, PUBLIC, SECOND
from tests.node.store.test_erasing import X, asked
from tests.protocol.federation import PE, prepared_question

SECRET = "an invented secret"
CO = STATES[0].authority


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    ports = Ports(8472, {state.authority: 8471 for state in STATES}, {state.authority: 8470 for state in STATES})
    found_federation(folder, STATES, ports, "")
    return folder / CO


def opened(folder: Path) -> Database:
    settings = Settings.read(folder)
    keys = Keys.read(open_vault(folder, settings.keys, nobody))
    return Database(url_of(folder, settings), keys.storage, os.urandom, Clock())


@pytest.fixture
def node(founded: Path, tmp_path: Path) -> Iterator[Path]:
    """A node with an officer's token and an act on record."""
    folder = tmp_path / "node"
    shutil.copytree(founded, folder)
    database = opened(folder)
    with database.begin() as work:
        work.record(Act.LOGIN_REFUSED, reason="invented")
        work.session.connection().exec_driver_sql(
            "INSERT INTO officers (id, username, name, staff_number_digest, roles, active, created) "
            "VALUES ('o', 'eva', 'Eva Inventada', 'd', 'auditor', 1, 1)"
        )
        work.session.add(OfficerToken(digest="0" * 64, officer_id="o", scopes="auditor", created=1, expires=2))
    database.close()
    yield folder


def backed_up(folder: Path, *, exchange_keys: bool = False) -> tuple[bytes, Content]:
    file, database = io.BytesIO(), opened(folder)
    content = write_backup(file, folder, database, SECRET, os.urandom, exchange_keys=exchange_keys)
    database.close()
    return file.getvalue(), content


def rows(folder: Path) -> dict[str, list[list[object]]]:
    database = opened(folder)
    with database.read() as work:
        found = {
            table.name: [row for part in copying.read_rows(work, table) for row in part] for table in copying.tables_of(work)
        }
    database.close()
    return found


def test_everything_comes_back_but_what_must_not_outlive_its_end(node: Path, tmp_path: Path) -> None:
    raw, content = backed_up(node)
    restored = tmp_path / "restored"
    assert restore_backup(io.BytesIO(raw), restored, SECRET, opened).files == content.files
    before, after = rows(node), rows(restored)
    for name in before:
        assert after[name] == ([] if name in (*NEVER_KEPT, "exchange_keys") else before[name]), name
    assert before["officer_tokens"] != [] != before["exchange_keys"]
    kept = {path.relative_to(restored) for path in restored.rglob("*") if path.is_file()}
    lost = {path.relative_to(node) for path in node.rglob("*") if path.is_file()} - kept
    assert {path.parts[:2] for path in lost} == {("keys", "epochs")}
    for path in kept - {Path("database.sqlite")}:
        assert (restored / path).read_bytes() == (node / path).read_bytes()
        assert (restored / path).stat().st_mode & 0o077 == 0, path


def test_the_keys_of_exchanges_are_kept_when_that_is_asked_for(node: Path, tmp_path: Path) -> None:
    raw, content = backed_up(node, exchange_keys=True)
    assert content.has_exchange_keys
    assert not backed_up(node)[1].has_exchange_keys
    restore_backup(io.BytesIO(raw), tmp_path / "restored", SECRET, opened)
    assert rows(tmp_path / "restored")["exchange_keys"] == rows(node)["exchange_keys"]


def read_together(work: Work, raw: bytes) -> Openings:
    """What a node gives two holders of this row, and they read."""
    sealed = kept_openings(work, X, PE, raw)
    return open_openings(sealed, X, hand_on(sealed.boxes, FIRST), SECOND)


def test_what_was_asked_and_erased_since_opens_from_no_backup_with_all_keys_of_the_node_and_of_two_holders(
    node: Path, tmp_path: Path
) -> None:
    openings, database = prepared_question().openings, opened(node)
    with database.begin() as work:
        alice = {"id": ALICE, "username": "alice", "staff_number_digest": "of Alice"}
        work.session.add(Officer(**work.session.get_one(Officer, "o").model_dump() | alice))
        work.session.flush()
        question = asked(work)
        row = work.session.get_one(QuestionExchange, X)
        row.openings_sealed = keep_openings(work, X, PE, openings, PUBLIC)
        work.session.add(row)
    raw, _ = backed_up(node)
    with database.begin() as work:
        asked_before = work.session.get_one(QuestionExchange, X).openings_sealed
        assert read_together(work, asked_before) == openings  # until then
        erase_exchange(work, ExchangeRef(X, PE, "out"))
        erase_question(work, question)
    restore_backup(io.BytesIO(raw), tmp_path / "restored", SECRET, opened)
    restored = opened(tmp_path / "restored")
    with restored.read() as put_back:
        assert put_back.session.get_one(QuestionExchange, X).openings_sealed == asked_before
    for each in (restored, database):  # with what the restored node has, and with what the other one has left
        with each.read() as work:
            with pytest.raises(KeyError):
                read_together(work, asked_before)
            assert not work.can_open(question)
        each.close()
    sealed = read_sealed(asked_before)
    with pytest.raises(OpeningRefused, match=r"openings\.body"):
        open_openings(sealed, X, hand_on(sealed.boxes, FIRST), SECOND)


def test_no_seed_and_no_secret_of_the_node_stands_in_the_file_in_clear(node: Path) -> None:
    raw, content = backed_up(node)
    assert not any(name.startswith("keys/epochs") for name in content.files)
    for path in (node / "keys").rglob("*"):
        assert path.is_dir() or path.read_bytes().strip() not in raw


def test_a_backup_in_the_middle_of_a_change_of_leaf_holds_one_leaf_whole(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf, read_bytes = [node / "tls" / "leaf.key", node / "tls" / "leaf.pem"], Path.read_bytes

    def then_the_leaf_changes(path: Path) -> bytes:
        raw = read_bytes(path)
        if path == leaf[0] and raw != b"next":
            for each in leaf:
                each.write_bytes(b"next")
        return raw

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Path, "read_bytes", then_the_leaf_changes)
        raw, _ = backed_up(node)
    restore_backup(io.BytesIO(raw), tmp_path / "restored", SECRET, opened)
    assert [(tmp_path / "restored" / "tls" / each.name).read_bytes() for each in leaf] == [b"next", b"next"]


def test_a_check_counts_what_was_written_and_keeps_nothing(node: Path) -> None:
    raw, content = backed_up(node)
    before = sorted(node.rglob("*"))
    assert check_backup(io.BytesIO(raw), SECRET) == content
    assert sorted(node.rglob("*")) == before


def test_an_older_schema_is_put_back_as_it_was_and_then_migrated(node: Path, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{node / 'database.sqlite'}")
    with engine.connect() as connection:
        storage = Keys.read(open_vault(node, Settings.read(node).keys, nobody)).storage
        command.downgrade(schema.history(connection, Lent(storage, os.urandom)), "0002")
        connection.commit()
    engine.dispose()
    raw, content = backed_up(node)
    assert content.header.schema_ == "0002"
    restore_backup(io.BytesIO(raw), tmp_path / "restored", SECRET, opened)
    restored = opened(tmp_path / "restored")
    with restored.read() as work:
        assert copying.revision_of(work) != "0002"
    restored.close()
    epochs = rows(tmp_path / "restored")["list_epochs"]
    assert len(epochs) == len(rows(node)["list_epochs"]) > 0


def test_a_newer_schema_is_refused_before_anything_is_written(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, _ = backed_up(node)
    monkeypatch.setattr(schema, "knows", lambda _revision: False)
    with pytest.raises(BackupRefused, match="backup_newer"):
        restore_backup(io.BytesIO(raw), tmp_path / "restored", SECRET, opened)
    assert not (tmp_path / "restored").exists()


def test_a_database_that_holds_something_is_left_as_it_is(node: Path, tmp_path: Path) -> None:
    raw, _ = backed_up(node)
    other = tmp_path / "other"
    shutil.copytree(node, other)
    before = rows(other)
    with pytest.raises(BackupRefused, match="backup_store_not_empty"):
        restore_backup(io.BytesIO(raw), tmp_path / "restored", SECRET, lambda _folder: opened(other))
    assert rows(other) == before


def made_of(*parts: bytes) -> bytes:
    """A backup that opens, and holds what nobody would have written."""
    file = io.BytesIO()
    header = Header(authority=CO, at=1, schema_="0001", rounds=1, memory=8 << 20, salt="00" * 16)
    writer = SealedWriter(file, header, SECRET, os.urandom)
    for number, part in enumerate(parts, 1):
        writer.put(part, last=number == len(parts))
    return file.getvalue()


@pytest.mark.parametrize(
    "parts",
    [
        [b'{"file":"../outside","content":""}', b'{"files":1,"rows":{}}'],
        [b'{"file":"/outside","content":""}', b'{"files":1,"rows":{}}'],
        [b'{"file":"node.toml","content":""}'],
        [b'{"file":"node.toml","content":""}', b'{"files":2,"rows":{}}'],
        [b'{"files":0,"rows":{"officers":1}}'],
        [b'{"table":"officers","columns":["id"],"rows":[["a"]]}', b'{"files":0,"rows":{"officers":2}}'],
        [b'{"files":0,"rows":{}}', b'{"files":0,"rows":{}}'],
        [b'{"table":"officers","columns":[],"rows":[]}'],
    ],
)
def test_a_backup_that_does_not_add_up_is_damaged(tmp_path: Path, parts: list[bytes]) -> None:
    with pytest.raises(BackupRefused, match="backup_damaged"):
        check_backup(io.BytesIO(made_of(*parts)), SECRET)
    assert list(tmp_path.iterdir()) == []
