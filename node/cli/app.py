"""The program `celosia`: its commands joined, and everything that can end a call turned into words and an exit code."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any, TextIO

import typer
from openpyxl.utils import get_column_letter

from node.case_files import CaseFileError
from node.case_files.reasons import FileReason
from node.cli import (
    alerts,
    asking,
    auditing,
    backups,
    benching,
    ceremony,
    codes,
    custody,
    directory,
    doctor,
    drafting,
    entry,
    epochs,
    erasing,
    evidence,
    holds,
    identifying,
    importing,
    kinds,
    leaves,
    ledger,
    local,
    opening,
    outbox,
    peers,
    publishing,
    rebuilding,
    records,
    refusals,
    registering,
    removals,
    showing,
)
from node.cli.client import AddressUnusable, NodeUnreachable, NotANode, NoTls, Refused, TokenUnusable
from node.cli.faults import LocalFault, of_the_machine
from node.cli.help import Command, Group, help_if_alone, metavar
from node.cli.render import country, import_reason, label, moment, printable
from node.cli.session import (
    INTERRUPTED,
    OK,
    READER_GONE,
    REFUSED,
    UNREACHABLE,
    USAGE,
    General,
    Session,
    UsageProblem,
    language_from,
    need_text,
)
from node.directory.errors import DirectoryError
from node.inbound.national.questions import CASE_FILE, ranges
from node.language import catalogue
from protocol.vocabulary import code_lists

_LINE = re.compile(r"line_[0-9]+")
_OF_HEADERS = frozenset(
    {FileReason.NO_HEADER, FileReason.MISSING_COLUMN, FileReason.UNREADABLE_HEADER, FileReason.DUPLICATE_COLUMN}
)


def run(argv: Sequence[str], environment: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """One call of the program. Returns its exit code; prints no traceback for anything that a user or a node can do."""
    plain = General(None, "--json" in argv, None, None, ())
    try:
        general = General.of(argv)
        need_text([*argv, *(value for name, value in environment.items() if name.startswith("CELOSIA_"))])
        language = language_from(general.language, environment)
    except UsageProblem as problem:
        return _usage(Session.open(language_from(None, environment), plain, environment, out, err), problem)
    session = Session.open(language, general, environment, out, err)
    try:
        return _call(session)
    except UsageProblem as problem:
        return _usage(session, problem)
    except typer.TyperException as error:
        return _usage(session, _worded(session, error))
    except (AddressUnusable, TokenUnusable) as error:
        return _usage(session, UsageProblem("usage.address" if isinstance(error, AddressUnusable) else "usage.token"))
    except (NodeUnreachable, NotANode) as error:
        code = "no_tls" if isinstance(error, NoTls) else "unreachable" if isinstance(error, NodeUnreachable) else "other"
        next_ = session.say(f"cli.node.{code}.next")
        session.complain(f"node_{code}", session.say(f"cli.node.{code}.title", address=printable(error.address)), next_)
        return UNREACHABLE
    except Refused as refusal:
        problem_ = refusal.problem
        session.complain(
            problem_.code, problem_.title, problem_.detail, lines=_places(session, refusal), document=refusal.document
        )
        return REFUSED
    except LocalFault as fault:
        return _local(session, fault)
    except CaseFileError as error:
        return _case_file(session, error)
    except BrokenPipeError:  # whoever read the output has enough (`celosia … | head`)
        return READER_GONE
    except OSError as error:
        return _local(session, of_the_machine(error))
    except DirectoryError as error:
        place = session.say("ceremony.fault.place", where=printable(error.where), why=printable(error.why))
        title, next_ = (session.say(f"ceremony.fault.{error.code}.{part}") for part in ("title", "next"))
        session.complain(error.code, title, next_, lines=[place])
        return REFUSED
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


_GROUPS: Mapping[str, Mapping[str, Callable[..., int]]] = {
    "publish": {
        "networks": publishing.networks,
        "propose": publishing.propose,
        "list": publishing.list_,
        "show": publishing.show,
        "approve": publishing.approve,
        "refuse": publishing.refuse,
        "withdraw": publishing.withdraw,
    },
    "protected": {**registering.COMMANDS, "removals": removals.removals},
    "keys": {
        "show": custody.show,
        "rewrap": custody.rewrap,
        "next-signing": custody.next_signing,
        "next-log": custody.next_log,
        "next-witness": custody.next_witness,
        "node-key": custody.node_key,
        "audit-holders": custody.audit_holders,
    },
    "tls": {"show": leaves.show, "renew": leaves.renew, "request": leaves.request, "bring": leaves.bring},
    "audit": {**auditing.COMMANDS, **opening.COMMANDS, **erasing.COMMANDS, "rebuild": rebuilding.rebuild},
    "holds": {"list": holds.list_, "show": holds.show, "release": holds.release, "keep": holds.keep, "unlock": holds.unlock},
}
"""Group of commands -> its commands: what the node proves itself with, and what is held for review, publishing, the register."""


def build() -> typer.Typer:
    """All commands. Their help texts are keys of the catalogues."""
    settings: dict[str, Any] = {"cls": Group, "add_completion": False, "rich_markup_mode": None, "invoke_without_command": True}
    app = typer.Typer(**settings, help="help.celosia", callback=help_if_alone)
    app.command("import", cls=Command, help="help.import.about")(importing.import_)
    app.command("preview", cls=Command, help="help.publish.preview")(publishing.preview)
    app.command("identify", cls=Command, help="help.identify.about")(identifying.identify_)
    app.command("ask", cls=Command, help="help.ask.about")(asking.ask)
    app.command("hits", cls=Command, help="help.hits.about")(asking.hits)
    held = typer.Typer(**settings, help="help.records.about", callback=records.records)
    held.command("show", cls=Command, help="help.records.show")(records.show)
    app.add_typer(held, name="records")
    members = typer.Typer(**settings, help="help.peers.about", callback=peers.peers)
    members.command("deny", cls=Command, help="help.peers.deny")(peers.deny)
    members.command("allow", cls=Command, help="help.peers.allow")(peers.allow)
    app.add_typer(members, name="peers")
    owed = typer.Typer(**settings, help="help.outbox.about", callback=outbox.outbox)
    owed.command("retry", cls=Command, help="help.outbox.retry")(outbox.retry)
    app.add_typer(owed, name="outbox")
    _add_oversight(app, settings)
    app.command("codes", cls=Command, help="help.codes.about")(codes.codes)
    bench = typer.Typer(**settings, help="help.bench.about", callback=help_if_alone)
    bench.command("names", cls=Command, help="help.bench.names")(benching.names)
    app.add_typer(bench, name="bench")
    app.command("kinds", cls=Command, help="help.kinds.about")(kinds.kinds)
    app.command("whoami", cls=Command, help="help.whoami.about")(peers.whoami)
    app.command("init", cls=Command, help="help.init.about")(local.init)
    app.command("serve", cls=Command, help="help.serve.about")(local.serve)
    _add_care(app, settings)
    for group, commands in _GROUPS.items():
        opened = typer.Typer(**settings, help=f"help.{group}.about", callback=help_if_alone)
        for name, function in commands.items():
            opened.command(name, cls=Command, help=f"help.{group}.{name.replace('-', '_')}")(function)
        app.add_typer(opened, name=group)
    officer = typer.Typer(**settings, help="help.officer.about", callback=help_if_alone)
    officer.command("add", cls=Command, help="help.officer.add")(local.officer_add)
    officer.command("token", cls=Command, help="help.officer.token")(local.officer_token)
    app.add_typer(officer, name="officer")
    secretariat = typer.Typer(**settings, help="help.directory.about", callback=help_if_alone)
    secretariat.command("serve", cls=Command, help="help.directory.serve")(directory.serve)
    directory_commands: Mapping[str, Callable[..., int]] = {
        "key": ceremony.key,
        "fingerprint": ceremony.fingerprint,
        "show": showing.show,
        "sign": ceremony.sign,
        "merge": ceremony.merge,
        "check": ceremony.check,
        "publish": directory.publish,
        "submit": directory.submit,
        "revoke": directory.revoke,
        "look": directory.look,
    }
    for name, function in directory_commands.items():
        secretariat.command(name, cls=Command, help=f"help.ceremony.{name}")(function)
    draft = typer.Typer(**settings, help="help.draft.about", callback=help_if_alone)
    drafting_commands: Mapping[str, Callable[..., int]] = {
        "root": drafting.root,
        "targets": drafting.targets,
        "state": drafting.state,
        "member": drafting.member,
        "policy": drafting.policy,
    }
    for name, function in drafting_commands.items():
        draft.command(name, cls=Command, help=f"help.draft.{name}")(function)
    secretariat.add_typer(draft, name="draft")
    app.add_typer(secretariat, name="directory")
    return app


def _add_oversight(app: typer.Typer, settings: dict[str, Any]) -> None:
    """What those do who oversee the exchange: alerts, refusals, the ledger."""
    noticed = typer.Typer(**settings, help="help.alerts.about", callback=help_if_alone)
    noticed.command("list", cls=Command, help="help.alerts.list")(alerts.list_)
    noticed.command("settle", cls=Command, help="help.alerts.settle")(alerts.settle)
    app.add_typer(noticed, name="alerts")
    app.command("refusals", cls=Command, help="help.refusals.about")(refusals.refusals)
    app.command("ledger", cls=Command, help="help.ledger.about")(ledger.ledger)
    app.command("evidence", cls=Command, help="help.evidence.about")(evidence.evidence)


def _add_care(app: typer.Typer, settings: dict[str, Any]) -> None:
    """What an administrator does to keep a node going: its entry, its lists' epochs, the doctor, backups."""
    app.command("entry", cls=Command, help="help.entry.about")(entry.entry)
    turning = typer.Typer(**settings, help="help.epoch.about", callback=epochs.show)
    turning.command("start", cls=Command, help="help.epoch.start")(epochs.start)
    app.add_typer(turning, name="epoch")
    lists = typer.Typer(**settings, help="help.list.about", callback=help_if_alone)
    lists.command("add", cls=Command, help="help.list.add")(epochs.list_add)
    app.add_typer(lists, name="list")
    app.command("doctor", cls=Command, help="help.doctor.about")(doctor.doctor)
    backing = typer.Typer(**settings, help="help.backup.about", callback=help_if_alone)
    backing.command("make", cls=Command, help="help.backup.make")(backups.make)
    backing.command("check", cls=Command, help="help.backup.check")(backups.check)
    app.add_typer(backing, name="backup")
    restoring = typer.Typer(**settings, help="help.restore.about", callback=help_if_alone)
    restoring.command("start", cls=Command, help="help.restore.start")(backups.restore)
    restoring.command("finish", cls=Command, help="help.restore.finish")(backups.finish)
    app.add_typer(restoring, name="restore")


