"""The documents say what the code does: every setting, code and endpoint is in them, and nothing they point to is missing."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from pydantic import BaseModel

import crypto
import node
import protocol
from node.case_files.mapping import (
    IdentifierColumn,
    Mapping,
    NetworkColumns,
    NetworksFile,
    RouteColumns,
    SubjectColumns,
    SubjectsFile,
)
from node.case_files.reasons import FileReason, RowReason
from node.case_files.subjects import _UNTOLD
from node.directory.server import directory_app
from node.inbound.problems import STATUS
from node.language import catalogue
from node.settings import Settings
from node.telemetry.words import METRICS, MetricName, SpanName
from protocol.identifiers import Doubt, Reason
from protocol.messages import QuarantineReason
from protocol.names import PersonReason
from protocol.vocabulary import Language
from tests.architecture.openapi import FOLDER, documents

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
OUR_FOLDERS = ("crypto", "protocol", "node", "deploy", "tests", "docs")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_ENVIRONMENT = re.compile(r'"(CELOSIA_[A-Z]+)"')


def read(page: str) -> str:
    """A page of `docs/`."""
    return (DOCS / page).read_text("utf-8")


def quoted(page: str) -> set[str]:
    """Everything that stands between backticks in a page."""
    return set(_CODE.findall(read(page)))


def rows_of(page: str, section: str = "") -> dict[str, str]:
    """First cell, without its backticks, to the row, of every table of a page; of one section if named."""
    text = read(page)
    if section:
        text = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found = (line for line in text.splitlines() if line.startswith("| `"))
    return {row.split("|")[1].strip().strip("`"): row for row in found}


LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def events_of(source: str) -> set[str]:
    """What a module tells the log. A function that is given its event to tell is looked up where it is called."""
    found: set[str] = set()
    tree = ast.parse(source)
    for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)):
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            if not isinstance(call.func, ast.Attribute) or getattr(call.func.value, "id", "") not in ("log", "_log"):
                continue
            message = call.args[call.func.attr not in LEVELS]
            if isinstance(message, ast.Constant):
                found.add(str(message.value))
                continue
            assert isinstance(message, ast.Name), ast.unparse(call)
            parameters = [parameter.arg for parameter in function.args.args if parameter.arg != "self"]
            found |= set(given(tree, function.name, parameters.index(message.id)))
    return found


def given(tree: ast.AST, function: str, position: int) -> Iterator[str]:
    """The constants that a module's own calls of a function give as one of its arguments."""
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        if getattr(call.func, "attr", getattr(call.func, "id", "")) == function:
            argument = call.args[position]
            assert isinstance(argument, ast.Constant), ast.unparse(call)
            yield str(argument.value)


def test_every_event_of_the_log_is_in_the_documentation_and_no_other() -> None:
    told = set[str]().union(*(events_of(path.read_text("utf-8")) for path in (ROOT / "node").rglob("*.py")))
    documented = rows_of("configuration.md", "The log")
    assert documented.keys() == told


def test_an_event_is_found_where_it_is_told_and_where_it_is_handed_on() -> None:
    source = """
class A:
    def one(self):
        log.log(5, "at a level")
        self.say("handed on")
        other.info("another's")

    def say(self, event):
        log.info(event)
"""
    assert events_of(source) == {"at a level", "handed on"}


def settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every setting by its name in the file, such as `peer.port`."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings_of(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def codes_of_exceptions() -> set[str]:
    """The `code` of every exception class of ours that has one of its own."""
    codes = set()
    for package in (crypto, protocol, node):
        names = [module.name for module in walk_packages(package.__path__, f"{package.__name__}.")]
        for name in names:
            if name.endswith("__main__") or ".migrations" in name:  # these run when they are imported
                continue
            for value in vars(import_module(name)).values():
                ours = isinstance(value, type) and issubclass(value, Exception) and value.__module__ == name
                if ours and isinstance(value.__dict__.get("code"), str):
                    codes.add(value.__dict__["code"])
    return codes


def test_every_setting_is_explained_with_its_default() -> None:
    rows = rows_of("configuration.md")
    names = set(settings_of(Settings))
    assert "beats.manifest_validity" in names
    assert names <= rows.keys()


def test_the_defaults_of_the_settings_are_those_of_the_code() -> None:
    rows = rows_of("configuration.md")
    for section in ("beats", "officers", "epochs"):
        field = Settings.model_fields[section]
        for name, value in field.default.model_dump().items():
            assert rows[f"{section}.{name}"].split("|")[2].strip() == f"{value}", name


def test_every_metric_and_every_span_is_explained() -> None:
    rows = {name: row for name, row in rows_of("configuration.md", "Telemetry").items() if name.startswith("celosia.")}
    assert rows.keys() == set(MetricName)
    for name, metric in METRICS.items():
        assert set(_CODE.findall(rows[name].split("|")[3])) == metric.attributes, name
    assert set(SpanName) <= quoted("configuration.md")


def test_every_environment_variable_that_the_code_reads_is_explained() -> None:
    sources = [path.read_text("utf-8") for folder in ("node", "deploy") for path in (ROOT / folder).rglob("*.py")]
    read_by_code = {name for source in sources for name in _ENVIRONMENT.findall(source)}
    assert "CELOSIA_TOKEN" in read_by_code
    assert read_by_code <= rows_of("configuration.md").keys()


