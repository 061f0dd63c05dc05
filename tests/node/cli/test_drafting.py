"""What is laid on the table. Holders and offices are invented."""

from pathlib import Path

import pytest

from crypto.merkle import root_of
from crypto.signing import SigningKey
from node.directory import files
from node.directory.layout import THRESHOLD_FLOOR
from protocol.checkpoint import (
    Checkpoint,
    add_cosignatures,
    cosign_checkpoint,
    origin_of,
    sign_checkpoint,
    witness_key,
    witness_name_of,
)
from protocol.directory import Policy
from protocol.members import MemberEntry, MemberKeys
from tests.node.cli.program import Program
from tests.node.cli.table import Table, laid, signed
from tests.protocol.federation import (
    BR,
    CO,
    NOW,
    PE,
    POLICY,
    log_secret,
    member_entry,
    member_keys,
    octets,
    witness_secret,
    working_entry,
)


@pytest.fixture
def celosia() -> Program:
    """The program without a node: drafting needs none."""
    return Program("http://127.0.0.1:1")


@pytest.fixture
def table(tmp_path: Path, celosia: Program) -> Table:
    return laid(tmp_path, celosia)


def read(table: Table, name: str) -> files.Role:
    return files.read_role((table.folder / name).read_bytes(), name)


def test_a_first_draft_is_version_one_and_each_next_one_follows(table: Table) -> None:
    signed(table)
    table.root("2.root.json", "--after", table.at("1.root.json"))
    table.targets("2.targets.json", "--after", table.at("1.targets.json"))
    table.state(CO, "2.CO.json", "--after", table.at("1.CO.json"))
    for name in ("root", "targets", "CO"):
        assert [read(table, f"{version}.{name}.json").signed.version for version in (1, 2)] == [1, 2]


def test_a_draft_after_a_file_of_another_role_is_refused(table: Table) -> None:
    signed(table)
    argv = ("draft", "state", table.at("CO/entry.json"), "--out", table.at("new.json"), "--lang", "en")
    for before in ("1.PE.json", "1.targets.json", "1.root.json"):
        result = table.program("directory", *argv, "--after", table.at(before))
        assert (result.code, "not the version before of the role CO" in result.text) == (1, True)
    assert not (table.folder / "new.json").exists()


def test_what_was_handed_round_is_not_drafted_over(table: Table) -> None:
    table.root()
    before = (table.folder / "1.root.json").read_bytes()
    argv = ("draft", "state", table.at("CO/entry.json"), "--out", table.at("1.root.json"), "--lang", "en")
    result = table.program("directory", *argv)
    assert (result.code, "exists already" in result.text) == (2, True)
    assert (table.folder / "1.root.json").read_bytes() == before


def test_no_draft_lets_a_single_holder_or_the_secretariat_decide(table: Table) -> None:
    argv = ["draft", "root", "--targets-holder", table.at("CO/targets.pub"), "--targets-holder", table.at("PE/targets.pub")]
    argv += ["--online", table.at("online.pub"), "--out", table.at("rogue.json"), "--root-holder", table.at("CO/root.pub")]
    for other in ((), ("--root-holder", table.at("CO/root.pub")), ("--root-holder", table.at("online.pub"))):
        result = table.program("directory", *argv, *other, "--lang", "en")
        assert (result.code, "more than may be given" in result.text) == (1, True)
    assert table.program("directory", *argv, "--needed", str(THRESHOLD_FLOOR - 1)).code == 2
    table.run(*argv, "--root-holder", table.at("PE/root.pub"))


def test_a_private_key_where_a_public_one_belongs_is_refused(table: Table) -> None:
    argv = ["draft", "root", "--targets-holder", table.at("CO/targets.pub"), "--targets-holder", table.at("PE/targets.pub")]
    argv += ["--online", table.at("online.pem"), "--out", table.at("x.json")]
    argv += ["--root-holder", table.at("CO/root.pub"), "--root-holder", table.at("PE/root.pub")]
    result = table.program("directory", *argv, "--lang", "en")
    assert (result.code, "online.pem" in result.text) == (1, True)


