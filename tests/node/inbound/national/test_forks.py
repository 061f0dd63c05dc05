"""The evidence of forks over the national API: who may read it, and in what form. What it says: `tests/node/flows/`."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from node.officers import Role
from node.store.tables import LogFork, LogWitness
from protocol.checkpoint import Checkpoint, origin_of, parse_checkpoint, sign_checkpoint
from tests.node.inbound.conftest import CO, PE, Founded


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AUDITOR, Role.LIAISON)])
def test_nobody_else_reads_it(officer: Callable[..., TestClient], role: Role) -> None:
    assert officer(role).get("/v1/audit/forks").status_code == 403


def test_notes_come_as_text_with_the_keys_that_the_directory_has(founded: Founded) -> None:
    auditor, keys = founded.officer(Role.AUDITOR), founded.node.keys
    assert auditor.get("/v1/audit/forks").json() == {"of_peers": [], "against_us": []}
    origin = origin_of(CO, keys.log.public)
    first, second = (sign_checkpoint(Checkpoint(origin, 16, bytes([root] * 32)), keys.log).raw for root in (1, 2))
    theirs = founded.node.federation.directory.member(PE).log
    with founded.node.database.begin() as work:
        work.session.add(
            LogFork(origin=theirs.name, authority=PE, cause="other_root", first=first, second=second, noticed=7, settled=8)
        )
        work.session.add(LogWitness(origin=origin, authority=PE, against=first))
    told = auditor.get("/v1/audit/forks").json()
    (fork,), (against,) = told["of_peers"], told["against_us"]
    assert (fork["authority"], fork["log"], fork["key"]) == (PE, theirs.name, theirs.to_text())
    assert (fork["first"].encode(), fork["second"].encode()) == (first, second)
    assert (fork["noticed"], fork["settled"]) == (7, 8)
    assert (against["log"], against["size"], against["witnesses"]) == (origin, 16, [PE])
    assert parse_checkpoint(against["note"].encode()).checkpoint.root == bytes([1] * 32)
    assert against["key"].startswith(f"{origin}+")
