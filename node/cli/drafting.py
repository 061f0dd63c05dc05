"""`celosia directory draft …`: what is laid on the table, unsigned, for holders to read and sign."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from securesystemslib.signer import SSlibKey

from node.cli.given import content
from node.cli.results import report, write_new
from node.cli.session import OK, Session, UsageProblem, session_of
from node.directory import ceremony, files, layout
from node.directory.errors import Malformed
from protocol import limits
from protocol.directory import Policy, WorkingEntry
from protocol.members import MemberEntry, MemberKeys, Names, shared_keys

Out = Annotated[Path, typer.Option("--out", help="help.ceremony.out", metavar="FILE.json")]
Days = Annotated[int, typer.Option("--days", help="help.ceremony.days", metavar="DAYS", min=1, max=3660)]
After = Annotated[Path | None, typer.Option("--after", help="help.ceremony.after", metavar="FILE.json")]

_YEAR = 365


def root(
    context: typer.Context,
    root_holders: Annotated[list[Path], typer.Option("--root-holder", help="help.ceremony.root_holder", metavar="FILE.pub")],
    targets_holders: Annotated[
        list[Path], typer.Option("--targets-holder", help="help.ceremony.targets_holder", metavar="FILE.pub")
    ],
    online: Annotated[Path, typer.Option("--online", help="help.ceremony.online", metavar="FILE.pub")],
    out: Out,
    needed: Annotated[
        int, typer.Option("--needed", help="help.ceremony.needed", metavar="HOLDERS", min=layout.THRESHOLD_FLOOR)
    ] = layout.THRESHOLD_FLOOR,
    after: After = None,
    days: Days = _YEAR,
) -> int:
    """The root: which states' holders sign for what."""
    drafted = ceremony.draft_root(
        version=_next("root", after),
        expires=_in(days),
        root_keys=[_public(each) for each in root_holders],
        targets_keys=[_public(each) for each in targets_holders],
        online_key=_public(online),
        threshold=needed,
    )
    return _lay_out(session_of(context), out, drafted)


def targets(
    context: typer.Context,
    members: Annotated[Path, typer.Argument(help="help.ceremony.members", metavar="FOLDER")],
    root_file: Annotated[Path, typer.Option("--root", help="help.ceremony.root", metavar="root.json")],
    out: Out,
    after: After = None,
    days: Days = _YEAR,
) -> int:
    """The members' role: what lies in FOLDER, no more and no less."""
    entries = {path.stem: content(path) for path in sorted((members / "members").glob("*.json"))}
    if not entries:
        raise UsageProblem("ceremony.usage.no_members", folder=str(members))
    listed = []
    for state, raw in entries.items():
        entry = files.read_entry(raw, f"{state}.json")
        if not isinstance(entry, MemberEntry) or entry.authority != state:
            raise Malformed(f"{state}.json", "it is not the member entry of that state")
        listed.append(entry)
    for state in sorted(shared_keys(listed)):
        raise Malformed(f"{state}.json", "a key of its log or witness is another member's too: members would leave out both")
    policy = content(members / "policy.json")
    if not isinstance(files.read_entry(policy, "policy.json"), Policy):
        raise Malformed("policy.json", "it is not a policy")
    drafted = ceremony.draft_targets(
        version=_next("targets", after),
        expires=_in(days),
        members=entries,
        policy=policy,
        officers=_officers(members / "officers"),
        root=files.read_role(content(root_file), root_file.name).raw,
    )
    return _lay_out(session_of(context), out, drafted)


def state(
    context: typer.Context,
    entry: Annotated[Path, typer.Argument(help="help.ceremony.entry", metavar="directory-entry.json")],
    out: Out,
    after: After = None,
    days: Days = _YEAR,
) -> int:
    """A state's own role over its entry."""
    raw = content(entry)
    read = files.read_entry(raw, entry.name)
    if not isinstance(read, WorkingEntry):
        raise Malformed(entry.name, "it is not a state's entry")
    drafted = ceremony.draft_state(read.authority, _next(read.authority, after), _in(days), raw)
    return _lay_out(session_of(context), out, drafted)


def member(
    context: typer.Context,
    keys: Annotated[Path, typer.Argument(help="help.ceremony.member_keys", metavar="directory-member.json")],
    es: Annotated[str, typer.Option("--name-es", help="help.ceremony.name_es", metavar="NAME")],
    en: Annotated[str, typer.Option("--name-en", help="help.ceremony.name_en", metavar="NAME")],
    pt: Annotated[str, typer.Option("--name-pt", help="help.ceremony.name_pt", metavar="NAME")],
    fr: Annotated[str, typer.Option("--name-fr", help="help.ceremony.name_fr", metavar="NAME")],
    out: Out,
) -> int:
    """The entry that the member states sign together about one of them: the names that they give, the keys that its node made."""
    read = files.read_entry(content(keys), keys.name)
    if not isinstance(read, MemberKeys):
        raise Malformed(keys.name, "it is not what a node's founding wrote for the member states")
    try:
        names = Names(es=es, en=en, pt=pt, fr=fr)
    except ValidationError:
        raise UsageProblem("ceremony.usage.names") from None
    made = MemberEntry(authority=read.authority, names=names, log=read.log, witness=read.witness)
    return _write_entry(session_of(context), out, made)


def policy(
    context: typer.Context,
    clock_tolerance: Annotated[
        int, typer.Option("--clock-tolerance", help="help.ceremony.clock_tolerance", metavar="SECONDS", min=1, max=900)
    ],
    directory_grace: Annotated[
        int, typer.Option("--directory-grace", help="help.ceremony.directory_grace", metavar="SECONDS", min=0, max=30 * 86400)
    ],
    manifest_validity_most: Annotated[
        int, typer.Option("--manifest-validity", help="help.ceremony.manifest_validity", metavar="SECONDS", min=1, max=7 * 86400)
    ],
    witness_faults: Annotated[
        int,
        typer.Option("--witness-faults", help="help.ceremony.witness_faults", metavar="STATES", min=0, max=limits.WITNESS_FAULTS),
    ],
    out: Out,
) -> int:
    """What the member states agreed on."""
    made = Policy(
        clock_tolerance=clock_tolerance,
        directory_grace=directory_grace,
        manifest_validity_most=manifest_validity_most,
        witness_faults=witness_faults,
    )
    return _write_entry(session_of(context), out, made)


def _lay_out(session: Session, out: Path, drafted: bytes) -> int:
    write_new(out, drafted)
    report(session, "ceremony.draft.done", file=str(out), fingerprint=ceremony.fingerprint(drafted))
    return OK


def _write_entry(session: Session, out: Path, made: MemberEntry | Policy) -> int:
    write_new(out, made.to_bytes())
    report(session, "ceremony.draft.entry", file=str(out))
    return OK


def _next(role: str, after: Path | None) -> int:
    """The version after the one in `after`, which must be the same role's; 1 for the first."""
    if after is None:
        return 1
    before = files.read_role(content(after), after.name)
    if before.name != role:
        raise Malformed(after.name, f"it is not the version before of the role {role}")
    return before.signed.version + 1


def _officers(folder: Path) -> Mapping[str, ceremony.Officers]:
    """`folder/CO/*.pub` are the officers of Colombia, two of whom have to sign."""
    return {
        each.name: ceremony.Officers([_public(path) for path in sorted(each.glob("*.pub"))])
        for each in sorted(folder.glob("[A-Z][A-Z]"))
    }


def _public(path: Path) -> SSlibKey:
    return ceremony.read_public_pem(content(path), path.name)


def _in(days: int) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