def _call(session: Session) -> int:
    command = typer.main.get_command(build())
    with redirect_stdout(session.out.file):  # Typer prints help to the process's own stream
        try:
            code = command.main(list(session.general.rest), "celosia", standalone_mode=False, obj=session)
        except SystemExit:  # the library's one way to end a process that is not left to us: nobody reads the output
            raise BrokenPipeError from None
        session.out.file.flush()
    return code if isinstance(code, int) else OK


def _usage(session: Session, problem: UsageProblem) -> int:
    facts = {name: printable(str(value)) if name != "choices" else value for name, value in problem.facts.items()}
    session.complain("usage", session.say("usage.title"), session.say(problem.key, **facts))
    return USAGE


def _local(session: Session, fault: LocalFault) -> int:
    place = printable(fault.detail) if fault.localised else session.say("cli.local_detail", detail=printable(fault.detail))
    places = [place] if fault.detail else []
    if fault.why is not None:
        key, facts = fault.why
        places.append(session.say(key, **{name: printable(str(fact)) for name, fact in facts.items()}))
    title, next_ = (session.say(f"local.{fault.code}.{part}") for part in ("title", "next"))
    reason = {} if fault.why is None else {"reason": fault.why[0].rpartition(".")[2], **fault.why[1]}
    session.complain(fault.code, title, next_, lines=places, facts=reason)
    return REFUSED


