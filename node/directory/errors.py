"""What can be wrong with a directory, or with what somebody wants to publish in one.

    DirectoryError
    ├── Unreachable        no answer, too slow, or the server refuses
    ├── Expired            past its date: somebody may be freezing us
    ├── RolledBack         older than what was seen before
    ├── Forged             too few valid signatures
    │   └── Substituted    other bytes than the signed metadata names
    ├── Malformed          not the form that this directory has
    ├── RogueDelegation    a role that reaches for paths that are not its own
    ├── TooLarge           more bytes than `layout.py` allows
    ├── FolderUnusable     the local folder cannot be read or written
    ├── KeyUnusable        a key file that is open to others, missing, or no Ed25519 key
    ├── NotReadAloud       what is about to be signed is not what was read aloud
    ├── PublicationRefused a change that would make the published directory worse
    └── TooManyAhead       so many of one state's entries ahead of the directory that no more can be meant

Failures of python-tuf and of the network become one of these in `foreign_failures`, and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from tuf.api import exceptions as tuf_errors


class DirectoryError(Exception):
    """Base of all: what (`code`), where, why, and what to do next. None of them holds secrets or received bytes."""

    code: ClassVar[str] = "directory"
    advice: ClassVar[str] = "see the runbook"

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{self.code} at {where}: {why}; {self.advice}")


class Unreachable(DirectoryError):
    """The directory server did not give the file in time."""

    code = "directory_unreachable"
    advice = "the directory adopted last stays in force; try again, then call the Secretariat"


class Expired(DirectoryError):
    """The file is genuine and past its date."""

    code = "directory_expired"
    advice = "compare this machine's clock, then call the Secretariat: the directory may be held back from you"


class RolledBack(DirectoryError):
    """The file is genuine and older than one that was seen before."""

    code = "directory_rolled_back"
    advice = "nothing was adopted; report it to the Secretariat and to the other members"


class Forged(DirectoryError):
    """The holders named for the role did not sign these bytes in sufficient number."""

    code = "directory_forged"
    advice = "nothing was adopted; report it to the Secretariat and to the other members"


class Substituted(Forged):
    """The bytes are not the ones that the signed metadata names: the server or the line changed them."""

    code = "directory_substituted"


class Malformed(DirectoryError):
    """The bytes do not have the one form that this directory allows."""

    code = "directory_malformed"
    advice = "the one who made the file has to make it again"


class RogueDelegation(DirectoryError):
    """A role reaches for paths, thresholds or keys that are not its own."""

    code = "directory_rogue_delegation"
    advice = "the file must not be signed; whoever signed it has to explain"


class TooLarge(DirectoryError):
    """More bytes than allowed."""

    code = "directory_too_large"
    advice = "nothing was adopted; report it to the Secretariat"


class FolderUnusable(DirectoryError):
    """The local folder cannot be read or written."""

    code = "directory_folder_unusable"
    advice = "check that the folder exists, belongs to this user and has free space"


class KeyUnusable(DirectoryError):
    """A key file that cannot be used, or should not be."""

    code = "directory_key_unusable"
    advice = "use the holder's own PEM file, readable by its owner only (mode 0600)"


class NotReadAloud(DirectoryError):
    """The fingerprint of what is on the table differs from the one read aloud."""

    code = "directory_not_read_aloud"
    advice = "do not sign; compare the files of all participants"


class PublicationRefused(DirectoryError):
    """The change would make the published directory worse; what was published stays."""

    code = "directory_publication_refused"
    advice = "what was published is unchanged; correct the change and publish it again"


class TooManyAhead(DirectoryError):
    """The state has `limits.ENTRIES_AHEAD_A_STATE` entries ahead of the directory already."""

    code = "directory_too_many_ahead"
    advice = "wait until the directory has caught up with those that are ahead"


@contextmanager
def foreign_failures(where: str) -> Iterator[None]:
    """Turns failures of python-tuf, and of the files it keeps, into `DirectoryError`s about `where`."""
    try:
        yield
    except tuf_errors.ExpiredMetadataError as error:
        raise Expired(where, str(error)) from None
    except tuf_errors.BadVersionNumberError as error:
        raise RolledBack(where, str(error)) from None
    except tuf_errors.UnsignedMetadataError as error:
        raise Forged(where, str(error)) from None
    except tuf_errors.LengthOrHashMismatchError:
        raise Substituted(where, "the bytes are not the ones that the signed metadata names") from None
    except tuf_errors.DownloadLengthMismatchError:
        raise TooLarge(where, "the server sent more than the allowed length") from None
    except tuf_errors.DownloadError as error:
        raise Unreachable(where, str(error) or "the server is too slow") from None
    except (tuf_errors.RepositoryError, ValueError) as error:
        raise Malformed(where, str(error)) from None
    except OSError as error:
        raise FolderUnusable(where, error.strerror or "input or output failed") from None
