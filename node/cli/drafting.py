"""`celosia directory draft …`: what is laid on the table, unsigned, for holders to read and sign."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from securesystemslib.signer import SSlibKey

from crypto.merkle import root_of
from node.cli.given import content
from node.cli.results import report, write_new
from node.cli.session import OK, Session, UsageProblem, session_of
from node.directory import ceremony, files, layout
from node.directory.errors import Malformed
from protocol import limits
from protocol.checkpoint import Checkpoint, read_checkpoint, witnessed_at
from protocol.directory import Policy, WorkingEntry, quorum_over
from protocol.errors import ProtocolError
from protocol.members import FormerLog, MemberEntry, MemberKeys, Names, shared_keys

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
    listed = [_member(members, state) for state in entries]
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
    out: Out,
    es: Annotated[str | None, typer.Option("--name-es", help="help.ceremony.name_es", metavar="NAME")] = None,
    en: Annotated[str | None, typer.Option("--name-en", help="help.ceremony.name_en", metavar="NAME")] = None,
    pt: Annotated[str | None, typer.Option("--name-pt", help="help.ceremony.name_pt", metavar="NAME")] = None,
    fr: Annotated[str | None, typer.Option("--name-fr", help="help.ceremony.name_fr", metavar="NAME")] = None,
    table: Annotated[Path | None, typer.Option("--table", help="help.ceremony.table", metavar="FOLDER")] = None,
    checkpoint: Annotated[Path | None, typer.Option("--checkpoint", help="help.ceremony.checkpoint", metavar="FILE")] = None,
    never_witnessed: Annotated[bool, typer.Option("--never-witnessed", help="help.ceremony.never_witnessed")] = False,
) -> int:
    """The entry that the member states sign together about one of them: the names that they give, the keys that its node made.

    Of a member that is on the table already, what is not given stays, and a log whose key is another now is closed.
    """
    read = files.read_entry(content(keys), keys.name)
    if not isinstance(read, MemberKeys):
        raise Malformed(keys.name, "it is not what a node's founding wrote for the member states")
    before = None if table is None else _member(table, read.authority)
    given = {"es": es, "en": en, "pt": pt, "fr": fr}
    words = {code: name if name is not None or before is None else getattr(before.names, code) for code, name in given.items()}
    try:
        names = Names.model_validate(words)
    except ValidationError:
        raise UsageProblem("ceremony.usage.names") from None
    closes = before is not None and before.log.key != read.log.key
    if closes != (checkpoint is not None or never_witnessed) or (checkpoint is not None and never_witnessed):
        raise UsageProblem("ceremony.usage.closing")
    former = () if before is None else before.former_logs
    if table is not None and before is not None and closes:
        last = Checkpoint(before.log.origin, 0, root_of(())) if checkpoint is None else _witnessed(table, before, checkpoint)
        former += (FormerLog(**before.log.model_dump(), size=last.size, root=last.root),)
    drafted = {**read.model_dump(), "names": names.model_dump(), "former_logs": tuple(each.model_dump() for each in former)}
    try:
        made = MemberEntry.model_validate(drafted)
    except ValidationError as error:
        raise Malformed(keys.name, f"it cannot follow the entry before: {error.errors()[0]['type']}") from None
    return _write_entry(session_of(context), out, made)


def _member(table: Path, state: str) -> MemberEntry:
    path = table / "members" / f"{state}.json"
    entry = files.read_entry(content(path), path.name)
    if not isinstance(entry, MemberEntry) or entry.authority != state:
        raise Malformed(path.name, "it is not the member entry of that state")
    return entry


def _witnessed(table: Path, closed: MemberEntry, path: Path) -> Checkpoint:
    """What a log is frozen at. Its key may be stolen: not its own signature counts, but that enough of the others cosigned."""
    others = [_member(table, each.stem).witness.note_key for each in sorted((table / "members").glob("*.json"))]
    others.remove(closed.witness.note_key)
    agreed = files.read_entry(content(table / "policy.json"), "policy.json")
    if not isinstance(agreed, Policy):
        raise Malformed("policy.json", "it is not a policy")
    quorum = quorum_over(others, agreed.witness_faults, len(others))
    if quorum is None:
        raise Malformed(path.name, "nobody else is on the table who could have witnessed it")
    try:
        signed = read_checkpoint(content(path), closed.log.note_key, quorum.witnesses)
        witnessed_at(signed, quorum)
    except ProtocolError as error:
        raise Malformed(path.name, str(error)) from None
    return signed.checkpoint


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
    exchange_retention: Annotated[
        int,
        typer.Option(
            "--exchange-retention",
            help="help.ceremony.exchange_retention",
            metavar="SECONDS",
            min=limits.RETENTION_LEAST,
            max=limits.RETENTION_MOST,
        ),
    ],
    erasure_term: Annotated[
        int,
        typer.Option(
            "--erasure-term",
            help="help.ceremony.erasure_term",
            metavar="SECONDS",
            min=limits.ERASURE_TERM_LEAST,
            max=limits.ERASURE_TERM_MOST,
        ),
    ],
    out: Out,
) -> int:
    """What the member states agreed on."""
    made = Policy(
        clock_tolerance=clock_tolerance,
        directory_grace=directory_grace,
        manifest_validity_most=manifest_validity_most,
        witness_faults=witness_faults,
        exchange_retention=exchange_retention,
        erasure_term=erasure_term,
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
