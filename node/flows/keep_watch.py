"""What a running node notes of itself, so that `celosia doctor` can say from outside whether it lives, and for how long still."""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, delete

from node.store.database import Database
from node.store.tables import BeatRun, MachineSample

SAMPLE_SECONDS = 3600
"""How often a sample is taken."""
_KEPT_SECONDS = 30 * 86400
"""A month shows whether growth goes on or was one import."""
_OPEN_FILES = Path("/dev/fd")


@dataclass(frozen=True, repr=False)
class KeepWatch:
    """The story's parts. `folder` is the node's."""

    database: Database
    folder: Path

    def beat_ended(self, beat: str, seconds: float, error: str | None) -> None:
        """A run of `beat`, which is to run every `seconds`, has ended: well, or with the code or type of an error."""
        with self.database.begin() as work:
            run = work.session.get(BeatRun, beat) or BeatRun(beat=beat, seconds=seconds, ended=0)
            run.seconds, run.ended, run.error = seconds, work.now(), None if error is None else error[:64]
            run.succeeded = work.now() if error is None else run.succeeded
            work.session.add(run)

    def take_sample(self) -> None:
        """Keep what the folder and this process take of the machine now, and forget the samples of more than a month ago."""
        used, files = used_bytes(self.folder), len(list(_OPEN_FILES.iterdir()))
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        with self.database.begin() as work:
            work.session.exec(delete(MachineSample).where(col(MachineSample.at) < work.now() - _KEPT_SECONDS))
            work.session.merge(MachineSample(at=work.now(), folder_bytes=used, open_files=files, open_files_limit=limit))


def used_bytes(folder: Path) -> int:
    """Bytes of disk that the files of a folder take. A file that goes meanwhile counts nothing."""
    used = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            used += path.lstat().st_blocks * 512  # st_blocks counts units of 512 bytes everywhere (stat(2))
    return used
