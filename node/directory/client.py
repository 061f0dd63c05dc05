"""A member's side: fetches the directory, verifies it, keeps the last one adopted, and gives it back without a network."""

import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import Metadata, Root, Snapshot, Timestamp
from tuf.ngclient import FetcherInterface

from node.directory import layout
from node.directory.adopted import STORED_BYTES, AdoptedTargets, StoredSet, verify_stored
from node.directory.ceremony import fingerprint, same_fingerprint
from node.directory.errors import Malformed, NotReadAloud, foreign_failures
from node.directory.walk import walk
from node.durable import sole_writer, write_whole
from protocol.errors import ProtocolError
from protocol.wire import canonical, parse

# Seconds for one file from first to last byte: the largest takes 5 s on a 1 Mbit/s line. A read timeout alone would let a server
# that drips a byte now and then hold the client for ever (TUF 1.5.2, "slow retrieval").
FILE_SECONDS: Final = 60.0
# Seconds without any byte.
SILENCE_SECONDS: Final = 10.0


def directory_http(tls: ssl.SSLContext | None = None) -> httpx2.Client:
    """A client that asks the directory server and nobody else: no proxy from the environment, no redirect, no cookie kept."""
    return httpx2.Client(
        verify=tls if tls is not None else True,
        trust_env=False,
        follow_redirects=False,
        timeout=SILENCE_SECONDS,
    )


def seen_role(state_folder: Path, state: str) -> Path:
    """Where python-tuf keeps a state's role as it saw it last: what that state's officers need to draft the next one."""
    return state_folder / "seen" / "metadata" / f"{state}.json"


class HttpFetcher(FetcherInterface):
    """python-tuf's way to the network, over httpx2. Lengths are counted by python-tuf while the bytes come in."""

    def __init__(self, http: httpx2.Client, file_seconds: float = FILE_SECONDS) -> None:
        self._http = http
        self._file_seconds = file_seconds

    def _fetch(self, url: str) -> Iterator[bytes]:
        deadline = time.monotonic() + self._file_seconds
        try:
            # Raw bytes, so that a compressed answer cannot grow beyond what was counted.
            with self._http.stream("GET", url, headers={"accept-encoding": "identity"}) as response:
                if response.status_code != httpx2.codes.OK:
                    status = response.status_code
                    raise tuf_errors.DownloadHTTPError(f"the server answered with status {status}", status)
                for chunk in response.iter_raw():
                    if time.monotonic() > deadline:
                        raise tuf_errors.SlowRetrievalError(f"more than {self._file_seconds:g} s for one file")
                    yield chunk
        except httpx2.TimeoutException:
            raise tuf_errors.SlowRetrievalError("the server is silent") from None
        except httpx2.HTTPError as error:
            raise tuf_errors.DownloadError(f"no connection ({type(error).__name__})") from None


class DirectoryClient:
    """The directory as one node knows it, in `state_folder`.

    `state_folder/seen` is python-tuf's memory of the newest versions; `state_folder/adopted.json` is the set adopted last, whole.
    Both are verified under `bootstrap_root` whenever they are read. Losing the folder loses the memory that refuses a rollback;
    nothing in it can make a forged directory pass.
    """

    def __init__(
        self,
        state_folder: Path,
        base_url: str,
        bootstrap_root: bytes,
        *,
        root_fingerprint: str | None,
        http: httpx2.Client,
        file_seconds: float = FILE_SECONDS,
    ) -> None:
        """`root_fingerprint` is what the administrator typed from the treaty annex (white space and case do not count).

        Raises `NotReadAloud` when it is not the bootstrap root's, `Malformed` when the root is none, `RogueDelegation` when a
        single party could sign under it, `FolderUnusable` when the folder cannot be made.
        """
        with foreign_failures("bootstrap root"):
            root = Metadata[Root].from_bytes(bootstrap_root).signed
        if not isinstance(root, Root):
            raise Malformed("bootstrap root", "metadata of another type")
        if root_fingerprint is not None and not same_fingerprint(root_fingerprint, fingerprint(bootstrap_root)):
            raise NotReadAloud("bootstrap root", "its fingerprint is not the one that was typed")
        layout.check_root(root)
        with foreign_failures("state folder"):
            state_folder.mkdir(parents=True, exist_ok=True)
        self._folder = state_folder
        self._adopted = state_folder / "adopted.json"
        self._base_url = base_url.rstrip("/")
        self._bootstrap_root = bootstrap_root
        self._fetcher = HttpFetcher(http, file_seconds)

    def refresh(self) -> AdoptedTargets:
        """Downloads and adopts the current directory as a whole. Raises `DirectoryError`; then the one before stays adopted."""
        with foreign_failures("state folder"), sole_writer(self._folder):
            self._mend_memory()
            stored = walk(self._folder / "seen", self._base_url, self._fetcher, self._bootstrap_root)
            adopted = verify_stored(stored, self._bootstrap_root)
            sys.audit("celosia.adopt_directory.fetched")
            write_whole(self._adopted, canonical(stored))
        return adopted

    def load(self) -> AdoptedTargets | None:
        """What was adopted last, from disk and verified again, also when past its date; None when nothing was adopted yet.

        Raises `Malformed` or `Forged` when the file was changed, `FolderUnusable` when it cannot be read.
        """
        stored = self._stored()
        return None if stored is None else verify_stored(stored, self._bootstrap_root)

    def roots_before(self, first: bytes) -> list[bytes]:
        """The roots before `first`, from version 1 on: a node may begin with a later one, and a court is shown all.

        As the server has them: whoever uses them verifies the chain. Raises `DirectoryError`.
        """
        with foreign_failures("earlier roots"):
            version, most = Metadata[Root].from_bytes(first).signed.version, layout.updater_config().root_max_length
            places = (f"{self._base_url}/metadata/{number}.root.json" for number in range(1, version))
            return [self._fetcher.download_bytes(place, most) for place in places]

    def _stored(self) -> StoredSet | None:
        with foreign_failures("adopted.json"):
            if not self._adopted.exists():
                return None
            raw = self._adopted.read_bytes()
        try:
            return parse(StoredSet, raw, limit=STORED_BYTES, where="adopted.json")
        except ProtocolError as error:
            raise Malformed("adopted.json", str(error)) from None

    def _mend_memory(self) -> None:
        """Puts back what a power cut tore in python-tuf's memory: a torn file would make it forget what it has seen."""
        metadata = self._folder / "seen" / "metadata"
        for unfinished in metadata.rglob("tmp*"):  # python-tuf's own temporary files, after a crash
            unfinished.unlink()
        try:
            stored = self._stored()
        except Malformed:
            return  # nothing to mend from; `load` says so, and this refresh replaces it
        if stored is None:
            return
        metadata.mkdir(parents=True, exist_ok=True)
        for kind, raw in ((Timestamp, stored.timestamp), (Snapshot, stored.snapshot)):
            path = metadata / f"{kind.type}.json"
            try:
                Metadata.from_file(str(path))
            except (tuf_errors.RepositoryError, tuf_errors.StorageError):
                write_whole(path, raw)
