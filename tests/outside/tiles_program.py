"""The checker of tile trees that Go's own code does the computing of: built without a network, from what the system has."""

import os
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

GOCODE = Path("/usr/share/gocode")
_SOURCE = Path(__file__).parent / "go"
_MISSING = "Go or its package golang.org/x/mod is not installed. Run deploy/install-system-packages as root."


def built(folder: Path) -> Path:
    """The program, in `folder`. Fails the test where the system has not what it is made of."""
    go = shutil.which("go")
    if go is None or not (GOCODE / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.fail(_MISSING)
    made = folder / "tiles"
    settings = {"GOPATH": str(GOCODE), "GO111MODULE": "off", "GOFLAGS": "", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    subprocess.run([go, "build", "-o", str(made), "."], cwd=_SOURCE, env=os.environ | settings, check=True)
    return made


def run(program: Path, key: str, folder: Path, without: Collection[str] = ()) -> subprocess.CompletedProcess[str]:
    """Check the tree in `folder`/tree, and what lies beside it but for `without`, under a log's key."""
    names = [name for name in ("tree", "older", "request", "proof", "entry") if name not in without]
    files = [part for name in names for part in (f"-{name}", folder / name)]
    return subprocess.run([program, "-key", key, *files], capture_output=True, text=True, check=False)
