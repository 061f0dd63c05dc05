"""The bundle verifier as courts run it: one file, its words, its exit codes, and any input at all."""

import ast
import json
import re
import string
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy import verify_bundle
from deploy.verify_bundle import COVERS, LANGUAGES, SENT, WORDS, Files, main, read_directory, read_roots, verify
from node.directory.ceremony import fingerprint
from protocol import evidence_cover
from protocol.asic import unpack
from protocol.directory import Directory
from protocol.journal import PAIRED, Act
from protocol.messages import REPLIES, REQUESTS
from protocol.vocabulary import Language
from protocol.wire import sha256
from tests.protocol.bundles import ROOT_DIGEST, WITNESSES, Exchange, bundle, repacked, roots
from tests.protocol.federation import CO, PE, working_entry

FILE = Path(verify_bundle.__file__)
SOURCE = FILE.read_text("utf-8")
NO_EVIDENCE = {
    *("manifests_wanted", "manifest_wanted", "records_wanted", "manifests", "records", "match_receipt"),
    *("counterparts_wanted", "counterparts", "erasure_receipt", "opening_receipt"),
}
"""Messages that leave no entries with two sides."""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.asice"
    path.write_bytes(bundle())
    return path


def test_a_bundle_holds() -> None:
    report = verify(bundle(), ROOT_DIGEST)
    assert report.exit_code == 0
    assert [line.code for line in report.lines if line.status == "holds"] == [
        *("container", "directory", "log", "log", "adopted", "adopted", "signed", "paired", "signed", "paired"),
        *("between", "between"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_in_each_language(kept: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root-sha256", ROOT_DIGEST, "--language", language, str(kept)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(WORDS[language]["title"])
    assert told.endswith(WORDS[language]["verdict_holds"] + "\n")


def test_the_directory_is_read_as_nodes_read_it() -> None:
    files = {name.removeprefix("directory/5/"): raw for name, raw in unpack(bundle()).items() if name.startswith("directory/5/")}
    targets = {path: raw for path, raw in files.items() if path == "policy.json" or path.startswith(("members/", "states/"))}
    # the bundle has working entries of both sides only: any will do for the witnesses
    targets |= {f"states/{state}.json": working_entry(state).to_bytes() for state in WITNESSES}
    theirs = Directory.assemble(5, sha256(files["snapshot.json"]), datetime.now(UTC), targets)
    assert theirs.left_out == {}
    container = Files(bundle())
    read = read_roots(container, ROOT_DIGEST)
    ours = read_directory(container, 5, (CO, PE), read)
    for state in (CO, PE):
        quorum = theirs.quorum_of(state)
        assert quorum is not None
        assert quorum.needed == ours.quorum_of(state)
        assert [(key.name, bytes(key.key), key.id) for key in quorum.witnesses] == [
            (key.name, key.key, key.id) for key in ours.witnesses_of(state)
        ]
        log = theirs.members[state].log
        assert [(log.name, bytes(log.key), log.id)] == [
            (each.key.name, each.key.key, each.key.id) for each in ours.members[state].logs
        ]
        assert [(each.key, each.not_after) for each in theirs.members[state].working.signing] == [
            (each.key, each.not_after) for each in ours.signing[state]
        ]
    assert (ours.digest, ours.tolerance, ours.grace) == (
        theirs.ref.hash,
        theirs.policy.clock_tolerance,
        theirs.policy.directory_grace,
    )


def test_the_fingerprint_that_is_read_aloud_names_the_root_too(kept: Path) -> None:
    assert main(["--root-sha256", fingerprint(roots()[-1]), str(kept)]) == 0


def test_the_exit_codes_are_as_documented(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root-sha256", "0" * 64, str(kept)]) == 1
    assert main(["--root-sha256", "no digest", str(kept)]) == 2
    assert main(["--root-sha256", ROOT_DIGEST, str(tmp_path / "missing")]) == 2
    with pytest.raises(SystemExit) as usage:
        main([])
    assert usage.value.code == 2
    kept.write_bytes(Exchange(after=False).evidence().to_bytes())
    assert main(["--root-sha256", ROOT_DIGEST, str(kept)]) == 3
    assert WORDS["es"]["verdict_gaps"] in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_usage_is_told_in_the_readers_language(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--language", language],
        ["a", "b", "c", f"--language={language}"],
        ["--root", "0", "--language", language],
    ):
        with pytest.raises(SystemExit) as usage:
            main(arguments)
        assert usage.value.code == 2
        assert capsys.readouterr().err == WORDS[language]["usage"] + "\n"
    with pytest.raises(SystemExit) as usage:
        main(["--help", "--language", language])
    assert usage.value.code == 0
    assert WORDS[language]["codes"] in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--language", "de"])
    assert capsys.readouterr().err == WORDS["es"]["usage"] + "\n"


def test_it_runs_alone_without_anything_of_ours(kept: Path) -> None:
    alone = kept.parent / "verify_bundle.py"
    alone.write_text(SOURCE, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(alone), "--root-sha256", ROOT_DIGEST, str(kept)],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
        cwd=kept.parent,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"RESULTADO" in done.stdout


def test_it_is_one_file_of_the_standard_library_in_the_language_of_python_3_9() -> None:
    tree = ast.parse(SOURCE, feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    # what later Pythons brought, and no parser refuses
    assert not re.search(r"strict=True|\bUTC\b[,)]|removeprefix|removesuffix|itertools", SOURCE)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    assert {len(call.args) for call in calls if getattr(call.func, "attr", "") in ("from_bytes", "to_bytes")} == {2}
    assert "from __future__ import annotations" in SOURCE


def test_all_languages_say_the_same() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for language in LANGUAGES:
        assert WORDS[language].keys() == WORDS["es"].keys()
        for code, text in WORDS[language].items():
            assert text.strip()
            assert holes(text) == holes(WORDS["es"][code]), (language, code)
        assert holes(COVERS[language]) == holes(COVERS["es"])


def test_every_sentence_is_used_and_every_one_that_is_used_is_there() -> None:
    said = set(re.findall(r"words\['([a-z_]+)'\]", SOURCE))
    said |= set(re.findall(r'Refused\(\s*"([a-z_]+)"', SOURCE))
    said |= set(re.findall(r'\.say\(\s*"(?:holds|fails|unsaid|note)",\s*"([a-z_]+)"', SOURCE))
    said |= set(re.findall(r'words\["([a-z_]+)"\]', SOURCE)) | {"verdict_holds", "verdict_fails", "verdict_gaps"}
    said |= {"holds", "fails", "unsaid", "note", "note_content", "note_others", "note_sides"}
    assert said == WORDS["es"].keys()


def test_the_facts_of_every_sentence_are_given() -> None:
    # each place that says a sentence names the facts that stand in it
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and isinstance(node.args[0], ast.Constant):
            given_facts = {keyword.arg for keyword in node.keywords}
            wanted = {name for _, name, _, _ in string.Formatter().parse(WORDS["es"][str(node.args[0].value)]) if name}
            assert given_facts == wanted, node.args[0].value


def test_covers_are_those_that_nodes_write() -> None:
    assert {str(language): text for language, text in evidence_cover._PAGES.items()} == COVERS
    assert set(COVERS) == {str(language) for language in Language} == set(LANGUAGES)


def test_the_kinds_of_entries_are_those_of_the_journal() -> None:
    assert SENT.keys() == {*REQUESTS, *REPLIES} - NO_EVIDENCE
    for told in SENT.values():
        role = PAIRED[Act(told.kind)]
        assert role.direction == told.direction
        assert role.counterparts == {Act(kind) for kind in told.receivers}


@given(st.binary(max_size=2000))
def test_any_bytes_end_in_a_report(raw: bytes) -> None:
    assert verify(raw, ROOT_DIGEST).exit_code == 1
    assert verify(bundle()[:3000] + raw, ROOT_DIGEST).exit_code == 1


NESTED = b"[" * 100_000 + b"]" * 100_000
HOSTILE = (NESTED, b"", b"{}", b"[]", b"\xff", b'"x"', b"9" * 6000, b"-0", b"1e9999", b"NaN", b'{"a":1,"a":1}', b'"\\ud800"')


def test_any_file_ends_in_a_report() -> None:
    names = sorted({re.sub("[0-9]{2}|[A-Z]{2}", "*", name): name for name in unpack(bundle())}.values())
    for number, name in enumerate(names):
        for content in (NESTED, HOSTILE[number % len(HOSTILE)]):
            report = verify(repacked(bundle(), {name: content}), ROOT_DIGEST)
            assert report.exit_code == 1, name
            assert report.to_text("en")


OTHER = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}), st.just({"a": [1]}))


def with_another_value(data: st.DataObject, value: Any) -> Any:
    """`value` with something else in one place."""
    if not isinstance(value, dict | list) or not value or data.draw(st.integers(0, 9)) == 0:
        return data.draw(OTHER)
    if isinstance(value, dict):
        key = data.draw(st.sampled_from(sorted(value)))
        return value | {key: with_another_value(data, value[key])}
    at = data.draw(st.integers(0, len(value) - 1))
    return [*value[:at], with_another_value(data, value[at]), *value[at + 1 :]]


@settings(max_examples=40)
@given(st.data())
def test_any_value_in_a_file_ends_in_a_report(data: st.DataObject) -> None:
    files = unpack(bundle())
    name = data.draw(st.sampled_from(sorted(name for name in files if name.endswith((".json", ".entry")))))
    value = with_another_value(data, json.loads(files[name]))
    raw = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii="directory/" in name).encode("utf-8", "replace")
    report = verify(repacked(bundle(), {name: raw}), ROOT_DIGEST)
    assert report.exit_code == (0 if raw == files[name] else 1)
    assert report.to_text("fr")


def test_the_specification_shows_what_it_says() -> None:
    page = (FILE.parents[1] / "docs/spec/evidence.md").read_text("utf-8")
    told = verify(bundle(), ROOT_DIGEST).to_text("en").splitlines()
    shown = [line[4:] for line in page.splitlines() if line.startswith("    [")]
    assert shown == [line for line in told if line.startswith("[")][: len(shown)]
    assert f"--root-sha256 {ROOT_DIGEST[:8]}…" in page
    # every way in which a bundle does not hold, and all that cannot be said, stands in a table there
    codes = set(re.findall(r'Refused\(\s*"([a-z_]+)"', SOURCE)) | set(re.findall(r'\.say\(\s*"unsaid",\s*"([a-z_]+)"', SOURCE))
    assert codes <= set(re.findall(r"`([a-z_]+)`", page))