def test_the_members_list_says_what_lies_in_the_folder_and_nothing_else(table: Table) -> None:
    signed(table)
    listed = set(read(table, "1.targets.json").signed.targets)  # type: ignore[union-attr]
    assert listed == {"policy.json", "members/CO.json", "members/PE.json"}
    (table.folder / "table/members/PE.json").unlink()
    argv = ("draft", "targets", table.at("table"), "--root", table.at("1.root.json"), "--out", table.at("x.json"), "--lang", "en")
    result = table.program("directory", *argv)
    assert (result.code, "every member needs its officers" in result.text) == (1, True)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("members/CO.json", member_entry(PE).to_bytes()),
        ("members/CO.json", working_entry(CO).to_bytes()),
        ("members/CO.json", b"{}"),
        ("policy.json", member_entry(CO).to_bytes()),
    ],
    ids=["another state's", "not a member's", "nothing", "no policy"],
)
def test_a_file_in_a_place_that_is_not_its_own_is_refused(table: Table, name: str, raw: bytes) -> None:
    table.root()
    (table.folder / "table" / name).write_bytes(raw)
    argv = ("draft", "targets", table.at("table"), "--root", table.at("1.root.json"), "--out", table.at("x.json"), "--lang", "en")
    result = table.program("directory", *argv)
    assert (result.code, f"Where: {Path(name).name}" in result.text) == (1, True)


def test_an_empty_folder_is_told_how_to_fill_it(table: Table) -> None:
    table.root()
    argv = ("draft", "targets", table.at("CO"), "--root", table.at("1.root.json"), "--out", table.at("x.json"))
    result = table.program("directory", *argv)
    assert (result.code, "celosia directory draft member" in result.text) == (2, True)


def test_a_states_role_needs_a_states_entry(table: Table) -> None:
    for name in ("table/members/CO.json", "table/policy.json", "CO/root.pub"):
        assert table.program("directory", "draft", "state", table.at(name), "--out", table.at("x.json")).code == 1


def test_member_and_policy_are_made_in_their_canonical_form(table: Table) -> None:
    names = ("--name-es", "Oficina", "--name-en", "Office", "--name-pt", "Escritório", "--name-fr", "Bureau")
    (table.folder / "keys.json").write_bytes(member_keys(BR).to_bytes())
    table.run("draft", "member", table.at("keys.json"), *names, "--out", table.at("BR.json"))
    entry = MemberEntry.from_bytes((table.folder / "BR.json").read_bytes())
    assert (entry.authority, entry.names.pt) == ("BR", "Escritório")
    assert (entry.log, entry.witness) == (member_keys(BR).log, member_keys(BR).witness)
    spans = ("--clock-tolerance", "60", "--directory-grace", "0", "--manifest-validity", "3600", "--witness-faults", "1")
    terms = ("--exchange-retention", "31536000", "--erasure-term", "2592000")
    table.run("draft", "policy", *spans, *terms, "--out", table.at("policy.json"))
    made = Policy.from_bytes((table.folder / "policy.json").read_bytes())
    assert (made.clock_tolerance, made.witness_faults, made.erasure_term) == (60, 1, 30 * 86400)


def test_a_member_without_a_name_or_without_its_nodes_keys_is_refused(table: Table) -> None:
    names = ["--name-es", "x", "--name-en", "Office", "--name-pt", "Escritório", "--name-fr", "Bureau", "--out", table.at("x")]
    (table.folder / "keys.json").write_bytes(member_keys(BR).to_bytes())
    result = table.program("directory", "draft", "member", table.at("keys.json"), *names, "--lang", "en")
    assert (result.code, "3 to 160 characters" in result.text) == (2, True)
    names[1] = "Oficina"
    result = table.program("directory", "draft", "member", table.at("CO/entry.json"), *names, "--lang", "en")
    assert (result.code, "not what a node's founding wrote" in result.text) == (1, True)
    assert not (table.folder / "x").exists()


@pytest.mark.parametrize("which", ["log", "witness"])
def test_two_members_with_one_key_are_not_drafted(table: Table, which: str) -> None:
    table.root()
    log, witness = (log_secret(CO) if which == "log" else log_secret(PE)), witness_secret(CO if which == "witness" else PE)
    borrowed = MemberKeys.of(PE, log.public, witness.public)
    (table.folder / "table/members/PE.json").write_bytes(member_entry(PE, log=borrowed.log, witness=borrowed.witness).to_bytes())
    argv = ("draft", "targets", table.at("table"), "--root", table.at("1.root.json"), "--out", table.at("x.json"), "--lang", "en")
    result = table.program("directory", *argv)
    assert (result.code, "another member's too" in result.text) == (1, True)


def test_a_policy_beyond_its_bounds_is_refused(table: Table) -> None:
    spans = ("--directory-grace", "0", "--manifest-validity", "3600", "--out", table.at("policy.json"))
    options = ("--clock-tolerance", "--witness-faults", "--exchange-retention", "--erasure-term")
    within, below = ("60", "0", "31536000", "2592000"), ("901", "64", "86400", "3600")
    for place in range(len(options)):
        bounded = [word for at, name in enumerate(options) for word in (name, (below if at == place else within)[at])]
        assert table.program("directory", "draft", "policy", *bounded, *spans).code == 2


# A log that is closed


