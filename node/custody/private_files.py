"""Files that hold a secret: read only if nobody else could have read or replaced them."""

import os
import stat
from pathlib import Path

from node.custody.errors import KeyFault, KeysUnusable

_MOST_BYTES = 16 << 10
"""The longest file that holds one secret: a sealed TLS key has about 500 bytes, a URI of a token less."""


def read_private(path: Path) -> bytes:
    """The bytes of a file that is ours alone. Raises `KeysUnusable`, naming the file.

    Links are followed first, since secret mounts are made of them; what counts is the file at their end. It has to be a regular
    file of this process's user, without any permission for group or others, in a folder of this user or of root that nobody
    else can write in: whoever can write there could put another file in its place.
    """
    try:
        real = path.resolve(strict=True)
        folder = real.parent.stat()
        # the checks are made on what was opened, so that nothing can be put in its place between check and reading
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeysUnusable(KeyFault.MISSING, file=str(path)) from None
    except (OSError, RuntimeError):  # RuntimeError is what Python says of links in a circle
        raise KeysUnusable(KeyFault.UNREADABLE, file=str(path)) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise KeysUnusable(KeyFault.NOT_A_FILE, file=str(path))
        if found.st_uid != os.geteuid():
            raise KeysUnusable(KeyFault.NOT_OURS, file=str(path))
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise KeysUnusable(KeyFault.OPEN_TO_OTHERS, file=str(path))
        if folder.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(folder.st_mode) & 0o022:
            raise KeysUnusable(KeyFault.FOLDER_OPEN, file=str(path))
        raw = os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(raw) > _MOST_BYTES:
        raise KeysUnusable(KeyFault.NOT_A_KEY, file=str(path))
    return raw
