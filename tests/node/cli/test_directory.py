"""Publishing, submitting and looking, over the Secretariat's real server. Holders and offices are invented."""

import json
import shutil
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from node.directory import repository
from node.directory.ceremony import fingerprint, load_key
from node.directory.client import DirectoryClient, directory_http
from node.directory.repository import Repository
from node.directory.server import directory_app, server_config, take_submissions
from node.settings import Settings
from node.tls.certificates import create_authority, issue_leaf
from node.tls.contexts import trusting
from tests.node.cli.program import Program
from tests.node.cli.table import STATES, Table, laid, signed
from tests.protocol.federation import CO, working_entry
from tests.serving import in_a_thread


@pytest.fixture
def celosia() -> Program:
    """The program without a node."""
    return Program("http://127.0.0.1:1")


@pytest.fixture
def table(tmp_path: Path, celosia: Program) -> Table:
    made = laid(tmp_path, celosia)
    signed(made)
    return made


FIRST = ["1.root.json", "1.targets.json", "table/policy.json", *(f"1.{state}.json" for state in STATES)]
FIRST += [name for state in STATES for name in (f"table/members/{state}.json", f"{state}/entry.json")]


def publish(table: Table, *names: str, online: str = "online.pem", first: bool = False) -> list[str]:
    """The words of a publication."""
    options = ["--online-key", table.at(online), *(["--first"] if first else [])]
    return ["publish", table.at("repository"), *(table.at(name) for name in names), *options]


