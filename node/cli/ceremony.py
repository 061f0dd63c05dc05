"""`celosia directory key`, `fingerprint`, `sign`, `merge`, `check`: what each holder does, on a machine without network."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from node.cli.given import content
from node.cli.help import metavar
from node.cli.results import need_new, replace, report, write_new
from node.cli.session import OK, UsageProblem, session_of
from node.directory import ceremony, files
from protocol.wire import sha256

AppointedBy = Annotated[Path | None, typer.Option("--appointed-by", help="help.ceremony.appointed_by", metavar="FILE.json")]

_PEM = b"-----BEGIN PUBLIC KEY-----"


def key(context: typer.Context, file: Annotated[Path, typer.Argument(help="help.ceremony.new_key", metavar="FILE.pem")]) -> int:
    """Make a holder's key: FILE.pem, which stays, and FILE.pub, which is handed over."""
    session = session_of(context)
    if not file.name:
        raise UsageProblem("usage.missing", name=metavar(session, "FILE.pem"))
    if file.suffix == ".pub":
        raise UsageProblem("ceremony.usage.key_name", file=str(file))
    public = file.with_suffix(".pub")
    need_new(public)
    made = ceremony.generate_key(file)
    write_new(public, ceremony.public_pem(made))
    report(session, "ceremony.key.done", file=str(file), public=str(public), fingerprint=ceremony.key_fingerprint(made))
    return OK


def fingerprint(context: typer.Context, file: Annotated[Path, typer.Argument(help="help.ceremony.file", metavar="FILE")]) -> int:
    """The fingerprint alone on standard output."""
    session = session_of(context)
    session.out.file.write(fingerprint_of(content(file), file.name) + "\n")
    return OK


def fingerprint_of(raw: bytes, where: str) -> str:
    """What is read aloud of a public key, of signed metadata (without its signatures) or of an entry. Raises `DirectoryError`."""
    if is_public_key(raw):
        return ceremony.key_fingerprint(ceremony.read_public_pem(raw, where))
    if files.is_metadata(raw):
        return ceremony.fingerprint(files.read_role(raw, where).raw)
    files.read_entry(raw, where)
    return ceremony.in_groups(sha256(raw))


def is_public_key(raw: bytes) -> bool:
    """Whether `raw` looks like what a holder hands over."""
    return raw.startswith(_PEM)


def sign(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.ceremony.to_sign", metavar="FILE.json")],
    holder: Annotated[Path, typer.Option("--key", help="help.ceremony.holder_key", metavar="FILE.pem")],
    heard: Annotated[str, typer.Option("--fingerprint", help="help.ceremony.heard", metavar="FINGERPRINT")],
    out: Annotated[Path, typer.Option("--out", help="help.ceremony.out", metavar="FILE.sig")],
) -> int:
    """Sign apart, if the fingerprint heard in the room is the file's."""
    session = session_of(context)
    role = files.read_role(content(file), file.name)
    write_new(out, ceremony.sign(role.raw, ceremony.load_key(holder), heard))
    report(session, "ceremony.sign.done", file=str(out), signed=str(file))
    return OK


def merge(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.ceremony.to_merge", metavar="FILE.json")],
    signatures: Annotated[list[Path], typer.Argument(help="help.ceremony.signatures", metavar="FILE.sig…")],
) -> int:
    """Put signatures into the file that they sign."""
    session = session_of(context)
    role = files.read_role(content(file), file.name)
    replace(file, ceremony.merge(role.raw, [content(each) for each in signatures]))
    report(session, "ceremony.merge.done", file=str(file), count=len(signatures))
    return OK


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.ceremony.to_check", metavar="FILE.json")],
    appointed_by: AppointedBy = None,
) -> int:
    """Whether a file has its form, its signatures and time left."""
    session = session_of(context)
    role = files.read_role(content(file), file.name)
    files.check(role, appointer(role, appointed_by), file.name, datetime.now(UTC))
    report(session, "ceremony.check.done", file=str(file), role=role.name, version=role.signed.version)
    return OK


def appointer(role: files.Role, given: Path | None) -> files.Role | None:
    """The role that says who signs for `role`. Raises `UsageProblem` when it is needed and was not given."""
    if given is not None:
        return files.read_role(content(given), given.name)
    if role.name != "root" or role.signed.version > 1:
        raise UsageProblem("ceremony.usage.appointed_by")
    return None
