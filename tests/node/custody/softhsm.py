"""SoftHSM 2: a PKCS #11 token in software, each run of the tests with a store of its own. Missing, it fails them with words."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOKEN, PIN = "celosia-test", "1234"
_PLACES = ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm", "/usr/lib64/pkcs11")
_MISSING = "SoftHSM 2 is not installed. Run deploy/install-system-packages as root, or name its library in SOFTHSM2_MODULE."


@dataclass(frozen=True)
class SoftHsm:
    """The module, and a file with the PIN."""

    module: Path
    pin: Path

    def uri(self, label: str, kind: str = "private", *, token: str = TOKEN, pin: Path | None = None) -> str:
        """The URI of a key in the token."""
        return f"pkcs11:token={token};object={label};type={kind}?module-path={self.module}&pin-source=file:{pin or self.pin}"


def installed() -> tuple[Path, str]:
    """The module and the program that makes tokens; fails the test if one is not there."""
    named = os.environ.get("SOFTHSM2_MODULE")
    found = [Path(named)] if named else [path for place in _PLACES if (path := Path(place) / "libsofthsm2.so").exists()]
    program = shutil.which("softhsm2-util")
    if not found or not found[0].exists() or program is None:
        pytest.fail(_MISSING)
    return found[0], program


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """One token for all tests of a run: the library is initialised once a process."""
    module, program = installed()
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    pin = folder / "pin"
    pin.write_text(f"{PIN}\n")
    pin.chmod(0o600)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        subprocess.run(
            [program, "--module", str(module), "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "5678"],
            check=True,
            capture_output=True,
        )
        yield SoftHsm(module, pin)