@pytest.fixture
def node(table: Table) -> Iterator[str]:
    """A node's folder, as far as its directory's settings go; the server that they name is running."""
    table.run(*publish(table, *FIRST, first=True))
    authority = create_authority("Invented directory", datetime.now(UTC), 10)
    leaf = issue_leaf(authority, ["127.0.0.1"], "OA", datetime.now(UTC), 10)
    (table.folder / "leaf.pem").write_bytes(leaf.certificate)
    (table.folder / "leaf.key").write_bytes(leaf.key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(table.folder / "leaf.pem", table.folder / "leaf.key")
    served = Repository(table.folder / "repository", load_key(table.folder / "online.pem"))
    app = directory_app(served.path)
    take_submissions(app, served)
    server = uvicorn.Server(server_config(app, "127.0.0.1", 0, tls))
    folder = table.folder / "node"
    folder.mkdir()
    (folder / "tls.pem").write_bytes(authority.certificate)
    root = (table.folder / "1.root.json").read_bytes()
    (folder / "root.json").write_bytes(root)
    with in_a_thread(server) as port:
        (folder / "node.toml").write_text(
            f'authority = "CO"\n[peer]\nport = 1\n[national]\nport = 2\n[directory]\nurl = "https://127.0.0.1:{port}"\n'
            f'tls_authority = "tls.pem"\nroot = "root.json"\nroot_fingerprint = "{fingerprint(root)}"\n'
        )
        yield str(folder)


def change(table: Table, *officers: str) -> tuple[str, str]:
    """A new entry of Colombia under a role signed by `officers`: the two files."""
    entry = working_entry(CO, peer_url="https://moved.example:8443")
    (table.folder / "CO/entry.json").write_bytes(entry.to_bytes())
    table.state(CO, "2.CO.json", "--after", table.at("1.CO.json"))
    table.sign("2.CO.json", *officers)
    return table.at("2.CO.json"), table.at("CO/entry.json")


def look(table: Table, node: str) -> dict[str, object]:
    shown: dict[str, object] = json.loads(table.program("directory", "look", "--node", node, "--json").out)
    return shown


def test_a_first_directory_needs_everything_and_is_published_once(table: Table) -> None:
    assert table.program("directory", *publish(table, *FIRST)).code == 1
    assert table.program("directory", *publish(table, *FIRST[1:], first=True)).code == 1
    assert "Published: directory version 1." in table.run(*publish(table, *FIRST, first=True))
    assert table.program("directory", *publish(table, *FIRST, first=True)).code == 1


def test_what_members_would_refuse_is_not_published(table: Table) -> None:
    argv = publish(table, *FIRST, first=True)
    (table.folder / "1.CO.json").write_bytes((table.folder / "1.CO.json").read_bytes().replace(b'"sig":"', b'"sig":"00', 1))
    result = table.program("directory", *argv, "--lang", "en")
    assert (result.code, "What was published is unchanged" in result.text) == (1, True)
    assert not (table.folder / "repository/published").exists()


def test_a_file_named_twice_or_of_no_kind_is_refused(table: Table) -> None:
    assert table.program("directory", *publish(table, *FIRST, FIRST[0], first=True)).code == 2
    assert table.program("directory", *publish(table, *FIRST, "CO/root.pub", first=True)).code == 1


def test_a_states_change_travels_to_the_secretariat_and_to_every_member(table: Table, node: str) -> None:
    assert look(table, node)["version"] == 1
    result = table.run("submit", *change(table, "CO/officer-1", "CO/officer-2"), "--node", node)
    assert "directory version 2" in result
    assert "https://moved.example:8443" in table.run("look", "--node", node)


@pytest.mark.parametrize(
    ("officers", "words"),
    [
        (("PE/officer-1", "PE/officer-2"), "signed by 0 of 2 holders needed"),
        (("CO/officer-1",), "signed by 1 of 2 holders needed"),
        (("CO/targets", "PE/targets"), "signed by 0 of 2 holders needed"),
    ],
    ids=["another state", "one officer", "the member states"],
)
def test_a_change_that_its_own_officers_have_not_signed_is_refused(
    table: Table, node: str, officers: tuple[str, ...], words: str
) -> None:
    files = change(table, *officers)
    result = table.program("directory", "submit", *files, "--node", node, "--lang", "en")
    assert (result.code, words in result.text) == (1, True)
    assert "Not enough of the appointed holders have signed" in result.text
    assert look(table, node)["version"] == 1


def test_a_tampered_entry_is_refused(table: Table, node: str) -> None:
    role, entry = change(table, "CO/officer-1", "CO/officer-2")
    Path(entry).write_bytes(working_entry(CO, peer_url="https://thief.example:8443").to_bytes())
    result = table.program("directory", "submit", role, entry, "--node", node, "--lang", "en")
    assert (result.code, "not the one that was signed" in result.text) == (1, True)
    assert look(table, node)["version"] == 1


def test_a_bundle_that_is_too_large_does_not_leave(table: Table, node: str) -> None:
    role, entry = change(table, "CO/officer-1", "CO/officer-2")
    Path(entry).write_bytes(b" " * (1 << 20))
    result = table.program("directory", "submit", role, entry, "--node", node, "--json")
    assert (result.code, json.loads(result.err)["code"]) == (1, "directory_too_large")


def test_a_look_adopts_nothing(table: Table, node: str) -> None:
    shown = table.program("directory", "look", "--node", node, "--lang", "en").text
    assert "Directory: version 1" in shown
    assert "Peru (PE): Invented office PE · https://node.pe.example:8443" in shown
    assert not (Path(node) / "directory").exists()


def test_a_look_notices_an_older_directory_as_the_node_would(table: Table, node: str) -> None:
    published = table.folder / "repository/published"
    old = published.readlink()
    table.run("submit", *change(table, "CO/officer-1", "CO/officer-2"), "--node", node)
    with directory_http(trusting(Path(node) / "tls.pem")) as http:
        root, settings = (Path(node) / "root.json").read_bytes(), Settings.read(Path(node))
        DirectoryClient(Path(node) / "directory", settings.directory.url, root, root_fingerprint=None, http=http).refresh()
    published.unlink()
    published.symlink_to(old)

    result = table.program("directory", "look", "--node", node, "--json")
    assert (result.code, json.loads(result.err)["code"]) == (1, "directory_rolled_back")
    shutil.rmtree(Path(node) / "directory")  # who has no memory is deceived
    assert look(table, node)["version"] == 1


def test_a_state_that_is_left_out_is_named_with_the_reason(table: Table, node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = json.loads((table.folder / "1.targets.json").read_text())
    del metadata["signed"]["targets"]["members/PE.json"]
    metadata["signed"]["version"], metadata["signatures"] = 2, []
    (table.folder / "2.targets.json").write_text(json.dumps(metadata))
    table.sign("2.targets.json", "CO/targets", "PE/targets")
    refused = table.program("directory", *publish(table, "2.targets.json"), "--lang", "en")
    assert (refused.code, "not_a_member" in refused.text) == (1, True)

    monkeypatch.setattr(repository, "_states_that_differ", lambda *_: set())  # a Secretariat that does not look
    table.run(*publish(table, "2.targets.json"))
    assert look(table, node)["left_out"] == {"PE": "not_a_member"}
    assert "Left out: Peru (PE). It has officers and is not a member" in table.run("look", "--node", node)


def test_without_a_server_or_settings_the_command_says_what_is_missing(table: Table, node: str) -> None:
    role, entry = change(table, "CO/officer-1", "CO/officer-2")
    settings = Path(node) / "node.toml"
    settings.write_text(settings.read_text().replace('url = "https://127.0.0.1:', 'url = "https://127.0.0.1:1#'))
    for argv in (("submit", role, entry), ("look",)):
        result = table.program("directory", *argv, "--node", node, "--json")
        assert (result.code, json.loads(result.err)["code"]) == (1, "directory_unreachable")
    (Path(node) / "tls.pem").write_text("none")
    assert "cannot be read" in table.program("directory", "look", "--node", node, "--lang", "en").text
    assert json.loads(table.program("directory", "look", "--node", table.at("CO"), "--json").err)["code"] == "settings_unusable"