def _case_file(session: Session, error: CaseFileError) -> int:
    """A file of this machine that a command reads itself."""
    known = {"reason": error.reason.value, "file": error.file, "line": error.line, "column": error.column}
    facts = {name: fact for name, fact in known.items() if fact is not None}
    title, next_ = session.say("problem.case_file_refused.title"), session.say("cli.case_file.next")
    session.complain("case_file_refused", title, next_, lines=[_refused(session, facts)], facts=facts)
    return REFUSED


def _worded(session: Session, error: typer.TyperException) -> UsageProblem:
    """Typer's complaints, which are in English only, by what they are about."""
    option = getattr(error, "option_name", None)
    if option is not None:
        return UsageProblem(
            "usage.no_such_option" if hasattr(error, "possibilities") else "usage.option_needs_value", option=option
        )
    parameter = getattr(error, "param", None)
    if parameter is not None:
        name = parameter.opts[0] if parameter.param_type_name == "option" else metavar(session, parameter.metavar)
        return UsageProblem("usage.missing" if hasattr(error, "param_type") else "usage.bad_value", name=name)
    return UsageProblem("usage.too_many_arguments")


def _places(session: Session, refusal: Refused) -> list[str]:
    """Where and why, from the problem document's facts."""
    problem, language = refusal.problem, session.language
    facts = dict(problem.facts)
    if problem.code == "lines_not_readable":
        return _lines(session, facts)
    if problem.code == "case_file_refused":
        asked_about = facts["file"] == CASE_FILE and facts["reason"] in _OF_HEADERS
        return [_refused(session, facts), *([session.say("cli.ask.columns")] if asked_about else [])]
    if problem.code == "entry_not_readable":
        return [session.say("cli.pair", name=column, value=import_reason(session, str(why))) for column, why in facts.items()]
    if problem.code == "feed_refused":
        return [session.say(f"feed.fault.{facts['reason']}", **facts)]
    if problem.code == "role_missing" and "role" in facts:
        roles = [session.say(f"cli.role.{role}") for role in str(facts.get("roles", facts["role"])).split()]
        return [session.say("cli.role_needed" if len(roles) == 1 else "cli.one_role_needed", role=", ".join(roles))]
    if problem.code in evidence.REFUSALS:
        return evidence.places(session, problem.code, facts)
    if problem.code == "opening_not_possible":
        return [session.say(f"opening.not_possible.{facts['reason']}")]
    if problem.code == "hold_refused":
        return [session.say(f"hold.refused.{facts['reason']}")]
    if problem.code == "erasure_refused":
        return [session.say(f"cli.audit.erasure.refused.{facts['reason']}")]
    if problem.code == "revocation_refused":
        return [session.say(f"ceremony.fault.{facts['reason']}.{part}") for part in ("title", "next")]
    if facts.get("reason") == "line_not_attested":
        facts.setdefault("lines", facts["line"])
    key = f"stopped.{facts.get('reason')}"
    if key in catalogue(language):
        if facts.get("kind") in code_lists()["identifier_kind"]:
            facts["kind"] = label("identifier_kind", str(facts["kind"]), language)
        if "refills" in facts:
            facts["refills"] = moment(int(facts["refills"]))
        if "peer" in facts:
            facts["peer"] = country(str(facts["peer"]), language)
        return [session.say(key, **facts)]
    return [] if problem.where is None else [session.say("cli.at.where", value=problem.where)]


