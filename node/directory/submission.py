"""A state's own change on its way to the Secretariat: the bundle, what is checked before it is published, and sending it.

    {"entry": Octets, "role": Octets, "v": 1}     POST /submissions, canonical JSON

`role` is the state's role, signed by its officers; `entry` is the file that it lists. The sender is not asked who it is: the
officers' signatures alone count. Whoever sends an old bundle again is refused by its version; nothing else can come this way.
"""

import logging
from datetime import datetime
from typing import Annotated, Literal

import httpx2
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from tuf.api.metadata import Targets

from node.directory import errors, files, layout
from node.directory.errors import (
    DirectoryError,
    Malformed,
    PublicationRefused,
    TooLarge,
    Unreachable,
    foreign_failures,
)
from node.directory.repository import Change, Repository
from protocol.directory import WorkingEntry
from protocol.errors import ProtocolError
from protocol.errors import TooLarge as MessageTooLarge
from protocol.wire import Digest, Octets, WireModel, canonical, parse

PATH = "/submissions"
# An entry at its largest (128 KiB) is 171 KiB in base64; a role with fifty signatures adds 15 KiB.
SUBMISSION_BYTES = 256 << 10
# The answer to a submission: a version and a digest, or a problem document.
ANSWER_BYTES = 16 << 10

_BUNDLE = "submission"
_ANSWER = "answer of the directory"

_log = logging.getLogger("celosia.directory")


class Submission(WireModel):
    """What a state sends."""

    v: Literal[1] = 1
    role: Octets
    entry: Octets = Field(repr=False)


class Accepted(WireModel):
    """What the Secretariat answers: which directory has the change in it."""

    version: Annotated[int, Field(ge=1, lt=1 << 53)]
    snapshot: Digest


class Refusal(BaseModel):
    """The problem document (RFC 9457) of a submission that was refused, as far as the sender reads it."""

    code: Annotated[str, StringConstraints(pattern=r"^directory(_[a-z]+)*$", max_length=64)]
    where: Annotated[str, StringConstraints(max_length=200)]
    why: Annotated[str, StringConstraints(max_length=500)]


def bundle(role: bytes, entry: bytes) -> bytes:
    """The bytes to send. Raises `TooLarge` when no directory would take them."""
    raw = canonical(Submission(role=role, entry=entry))
    if len(raw) > SUBMISSION_BYTES:
        raise TooLarge(_BUNDLE, f"{len(raw)} bytes, more than {SUBMISSION_BYTES}")
    return raw


def admit(raw: bytes, targets: bytes, now: datetime) -> Change:
    """The change in `raw`, after everything that `targets` (the role in force) can say about it held. `now` in UTC.

    Raises `DirectoryError`. That it is the next version, and fits the rest, is what `Repository.publish` checks.
    """
    # 1 size and form
    try:
        submitted = parse(Submission, raw, limit=SUBMISSION_BYTES, where=_BUNDLE)
    except MessageTooLarge:
        raise TooLarge(_BUNDLE, f"more than {SUBMISSION_BYTES} bytes") from None
    except ProtocolError as error:
        raise Malformed(_BUNDLE, str(error)) from None
    # 2 a state's role, never one of the members together
    role = files.read_role(submitted.role, "role in the submission")
    if not role.of_a_state or not isinstance(role.signed, Targets):
        raise PublicationRefused(f"role {role.name}", "only a state's own role can be submitted")
    place = f"role {role.name}"
    # 3 of a member
    members = files.read_role(targets, "targets")
    if not isinstance(members.signed, Targets) or role.name not in layout.delegated_roles(members.signed):
        raise PublicationRefused(place, "the state is not a member")
    # 4 signed by enough of its own officers, about its own path only, and not past its date
    files.check(role, members, place, now)
    # 5 the entry is the one that the officers signed (TUF 5.7.2) ...
    path = layout.state_path(role.name)
    with foreign_failures(path):
        role.signed.targets[path].verify_length_and_hashes(submitted.entry)
    # 6 ... and says what an entry has to say, about that state
    entry = files.read_entry(submitted.entry, path)
    if not isinstance(entry, WorkingEntry) or entry.authority != role.name:
        raise Malformed(path, "it is not that state's entry")
    return Change(states={role.name: submitted.role}, files={path: submitted.entry})


def take(raw: bytes, repository: Repository, now: datetime) -> Accepted:
    """Admits `raw` and publishes it. Raises `DirectoryError`; what was published is then untouched."""
    try:
        change = admit(raw, repository.targets_role(), now)
        adopted = repository.publish(change, now)
    except DirectoryError as error:
        _log.warning("submission refused", extra={"cause": error.code})
        raise
    _log.info("submission published", extra={"states": sorted(change.states), "version": adopted.version})
    return Accepted(version=adopted.version, snapshot=adopted.snapshot_hash)


def send(http: httpx2.Client, directory_url: str, raw: bytes) -> Accepted:
    """Sends a bundle. Raises the Secretariat's refusal as the error that it was there, `Unreachable`, or `Malformed`."""
    headers = {"content-type": "application/json", "accept-encoding": "identity"}
    answer = b""
    try:
        with http.stream("POST", directory_url.rstrip("/") + PATH, content=raw, headers=headers) as response:
            for chunk in response.iter_raw():
                answer += chunk
                if len(answer) > ANSWER_BYTES:
                    raise TooLarge(_ANSWER, f"more than {ANSWER_BYTES} bytes")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable("directory", f"no connection ({type(error).__name__})") from None
    if response.status_code == httpx2.codes.CREATED:
        try:
            return parse(Accepted, answer, limit=ANSWER_BYTES, where=_ANSWER)
        except ProtocolError as error:
            raise Malformed(_ANSWER, str(error)) from None
    try:
        refusal = Refusal.model_validate_json(answer)
    except ValidationError:
        raise Malformed(_ANSWER, f"status {response.status_code} without a reason") from None
    raise _error_of(refusal.code)(refusal.where, refusal.why)


def _error_of(code: str) -> type[DirectoryError]:
    """The error with that code; the general one for a code of a newer version."""
    known = (each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, DirectoryError))
    return next((each for each in known if each.code == code), DirectoryError)
