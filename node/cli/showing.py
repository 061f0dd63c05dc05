"""`celosia directory show`: what a file of the directory says, who has to sign it and who has, and what it changes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from node.cli import description
from node.cli.ceremony import AppointedBy, appointer, fingerprint_of, is_public_key
from node.cli.description import Holders
from node.cli.given import content
from node.cli.render import country
from node.cli.session import OK, Session, UsageProblem, session_of
from node.directory import ceremony, files
from protocol.directory import Policy, WorkingEntry
from protocol.members import MemberEntry


@dataclass(frozen=True)
class Shown:
    """A file in words. `standings`: one for each role that has a say in who signs it; none for what is not signed itself."""

    title: str
    fingerprint: str
    lines: list[str]
    standings: tuple[ceremony.Standing, ...] = ()


def show(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.ceremony.file", metavar="FILE")],
    appointed_by: AppointedBy = None,
    against: Annotated[Path | None, typer.Option("--against", help="help.ceremony.against", metavar="FILE.json")] = None,
    holders: Annotated[Path | None, typer.Option("--holders", help="help.ceremony.holders", metavar="FOLDER")] = None,
) -> int:
    """Read a file before it is signed, merged or published."""
    session = session_of(context)
    names = _names(holders)
    shown = _read(session, file, appointed_by, names)
    before = None if against is None else _before(session, against, appointed_by, names)
    if before is not None and before.title != shown.title:
        raise UsageProblem("ceremony.usage.against", file=str(against))
    gone = [line for line in before.lines if line not in shown.lines] if before else []
    new = [line for line in shown.lines if line not in before.lines] if before else []
    if session.general.json:
        facts = vars(shown) | {"standings": [vars(each) for each in shown.standings], "gone": gone, "new": new}
        session.print_json(json.dumps(facts, ensure_ascii=False))
        return OK
    _print(session, shown, names)
    if before is not None:
        session.tell("ceremony.show.changes" if gone or new else "ceremony.show.no_changes", file=str(against))
        for line in (*(f"- {each}" for each in gone), *(f"+ {each}" for each in new)):
            session.out.print(line)
    return OK


def _read(session: Session, path: Path, appointed_by: Path | None, names: Holders) -> Shown:
    raw = content(path)
    heard = fingerprint_of(raw, path.name)
    if is_public_key(raw):
        return Shown(session.say("ceremony.kind.key"), heard, [description.holder(heard, names)])
    if not files.is_metadata(raw):
        entry = files.read_entry(raw, path.name)
        return Shown(_entry_title(session, entry), heard, description.of_entry(session, entry))
    role = files.read_role(raw, path.name)
    standings = files.examine(role, appointer(role, appointed_by), path.name)
    return Shown(_role_title(session, role), heard, description.of_role(session, role, names), standings)


def _before(session: Session, path: Path, root: Path | None, names: Holders) -> Shown:
    """The file to compare with. Its signatures are not judged: it was published, or it is worth nothing as a comparison."""
    raw = content(path)
    if not files.is_metadata(raw):
        return _read(session, path, None, names)
    role = files.read_role(raw, path.name)
    files.check_shape(role, None if root is None else files.read_role(content(root), root.name), path.name)
    return Shown(_role_title(session, role), ceremony.fingerprint(raw), description.of_role(session, role, names))


def _print(session: Session, shown: Shown, names: Holders) -> None:
    session.tell("ceremony.show.title", title=shown.title, fingerprint=shown.fingerprint)
    for line in shown.lines:
        session.out.print(line)
    for standing in shown.standings:
        key = "complete" if standing.complete else "incomplete"
        session.tell(f"ceremony.signatures.{key}", needed=standing.needed, count=len(standing.signed))
        for state, fingerprints in (("signed", standing.signed), ("awaited", standing.awaited)):
            for each in sorted(description.holder(fingerprint, names) for fingerprint in fingerprints):
                words = session.say(f"ceremony.signatures.{state}", holder=each)
                session.out.print(f"  {words}")


def _role_title(session: Session, role: files.Role) -> str:
    if role.of_a_state:
        return session.say("ceremony.kind.state", authority=country(role.name, session.language))
    return session.say(f"ceremony.kind.{role.name}")


def _entry_title(session: Session, entry: files.Entry) -> str:
    if isinstance(entry, Policy):
        return session.say("ceremony.kind.policy")
    kind = {MemberEntry: "member", WorkingEntry: "working"}.get(type(entry), "member_keys")
    return session.say(f"ceremony.kind.{kind}", authority=country(entry.authority, session.language))


def _names(folder: Path | None) -> Holders:
    """What the public keys in `folder` and below are called, by their fingerprints: `co/root` for `co/root.pub`.

    Of two copies of one key, the name that comes first in the alphabet.
    """
    found: dict[str, str] = {}
    if folder is None:
        return found
    for path in sorted(folder.rglob("*.pub")):
        name = path.relative_to(folder)
        found.setdefault(fingerprint_of(content(path), str(name)), str(name.with_suffix("")))
    return found
