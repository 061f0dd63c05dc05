"""No story commits without an entry in the audit log: shown from the source of every unit of work.

A unit of work puts an act on record itself, or calls a function that does, on every way through it that does not raise; or it
is named here with the reason why it keeps no act at all, or none on some way. A call counts only if it is known which function
it is, or every function of that name puts something on record. What a called function does on each of its own ways is not
looked into.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("node/flows", "node/inbound", "node/safeguards")
RECORDS = frozenset({"record", "record_envelope"})

BOOKKEEPING: Mapping[str, frozenset[str]] = {
    "where a job, a file or a question stands; what comes of it is an act of its own": frozenset(
        {
            *("node/flows/ask_peers:AskPeers.recover", "node/flows/ask_peers:AskPeers._note_without_list"),
            *("node/flows/ask_peers:AskPeers._renew", "node/flows/ask_peers:AskPeers._settle"),
            *("node/flows/ask_peers:AskPeers._put_off", "node/flows/deliver_records:DeliverRecords._deliver"),
            *("node/flows/deliver_records:DeliverRecords._failed", "node/flows/feed_register:FeedRegister.begin"),
            *("node/flows/follow_lists:FollowLists._seek_proofs", "node/flows/import_case:ImportCase.begin"),
            *("node/flows/import_case:ImportCase._progress", "node/flows/job_lane:JobLane._take"),
            *("node/flows/publish:Publish.enqueue_for_newcomers", "node/flows/revoke_keys:RevokeKeys.tell_all"),
            "node/flows/revoke_keys:RevokeKeys._tell",
        }
    ),
    "what became of an envelope; that it left or came is entered with the envelope, at the door or on admission": frozenset(
        {
            *("node/flows/ask_list:AskList._converse", "node/flows/call_peer:CallPeer.ask"),
            *("node/flows/call_peer:CallPeer._admitted", "node/flows/deliver_records:DeliverRecords._signed_for"),
            *("node/flows/revoke_keys:RevokeKeys._told", "node/flows/erase_exchanges:EraseExchanges._ask"),
            "node/flows/tell_openings:TellOpenings._tell",
        }
    ),
    "a part of what is on record as a whole, at its beginning or its end": frozenset(
        {
            *("node/flows/prepare_entries:PrepareEntries._make_slice", "node/flows/rotate_register:RotateRegister.rotate"),
            *("node/flows/rotate_register:RotateRegister._turn_all", "node/flows/turn_epochs:TurnEpochs._fill"),
            *("node/flows/turn_epochs:TurnEpochs._empty", "node/flows/keep_index:KeepIndex._forget_old_files"),
            *("node/flows/recover:Recover._learn_own", "node/flows/recover:Recover._fetch_theirs"),
            "node/flows/name_holders:NameHolders._reseal",
            *("node/flows/reconcile:Reconcile._take", "node/flows/reconcile:Reconcile._attempt"),
        }
    ),
    "what witnesses have seen of a log, which is sizes and signatures; a fork is an act of its own": frozenset(
        {
            *("node/flows/cosign_logs:CosignLogs.cosign", "node/flows/cosign_logs:CosignLogs.seen"),
            *("node/flows/feed_witnesses:FeedWitnesses._keep", "node/flows/feed_witnesses:FeedWitnesses._other_size"),
            "node/flows/feed_witnesses:FeedWitnesses._quietly",
        }
    ),
    "how the machine and its beats fare": frozenset(
        {"node/flows/keep_watch:KeepWatch.beat_ended", "node/flows/keep_watch:KeepWatch.take_sample"}
    ),
    "what a peer reads again of what it has or is signed: counted by quota, and on record once that is exceeded": frozenset(
        {"node/inbound/peer/inbox:Inbox._given"}
    ),
}
"""Why -> the functions whose units of work keep no act."""

SOMETIMES: Mapping[str, frozenset[str]] = {
    "it is there already, or has ended: nothing is changed": frozenset(
        {
            *("node/flows/answer_match:AnswerMatch._evaluate", "node/flows/feed_register:FeedRegister.give_up"),
            *("node/flows/follow_lists:FollowLists._adopt", "node/flows/name_holders:note_holders"),
            *("node/flows/revoke_keys:RevokeKeys.hand_in", "node/flows/rotate_keys:RotateKeys._record"),
            *("node/flows/show_federation:ShowFederation.deny", "node/flows/show_federation:ShowFederation.allow"),
            *("node/flows/take_feed:TakeFeed.take", "node/flows/adopt_directory:AdoptDirectory._adopt"),
        }
    ),
    "it looks whether anything is due, wrong or unfinished, and acts on that alone": frozenset(
        {
            *("node/flows/erase_exchanges:EraseExchanges._alert", "node/flows/feed_witnesses:FeedWitnesses.feed_all"),
            "node/flows/feed_register:FeedRegister.stop_unfinished",
            *("node/flows/feed_witnesses:FeedWitnesses.look", "node/flows/follow_lists:FollowLists._compare_predecessor"),
            *("node/flows/follow_removals:FollowRemovals.alert", "node/flows/import_case:ImportCase.fail_unfinished"),
            *("node/flows/keep_index:KeepIndex.beat", "node/flows/publish:Publish.expire"),
            *("node/flows/turn_epochs:TurnEpochs._complete_audiences", "node/flows/turn_epochs:TurnEpochs._destroy_seeds"),
        }
    ),
    "what repeats itself is on record at the first time, and at powers of two": frozenset(
        {"node/flows/keep_officers:KeepOfficers.sign_in", "node/safeguards/readings:note"}
    ),
}
"""Why -> the functions with a way through a unit of work that puts no act on record."""


class Function(NamedTuple):
    """A function of ours: where it is, and what of it counts."""

    file: str
    owner: str
    node: ast.FunctionDef


@cache
def functions() -> tuple[Function, ...]:
    found = []
    for path in sorted((ROOT / "node").rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        for each in tree.body:
            if isinstance(each, ast.FunctionDef):
                found.append(Function(file, "", each))
            elif isinstance(each, ast.ClassDef):
                found += [Function(file, each.name, inner) for inner in each.body if isinstance(inner, ast.FunctionDef)]
    return tuple(found)


@cache
def by_name() -> Mapping[str, list[Function]]:
    named: dict[str, list[Function]] = defaultdict(list)
    for each in functions():
        named[each.node.name].append(each)
    return named


def called(call: ast.Call, at: Function) -> list[Function]:
    """The functions that a call may mean; of those that are not known, all of that name."""
    if isinstance(call.func, ast.Name):
        same = [each for each in by_name().get(call.func.id, ()) if not each.owner]
        here = [each for each in same if each.file == at.file]
        return here or same
    if isinstance(call.func, ast.Attribute):
        named = by_name().get(call.func.attr, [])
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "self":
            return [each for each in named if (each.file, each.owner) == (at.file, at.owner)]
        if isinstance(call.func.value, ast.Name):
            of_module = [each for each in named if not each.owner and Path(each.file).stem == call.func.value.id]
            return of_module or named
        # what a call returns is mostly the store's own: `.all()` of a result is no story's
        return [] if isinstance(call.func.value, ast.Call) else named
    return []


@cache
def recording() -> frozenset[ast.FunctionDef]:
    """The functions that put something on record, or call one that does."""
    known: frozenset[ast.FunctionDef] = frozenset()
    while True:
        more = frozenset(each.node for each in functions() if each.node in known or _records(each.node, each, known))
        if more == known:
            return known
        known = more


def records(node: ast.AST, at: Function) -> bool:
    """Whether something in it puts an act on record."""
    return _records(node, at, recording())


def _records(node: ast.AST, at: Function, known: frozenset[ast.FunctionDef]) -> bool:
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in RECORDS and ast.unparse(call.func.value).endswith("work"):
            return True
        meant = called(call, at)
        if meant and all(each.node in known for each in meant):
            return True
    return False


def always(body: Sequence[ast.stmt], at: Function) -> bool:
    """Whether every way through puts an act on record or raises; of a `try`, that on which nothing goes wrong and all others."""
    for step in body:
        if isinstance(step, ast.If):
            then, otherwise = always(step.body, at), always(step.orelse, at)
            if records(step.test, at) or (then and otherwise):
                return True
            if (_leaves(step.body) and not then) or (_leaves(step.orelse) and not otherwise):
                return False
        elif isinstance(step, ast.For | ast.While):
            if records(step.iter if isinstance(step, ast.For) else step.test, at):
                return True
            if any(isinstance(inner, ast.Return) for inner in ast.walk(step)):
                return False
        elif isinstance(step, ast.With):
            if always(step.body, at):
                return True
        elif isinstance(step, ast.Try):
            if all(always(way, at) for way in ([*step.body, *step.orelse], *(each.body for each in step.handlers))):
                return True
        elif isinstance(step, ast.Raise) or records(step, at):
            return True
        elif isinstance(step, ast.Return | ast.Break | ast.Continue):
            return False
    return False


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(inner, ast.Return | ast.Break | ast.Continue) for step in body for inner in ast.walk(step))


def units() -> Iterator[tuple[str, Function, list[ast.With]]]:
    """Every function of the rooms that begins units of work, and these."""
    for each in functions():
        begun = [
            inner
            for inner in ast.walk(each.node)
            if isinstance(inner, ast.With) and any(_begins(item.context_expr) for item in inner.items)
        ]
        if begun and each.file.startswith(ROOMS):
            name = f"{each.file.removesuffix('.py')}:{f'{each.owner}.' if each.owner else ''}{each.node.name}"
            yield name, each, begun


def _begins(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute) and expression.func.attr == "begin"


def test_every_unit_of_work_puts_an_act_on_record_or_keeps_none() -> None:
    silent = {name for name, at, begun in units() if not all(records(unit, at) for unit in begun)}
    assert silent == {name for names in BOOKKEEPING.values() for name in names}
    sometimes = {name for name, at, begun in units() if not all(always(unit.body, at) for unit in begun)}
    assert sometimes - silent == {name for names in SOMETIMES.values() for name in names}


_STORY = "def story(self, work):\n    "


def test_a_unit_of_work_that_records_nothing_would_be_found() -> None:
    source = "def story(self):\n    with self.database.begin() as work:\n        work.session.add(1)\n"
    story = ast.parse(source).body[0]
    assert isinstance(story, ast.FunctionDef)
    assert not records(story, Function("node/flows/story.py", "Story", story))
    told = ast.parse(source + "        work.record(1)\n").body[0]
    assert isinstance(told, ast.FunctionDef)
    assert records(told, Function("node/flows/story.py", "Story", told))


@pytest.mark.parametrize(
    "way",
    [
        "if x:\n        work.record(1)",
        "if x:\n        return 1\n    work.record(1)",
        "for each in x:\n        work.record(each)",
        "try:\n        work.record(1)\n    except KeyError:\n        x = 2",
        "while x:\n        return 1\n    work.record(1)",
        "return 1\n    work.record(1)",
        "if x:\n        for each in x:\n            return 1\n    work.record(1)",
    ],
)
def test_a_way_that_records_nothing_would_be_found(way: str) -> None:
    assert not always(*_story(way))


@pytest.mark.parametrize(
    "way",
    [
        "work.record(1)\n    return 1",
        "if x:\n        raise KeyError\n    work.record(1)",
        "if x:\n        work.record(1)\n    else:\n        work.record(2)",
        "try:\n        work.record(1)\n    except KeyError:\n        raise",
        "with x:\n        return work.record(1)",
    ],
)
def test_a_story_that_always_records_is_let_pass(way: str) -> None:
    assert always(*_story(way))


def _story(way: str) -> tuple[list[ast.stmt], Function]:
    story = ast.parse(_STORY + way).body[0]
    assert isinstance(story, ast.FunctionDef)
    return story.body, Function("node/flows/story.py", "Story", story)
