"""Where bytes or text become something else, the corpora come by: no such place was forgotten, whatever its function is called.

The source is searched for calls that decode. Then every corpus is run, and each function with such a call must have been entered.
What reads only what this node itself made, or what its own administrator keeps, is listed with that reason.
"""

import ast
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.parsers import PARSERS
from tests.fuzz.test_parsers import ROOT, corpus

DECODING = frozenset(
    {
        *("loads", "model_validate_json", "validate_json", "b64decode", "urlsafe_b64decode", "fromhex", "unpack", "from_buffer"),
        *("load_pem_x509_certificate", "load_pem_x509_certificates", "load_der_x509_certificate", "load_pem_private_key"),
        *("load_pem_public_key", "from_public_bytes", "from_buffer_copy", "urlsplit", "ip_address", "fromisoformat", "strptime"),
        *("parsedate_to_datetime", "ZipFile", "DefusedExpatParser", "iter_raw", "iter_lines", "stream", "splitlines"),
    }
)
"""Last names of calls that make meaning of bytes or text. `json`, `tomllib` and `csv` are told by their modules."""
READERS = frozenset({"csv.reader", "json.load", "tomllib.load", "int.from_bytes"})

OUR_OWN: Mapping[str, frozenset[str]] = {
    "what this node keeps sealed in its store or its backup: changed, it does not open": frozenset(
        {
            *("node.backup.contents:_part", "node.backup.contents:_take_files", "node.store.copying:_in"),
            *("node.flows.ask_list:AskList._prepare", "node.flows.question_lines:open_line"),
            *("node.safeguards.protected.standing:person_of", "node.flows.recheck_hits:_kept"),
            *("node.safeguards.holds:open_facts", "node.safeguards.refusals:_told"),
            *("node.flows.explain_gaps:Gaps._said", "node.flows.verify_log:_says_the_same"),
            *("node.flows.read_log:ReadLog._bundle", "node.inbound.national.audit:_opened"),
            *(
                "node.flows.rotate_keys:_on_record",
                "node.flows.name_holders:_named",
                "node.flows.open_question:_is_erased",
                "node.store.audit_log:_bundle_start",
            ),
        }
    ),
    "what stories of this node wrote into its store, after it was admitted or approved": frozenset(
        {
            *(
                "node.flows.draft_publication:_records",
                "node.flows.publish:Publish._preview",
                "node.flows.publish:Publish.approve",
            ),
            *("node.flows.publish:Publish._settle_waiting", "node.flows.publish:Publish._take_back"),
            *("node.safeguards.small_numbers:changes", "node.flows.case_changes:_Finder.describe"),
            *("node.flows.rotate_register:RotateRegister._turned", "node.flows.draft_publication:is_as_proposed"),
            *("node.inbound.national.publications:_shown", "node.safeguards.minimisation:make_records"),
            *("node.safeguards.generalising:_months_between", "node.safeguards.generalising:check_terms"),
            *("node.safeguards.small_numbers:roles_still_told", "node.safeguards.entropy:_is_shared_address"),
            *("node.inbound.national.publications:_record", "node.safeguards.minimisation:_record"),
            *("node.safeguards.minimisation:routes_of", "node.store.list_epochs:prepared", "node.store.manifests:_content"),
            *("node.flows.list_segments:ListSegments._merged", "node.flows.list_segments:ListSegments.remove"),
            *(
                "node.flows.list_segments:ListSegments.without_lost",
                "node.store.jobs:_wait",
                "node.store.own_witnesses:failed",
                "node.cli.records:records",
                "node.store.migrations.versions.0039_openings_of_exchanges:_anew",
            ),
        }
    ),
    "values of a model that was parsed before": frozenset(
        {
            *("protocol.index.entry:Label.to_bytes", "protocol.index.entry:Place.bound", "protocol.record:past_review"),
            *(
                "protocol.matching:epoch_info",
                "node.directory.ceremony:sign",
                "node.cli.importing:_lists",
                "node.cli.leaves:_host",
            ),
        }
    ),
    "an answer of the node that its models have read already": frozenset(
        {"node.cli.asking:_show_questions", "node.cli.opened:_of_the_log", "node.cli.publishing:_review"}
    ),
    "files of the package itself": frozenset(
        {
            *("crypto.group:_computes_rightly", "crypto.group:_open_bundled", "protocol.vocabulary.lists:code_lists"),
            "protocol.names.rarity:_lists",
            "node.language:catalogue",  # read once a process: whether a corpus comes by depends on what ran before
        }
    ),
    "files of the node's own folder, whose refusals tests/node/custody, test_keys.py and tests/node/tls show": frozenset(
        {
            *("node.custody.secrets:Passphrase.key_for", "node.custody.secrets:read_node_key"),
            *("node.custody.holders:read_holder_key", "node.custody.holders:read_holders", "node.custody.holders:_of_line"),
            *("node.flows.measure:Measure._certificate", "node.tls.contexts:_load_own", "node.tls.own:read_credential"),
            *("node.tls.certificates:_private_key", "node.marking.process:DayLimit._spent"),
        }
    ),
    "what an administrator gives to a command, whose refusals the commands' tests show": frozenset(
        {
            *("node.directory.ceremony:load_key", "node.founding:check", "node.tls.certificates:host_name"),
            *("node.tls.renewal:_names", "node.tls.renewal:bring", "node.cli.auditing:_day"),
        }
    ),
    "random bytes, and what the system itself tells of a caller": frozenset(
        {"node.safeguards.reviews:draw", "node.marking.process:_Server.verify_request"}
    ),
    "bytes that are counted and given on, to what is in the table": frozenset(
        {
            *("node.directory.client:HttpFetcher._fetch", "node.directory.server:_body", "node.inbound.peer.app:_body"),
            *("node.outbound.peers:PeerLines._stream", "node.telemetry.collector:Collector._post"),
            *("node.cli.auditing:export", "node.cli.client:Api.stream", "node.outbound.time_stamps:ask_stamp"),
        }
    ),
}
"""Whose bytes are read where no corpus comes."""


