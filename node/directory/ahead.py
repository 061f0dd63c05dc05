"""A state's next entry, ahead of the directory: the files that its officers submit, verified under the directory adopted here.

A revocation needs no form of its own. The officers sign an entry without the stolen key, as for any change; it goes to the
Secretariat as a submission, and to every member at once by this way, so that nobody can hold it back.
"""

from dataclasses import dataclass, field
from datetime import datetime

from node.directory import files, submission
from node.directory.adopted import AdoptedTargets
from protocol.authority import Authority
from protocol.wire import sha256


@dataclass(frozen=True)
class EntryAhead:
    """A later entry of `authority`. `version` is its role's; `digest` names the two files together (SHA-256, hex)."""

    authority: Authority
    version: int
    digest: str
    role: bytes = field(repr=False)
    file: bytes = field(repr=False)


def read_ahead(role: bytes, file: bytes, adopted: AdoptedTargets, now: datetime) -> EntryAhead:
    """What `role` and the entry in `file` say, signed by enough officers of a member of `adopted`. `now` in UTC.

    Raises `DirectoryError`. Whether it is later than what the directory has is `EntryAhead.version` against `adopted.versions`.
    """
    (state,) = submission.admit(submission.bundle(role, file), adopted.appointed_by, now).states
    version = files.read_role(role, f"role {state}").signed.version
    return EntryAhead(Authority(state), version, digest_of(role, file), role, file)


def digest_of(role: bytes, file: bytes) -> str:
    """The name of the two files together: SHA-256, hex, of the bundle in which they are submitted. Raises `TooLarge`."""
    return sha256(submission.bundle(role, file))