def _refused(session: Session, facts: Mapping[str, str | int]) -> str:
    """A file, the line and column in it where known, and why it was refused."""
    file = str(facts["file"])
    asked_about = file == CASE_FILE
    places = [session.say("cli.at.case_file") if asked_about else session.say("cli.at.file", value=printable(file))]
    if "line" in facts:
        places.append(session.say("cli.at.line", value=facts["line"]))
    if "place" in facts:
        places.append(session.say("cli.at.column", value=_letter(facts["place"])))
    elif "column" in facts:
        column = _heading(session, str(facts["column"])) if asked_about else printable(str(facts["column"]))
        places.append(session.say("cli.at.column", value=column))
    return session.say("cli.pair", name=", ".join(places), value=import_reason(session, str(facts["reason"])))


def _column(session: Session, column: str, facts: Mapping[str, str | int]) -> str:
    """A column by its letter and what the officer wrote over it; of one that the file does not have, what to write."""
    if f"place_{column}" not in facts:
        return _heading(session, column)
    letter, heading = _letter(facts[f"place_{column}"]), facts.get(f"heading_{column}")
    return letter if heading is None else session.say("cli.at.heading", letter=letter, heading=printable(str(heading)))


def _heading(session: Session, column: str) -> str:
    """What an officer may write over a column of a case file that does not have it yet."""
    return catalogue(session.language).get(f"cli.ask.heading.{column}", printable(column))


def _letter(place: str | int) -> str:
    """The number of a column as spreadsheets have it."""
    return get_column_letter(int(place))


def _lines(session: Session, facts: Mapping[str, str | int]) -> list[str]:
    """`line_3`, `value:missing_value` in words, with the kinds that it may be of from `line_3_kinds`.

    Lines in which the same is wrong are told once: a whole list may have been written in another way.
    """
    alike: dict[tuple[str, str], list[int]] = {}
    for name, fact in facts.items():
        if _LINE.fullmatch(name):
            alike.setdefault((str(fact), str(facts.get(f"{name}_kinds", ""))), []).append(int(name.removeprefix("line_")))
    return [_alike(session, numbers, *told, facts) for told, numbers in alike.items()]


def _alike(session: Session, numbers: Sequence[int], fact: str, kinds: str, facts: Mapping[str, str | int]) -> str:
    column, _, reason = fact.partition(":")
    places = [session.say("cli.at.line" if len(numbers) == 1 else "cli.at.lines", value=ranges(numbers))]
    if column:
        places.append(session.say("cli.at.column", value=_column(session, column, facts)))
    words = session.say("cli.pair", name=", ".join(places), value=import_reason(session, reason))
    if not kinds:
        return words
    named = ", ".join(f"{label('identifier_kind', kind, session.language)} ({printable(kind)})" for kind in kinds.split())
    return f"{words} {session.say('cli.ask.kinds', kinds=named)}"