def module_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def decodes(call: ast.Call) -> bool:
    told = ast.unparse(call.func)
    return told in READERS or told.rpartition(".")[2] in DECODING


def places(source: str, module: str) -> Iterator[str]:
    """Functions with a decoding call of their own, as `module:qualified name`."""

    def walk(node: ast.AST, owner: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from walk(child, f"{owner}{child.name}.")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{owner}{child.name}"
                calls = (each for each in own(child) if isinstance(each, ast.Call))
                if any(map(decodes, calls)):
                    yield f"{module}:{name}"
                yield from walk(child, f"{name}.<locals>.")
            else:
                yield from walk(child, owner)

    return walk(ast.parse(source), "")


def own(function: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, without the functions in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from own(child)


@cache
def entered_by_the_corpora() -> frozenset[str]:
    """Every function of ours that a corpus comes into, in whichever thread."""
    entered: set[str] = set()
    ours = {str(ROOT / package) + "/": package for package in ("crypto", "protocol", "node")}

    def note(frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(tuple(ours)):
            entered.add(f"{module_of(Path(frame.f_code.co_filename))}:{frame.f_code.co_qualname}")

    threading.setprofile(note)
    try:
        for parser in PARSERS:
            for raw in corpus(parser):
                sys.setprofile(note)  # each time: whoever runs into the end of the stack ends it
                try:
                    parser.run(raw)
                except parser.allowed:
                    continue
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return frozenset(entered)


def all_places() -> set[str]:
    sources = (path for package in ("crypto", "protocol", "node") for path in (ROOT / package).rglob("*.py"))
    return {place for path in sources for place in places(path.read_text("utf-8"), module_of(path))}


def test_wherever_bytes_become_something_else_the_corpora_come_by_or_it_reads_our_own() -> None:
    excused = frozenset().union(*OUR_OWN.values())
    found = all_places()
    assert found - entered_by_the_corpora() - excused == set(), "give it a parser and a corpus, or say whose bytes it reads"


def test_nothing_is_excused_that_is_not_there() -> None:
    assert frozenset().union(*OUR_OWN.values()) <= all_places()


def test_a_place_that_nobody_thought_of_would_be_found() -> None:
    source = "class Peer:\n def hear(self, line):\n  def inner():\n   return json.loads(line)\n  return inner()\n"
    assert set(places(source, "node.invented")) == {"node.invented:Peer.hear.<locals>.inner"}