def closing(table: Table, last: bytes | None = None) -> tuple[str, ...]:
    """How Colombia's next entry is drafted once its node has made another log key."""
    new = MemberKeys.of(CO, SigningKey.from_seed(octets("next log key of CO")).public, witness_secret(CO).public)
    (table.folder / "keys.json").write_bytes(new.to_bytes())
    if last is not None:
        (table.folder / "last").write_bytes(last)
    argv = ("directory", "draft", "member", table.at("keys.json"), "--table", table.at("table"), "--out", table.at("next.json"))
    return (*argv, "--lang", "en")


def checkpoint(*witnesses: SigningKey, log: SigningKey | None = None, origin: str | None = None) -> bytes:
    """The last of Colombia's log, signed by it and cosigned as Peru would, under each of these keys."""
    own = origin_of(CO, log_secret(CO).public) if origin is None else origin
    signed = sign_checkpoint(Checkpoint(own, 41, octets("root")), log or log_secret(CO))
    for key in witnesses:
        name = witness_name_of(PE, key.public)
        line = cosign_checkpoint(signed, name, key, NOW)
        signed = add_cosignatures(signed, [line], witness_key(name, key.public))
    return signed.raw


def test_a_log_whose_key_changes_is_closed_where_its_witnesses_saw_it_last(table: Table) -> None:
    argv = closing(table, checkpoint(witness_secret(PE)))
    assert table.program(*argv, "--checkpoint", table.at("last")).code == 0
    made = MemberEntry.from_bytes((table.folder / "next.json").read_bytes())
    assert made.names == member_entry(CO).names
    assert (made.former_logs[0].origin, made.former_logs[0].key) == (member_entry(CO).log.origin, member_entry(CO).log.key)
    assert made.former_logs[0].last == Checkpoint(member_entry(CO).log.origin, 41, octets("root"))
    # the one after that has both
    (table.folder / "table/members/CO.json").write_bytes(made.to_bytes())
    (table.folder / "keys.json").write_bytes(member_keys(CO).to_bytes())
    again = table.program(*argv[:-4], "--out", table.at("again.json"), "--never-witnessed", "--lang", "en")
    assert (again.code, "key_twice" in again.text) == (1, True), "a log that was closed is not opened again"


@pytest.mark.parametrize(
    "last",
    [
        checkpoint(),
        checkpoint(SigningKey.from_seed(octets("a thief's witness"))),
        checkpoint(witness_secret(PE), log=log_secret(PE)),
        checkpoint(witness_secret(PE), origin=origin_of(PE, log_secret(PE).public)),
        b"",
    ],
    ids=["signed by the thief of the log key alone", "cosigned by nobody known", "another key", "another log", "nothing"],
)
def test_what_the_witnesses_did_not_see_closes_no_log(table: Table, last: bytes) -> None:
    argv = closing(table, last)
    result = table.program(*argv, "--checkpoint", table.at("last"))
    assert (result.code, "Where: last" in result.text) == (1, True)
    assert not (table.folder / "next.json").exists()


def test_a_log_that_was_never_witnessed_ends_empty_and_somebody_has_to_say_so(table: Table) -> None:
    argv = closing(table, checkpoint(witness_secret(PE)))
    for wrong in ((), ("--never-witnessed", "--checkpoint", table.at("last"))):
        result = table.program(*argv, *wrong)
        assert (result.code, "A log is closed when its key changes" in result.text) == (2, True)
    assert table.program(*argv, "--never-witnessed", "--name-en", "Another office").code == 0
    made = MemberEntry.from_bytes((table.folder / "next.json").read_bytes())
    assert made.former_logs[0].last == Checkpoint(member_entry(CO).log.origin, 0, root_of(()))
    assert (made.names.en, made.names.es) == ("Another office", member_entry(CO).names.es)


def test_of_a_log_that_goes_on_nothing_is_closed(table: Table) -> None:
    argv = closing(table)
    (table.folder / "keys.json").write_bytes(member_keys(CO).to_bytes())
    assert table.program(*argv, "--never-witnessed").code == 2
    assert table.program(*argv).code == 0
    assert (table.folder / "next.json").read_bytes() == member_entry(CO).to_bytes()


def test_nobody_closes_a_log_before_a_table_that_is_not_in_order(table: Table) -> None:
    argv = (*closing(table, checkpoint(witness_secret(PE))), "--checkpoint", table.at("last"))
    folder, entry = table.folder / "table", member_entry(CO).to_bytes()
    for name, raw in (("policy.json", entry), ("members/PE.json", entry), ("members/CO.json", POLICY.to_bytes())):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(raw)
        assert table.program(*argv).code == 1
        (folder / name).write_bytes(before)
    (folder / "members/PE.json").unlink()
    result = table.program(*argv)
    assert (result.code, "nobody else is on the table" in result.text) == (1, True)
