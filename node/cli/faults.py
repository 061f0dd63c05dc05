"""What can go wrong with a command on the node's own machine, as one fault with a code that the catalogues word."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from node.custody import KeysUnusable
from node.directory.errors import DirectoryError
from node.durable import ServedAlready
from node.entry import EntryRefused
from node.flows.keep_officers import AccountRefused
from node.flows.turn_epochs import EpochRefused
from node.founding import FolderNotEmpty, FoundingRefused
from node.marking import RegisterUnusable
from node.settings import SettingsError
from node.signers import NextKeyRefused
from node.store.errors import NotStorable, StoreUnavailable, StoreUnusable
from node.tls.errors import BadMaterial
from node.tls.renewal import LeafRefused


class LocalFault(Exception):
    """A command on the node's machine could not be done. `code` words it; `detail` names the place.

    `localised`: the detail holds names only, and no words of a language. `why`: the key of a text that says more, and its facts.
    """

    def __init__(
        self, code: str, detail: str = "", *, localised: bool = True, why: tuple[str, Mapping[str, str | int]] | None = None
    ) -> None:
        self.code, self.detail, self.localised, self.why = code, detail, localised, why
        super().__init__(code)


class FileFault(StrEnum):
    """Why a file or folder cannot be used. The text under `file.fault.<code>` says it."""

    MISSING = "missing"
    NOT_PERMITTED = "not_permitted"
    A_FOLDER = "a_folder"
    NOT_A_FOLDER = "not_a_folder"
    NO_SPACE = "no_space"
    READ_ONLY = "read_only"
    NAME_TOO_LONG = "name_too_long"
    THERE_ALREADY = "there_already"
    REFUSED = "refused"
    MALFORMED = "malformed"
    NOT_A_CERTIFICATE = "not_a_certificate"


_BY_NUMBER: Mapping[int | None, FileFault] = {
    errno.ENOENT: FileFault.MISSING,
    errno.EACCES: FileFault.NOT_PERMITTED,
    errno.EPERM: FileFault.NOT_PERMITTED,
    errno.EISDIR: FileFault.A_FOLDER,
    errno.ENOTDIR: FileFault.NOT_A_FOLDER,
    errno.ENOSPC: FileFault.NO_SPACE,
    errno.EDQUOT: FileFault.NO_SPACE,
    errno.EROFS: FileFault.READ_ONLY,
    errno.ENAMETOOLONG: FileFault.NAME_TOO_LONG,
    errno.EEXIST: FileFault.THERE_ALREADY,
}


def unusable_file(fault: FileFault, file: Path | str, **facts: str) -> LocalFault:
    """What is wrong with a file, in the reader's language."""
    return LocalFault("file_unusable", why=(f"file.fault.{fault}", {"file": str(file), **facts}))


def of_the_machine(error: OSError, file: Path | str | None = None) -> LocalFault:
    """What the machine refused, in our words instead of the system's. `file`: which one, if the error does not say."""
    named = str(error.filename or file or "…")
    fault = _BY_NUMBER.get(error.errno, FileFault.REFUSED)
    if fault is not FileFault.REFUSED:
        return unusable_file(fault, named)
    return unusable_file(fault, named, error=errno.errorcode.get(error.errno or 0, type(error).__name__))


@contextmanager
def faults() -> Iterator[None]:
    """Errors of the node's parts, as one fault. What the machine itself refuses, `run` words for every command."""
    try:
        yield
    except (AccountRefused, EpochRefused) as error:
        raise LocalFault(error.code) from None
    except FolderNotEmpty as error:
        raise LocalFault(error.code, str(error)) from None
    except FoundingRefused as error:
        raise LocalFault(error.code) from None
    except SettingsError as error:
        raise LocalFault(error.code, why=(f"settings.fault.{error.fault}", error.facts)) from None
    except KeysUnusable as error:
        raise LocalFault(error.code, why=(f"keys.fault.{error.fault}", error.facts)) from None
    except ServedAlready as error:
        raise LocalFault(error.code) from None
    except BadMaterial as error:
        raise LocalFault("tls_unusable", str(error), localised=False) from None
    except EntryRefused as error:
        raise LocalFault(error.code, why=(f"entry.fault.{error.fault}", error.facts)) from None
    except NextKeyRefused as error:
        raise LocalFault(error.code, why=(f"next_key.fault.{error.fault}", error.facts)) from None
    except LeafRefused as error:
        raise LocalFault(error.code, why=(f"leaf.fault.{error.fault}", error.facts)) from None
    except DirectoryError as error:
        raise LocalFault("directory_unusable", error.code) from None
    except StoreUnusable as error:
        raise LocalFault(error.reason.value) from None
    except RegisterUnusable as error:
        raise LocalFault(error.code, why=(f"register.fault.{error.fault}", {})) from None
    except (StoreUnavailable, NotStorable) as error:
        raise LocalFault(error.code) from None