@pytest.mark.parametrize(
    "model", [Mapping, SubjectsFile, NetworksFile, IdentifierColumn, SubjectColumns, NetworkColumns, RouteColumns]
)
def test_every_field_of_a_mapping_is_explained(model: type[BaseModel]) -> None:
    words = set(re.findall(r"[a-z_]+", " ".join(quoted("configuration.md"))))
    assert {name.removesuffix("_column") or name for name in model.model_fields} <= words


def test_every_problem_code_is_explained_with_its_status() -> None:
    rows = rows_of("errors.md", "Problem codes")
    assert rows.keys() == STATUS.keys()
    for code, status in STATUS.items():
        assert rows[code].split("|")[2].strip() == str(status), code


def test_every_code_of_our_exceptions_is_explained() -> None:
    codes = codes_of_exceptions()
    assert {"malformed", "keys_unusable", "directory_forged", "answer_missing"} <= codes
    assert codes <= rows_of("errors.md").keys()


@pytest.mark.parametrize(
    ("prefix", "section"),
    [
        ("stopped.", "Why a safeguard stopped it"),
        ("peer.reason.", "Why a peer has not answered"),
        ("withheld.", "Why an identifier is not listed"),
        ("settings.fault.", "Why settings cannot be used"),
        ("file.fault.", "Why a file cannot be used"),
        ("keys.fault.", "Why a key cannot be used"),
        ("feed.fault.", "Why a feed of the register is not taken"),
        ("register.fault.", "Why the protected register cannot be looked up"),
        ("next_key.fault.", "Why no next signing key is made"),
        ("leaf.fault.", "Why a next certificate is not taken"),
        ("entry.fault.", "Why an entry is not made without a key"),
    ],
)
def test_every_reason_that_an_officer_is_told_is_explained_and_no_other(prefix: str, section: str) -> None:
    told = {key.removeprefix(prefix) for key in catalogue(Language.EN) if key.startswith(prefix)}
    assert told == rows_of("errors.md", section).keys()


def test_every_reason_of_a_file_or_a_row_is_explained_and_no_other() -> None:
    classes = {key.removeprefix("import.reason.") for key in catalogue(Language.EN) if key.startswith("import.reason.case_file")}
    assert rows_of("errors.md", "Files").keys() == {reason.value for reason in FileReason} | classes
    of_values = {f"{RowReason.NOT_NORMALISABLE}:{reason}" for reason in Reason}
    of_people = {f"{RowReason.NOT_COMPARABLE}:{reason}" for reason in PersonReason}
    doubts = {f"{RowReason.DOUBTFUL}:{doubt}" for doubt in set(Doubt) - _UNTOLD}
    of_rows = {reason.value for reason in RowReason} - {RowReason.NOT_NORMALISABLE, RowReason.NOT_COMPARABLE, RowReason.DOUBTFUL}
    assert rows_of("errors.md", "Rows and cells").keys() == of_rows | of_values | of_people | doubts


def test_every_fault_of_a_local_command_is_explained() -> None:
    told = {key.split(".")[1] for key in catalogue(Language.EN) if key.startswith("local.")}
    assert told
    assert told <= rows_of("errors.md", "The command line").keys()


def test_every_reason_to_put_a_record_aside_is_explained() -> None:
    assert set(QuarantineReason.__args__) <= quoted("errors.md")  # type: ignore[attr-defined]


def test_the_openapi_documents_are_current_and_their_endpoints_are_explained(tmp_path: Path) -> None:
    for name, content in documents(tmp_path).items():
        assert (FOLDER / name).read_text("utf-8") == content, "run `python -m tests.architecture.openapi`"
        served = {f"{method.upper()} {path}" for path, methods in json.loads(content)["paths"].items() for method in methods}
        assert served == rows_of("api.md", f"{name.removesuffix('.json').capitalize()} API").keys()


def test_every_operation_of_the_directory_server_is_explained(tmp_path: Path) -> None:
    routes = [route for route in directory_app(tmp_path).routes if hasattr(route, "methods")]
    paths = {str(getattr(route, "path", "")).replace(":path", "") for route in routes}
    assert {f"GET {path}" for path in paths} == rows_of("api.md", "The directory").keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text("utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_of_ours_that_a_page_names_exists(page: Path) -> None:
    for text in _CODE.findall(page.read_text("utf-8")):
        if re.fullmatch(rf"({'|'.join(OUR_FOLDERS)})/[\w./-]*", text):
            assert (ROOT / text).exists(), text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_of_make_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {text.split()[1] for text in _CODE.findall(page.read_text("utf-8")) if re.fullmatch(r"make [a-z-]+.*", text)}
    assert named <= targets


def test_every_decision_is_listed_and_has_a_number_of_its_own() -> None:
    pages = sorted(path.name for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    listed = _LINK.findall(read("adr/README.md"))
    assert listed == pages
    for name in pages:
        text = read(f"adr/{name}")
        assert text.startswith(f"# {int(name[:4])}. ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], name


def test_the_readme_shows_how_to_begin() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in ("make demo", "make test", "ONCE=1", "DEMO_LANG=en", ".demo/demo.json"):
        assert command in readme
    assert "docs/limitations.md" in _LINK.findall(readme)


def test_the_changelog_has_the_version_and_so_has_the_readme() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}$", read("CHANGELOG.md"), re.MULTILINE)
    assert f"Version {version} " in (ROOT / "README.md").read_text("utf-8")


def test_the_picture_has_words_for_who_cannot_see_it() -> None:
    picture = (DOCS / "federation.svg").read_text("utf-8")
    assert "<title" in picture
    assert "<desc" in picture
    assert "prefers-color-scheme: dark" in picture
