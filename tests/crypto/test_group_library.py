"""The library behind the group: how it is chosen, tried and called."""

import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ctypes import CDLL, create_string_buffer
from hashlib import sha512
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

import crypto
from crypto import group
from crypto.errors import BadElement, BadInput, LibraryUnusable
from crypto.group import Scalar, use_library

# RFC 9496, appendices A.1 and A.2
GENERATOR = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
TWICE = bytes.fromhex("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919")
NOT_CANONICAL = bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")


def two() -> Scalar:
    return Scalar.from_bytes(b"\x02" + bytes(31))


# --- the border to C ------------------------------------------------------------------------------------------------


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled library that stays."""
    kept = tmp_path / "libsodium.so"
    opened = group._open

    def open_and_keep(path: Path) -> group._Sodium:
        kept.write_bytes(path.read_bytes())
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        return opened(path)

    with monkeypatch.context() as patched:
        patched.setattr(group, "_open", open_and_keep)
        group._open_bundled()
    return kept


def test_a_short_buffer_would_be_read_past_its_end_and_never_reaches_the_library(bundled: Path) -> None:
    library = CDLL(str(bundled))
    results = []
    for neighbour in (b"\x01", b"\x02"):
        memory = create_string_buffer(b"\x07" * 31 + neighbour)  # 31 bytes of a scalar, then another object's byte
        result = create_string_buffer(32)
        assert library.crypto_scalarmult_ristretto255(result, memory, GENERATOR) == 0
        results.append(result.raw)
    assert results[0] != results[1]  # C read the byte that was not ours

    sodium = group._service.sodium()
    for size in (0, 31, 33):
        with pytest.raises(BadInput, match="takes inputs of"):
            sodium.multiply(b"\x07" * size, GENERATOR)
    assert not sodium.is_valid_point(GENERATOR[:31])


def test_every_foreign_function_refuses_inputs_of_other_lengths() -> None:
    sodium = group._service.sodium()
    one_input: list[Callable[..., bytes]] = [sodium.multiply_base, sodium.scalar_invert, sodium.scalar_negate]
    two_inputs: list[Callable[..., bytes]] = [
        sodium.add,
        sodium.multiply,
        sodium.scalar_multiply,
        sodium.scalar_add,
        sodium.scalar_subtract,
    ]
    for function in one_input:
        with pytest.raises(BadInput):
            function(bytes(31))
    for function in two_inputs:
        with pytest.raises(BadInput):
            function(bytes(31), bytes(32))
        with pytest.raises(BadInput):
            function(bytes(32), bytes(31))
    for function in (sodium.from_hash, sodium.scalar_reduce):
        with pytest.raises(BadInput):
            function(bytes(63))


def test_what_the_library_refuses_is_a_bad_element() -> None:
    with pytest.raises(BadElement, match="refused its input"):
        group._service.sodium().multiply(two().reveal(), NOT_CANONICAL)


# --- choosing the library -------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process in which nobody has chosen yet."""
    monkeypatch.setattr(group, "_service", group._Service())


@pytest.mark.usefixtures("fresh")
def test_without_a_choice_the_bundled_library_serves_from_the_first_use() -> None:
    assert bytes(two().to_public()) == TWICE


@pytest.mark.usefixtures("fresh")
def test_a_library_is_chosen_by_its_path(bundled: Path) -> None:
    use_library(bundled)
    assert bytes(two().to_public()) == TWICE


@pytest.mark.usefixtures("fresh")
def test_the_same_choice_may_be_repeated_and_another_is_refused(bundled: Path) -> None:
    use_library(bundled)
    use_library(bundled)
    with pytest.raises(LibraryUnusable, match="already serves"):
        use_library(None)


@pytest.mark.usefixtures("fresh")
def test_a_choice_after_the_first_use_is_refused(bundled: Path) -> None:
    two().to_public()
    with pytest.raises(LibraryUnusable, match="choose once, before any use"):
        use_library(bundled)


def test_threads_that_come_first_together_share_one_library() -> None:
    service = group._Service()
    with ThreadPoolExecutor(8) as pool:
        libraries = list(pool.map(lambda _: service.sodium(), range(16)))
    assert len(set(map(id, libraries))) == 1


@pytest.mark.usefixtures("fresh")
def test_a_refused_library_leaves_the_choice_open(tmp_path: Path) -> None:
    with pytest.raises(LibraryUnusable):
        use_library(tmp_path / "missing.so")
    use_library(None)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", ["libsodium.so.23", "./libsodium.so"])
def test_a_path_that_is_not_absolute_is_refused(name: str) -> None:
    with pytest.raises(LibraryUnusable, match="not absolute: install libsodium"):
        use_library(Path(name))


@pytest.mark.usefixtures("fresh")
def test_a_missing_file_and_a_file_that_is_no_library_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("no library")
    for path in (tmp_path / "missing.so", tmp_path, text):
        with pytest.raises(LibraryUnusable, match=r"cannot be loaded from .*: install libsodium"):
            use_library(path)


@pytest.mark.usefixtures("fresh")
def test_another_library_is_refused() -> None:
    another = find_spec("_cffi_backend")
    assert another is not None
    with pytest.raises(LibraryUnusable, match="no libsodium with ristretto255"):
        use_library(Path(str(another.origin)))


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("version", [b"1.0.17", b"0.9.99", b"1.0.x8", b"1.0.-1"])
def test_a_library_that_states_an_older_version_or_none_is_refused(bundled: Path, version: bytes) -> None:
    altered = bundled.with_name("old.so")
    original = bundled.read_bytes()
    assert original.count(b"1.0.18\x00") == 1
    altered.write_bytes(original.replace(b"1.0.18\x00", version + b"\x00"))
    with pytest.raises(LibraryUnusable, match=r"older than 1\.0\.18, or states no version"):
        use_library(altered)


@pytest.mark.usefixtures("fresh")
def test_a_library_that_computes_wrongly_is_refused(bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Hashing otherwise than the RFC does gives the library other numbers than those of the vector.
    monkeypatch.setattr(group, "_expand", lambda message, dst: sha512(dst + message).digest())
    with pytest.raises(LibraryUnusable, match="fails a published test vector"):
        use_library(bundled)


def test_the_self_check_notices_each_function_that_is_not_what_it_should_be(bundled: Path) -> None:
    assert group._computes_rightly(group._open(bundled))
    swapped = {
        "from_hash": "scalar_reduce",
        "multiply_base": "scalar_negate",
        "multiply": "add",
        "scalar_invert": "scalar_negate",
    }
    for name, other in swapped.items():
        sodium = group._open(bundled)
        setattr(sodium, name, getattr(sodium, other))
        assert not group._computes_rightly(sodium), name


def test_a_library_without_randomness_is_refused(bundled: Path) -> None:
    class Deaf(CDLL):
        """libsodium on a system that gives it no randomness."""

        def sodium_init(self) -> int:
            return -1

    with pytest.raises(LibraryUnusable, match="no source of randomness"):
        group._Sodium(Deaf(str(bundled)))


# --- the bundled library --------------------------------------------------------------------------------------------

IMPORT_WHAT_IT_COMES_IN = "import rbcl"
LOAD_IT_OUR_WAY = "from crypto.group import use_library; use_library(None)"


def left_behind(statement: str, folder: Path) -> list[Path]:
    """Run a statement in a process whose temporary folder is `folder`; return what remains there."""
    folder.mkdir()
    environment = {"TMPDIR": str(folder), "PYTHONPATH": str(Path(crypto.__path__[0]).parent)}
    subprocess.run([sys.executable, "-c", statement], env=environment, check=True, timeout=60)
    return list(folder.iterdir())


def test_importing_rbcl_leaves_its_library_behind_and_our_way_leaves_nothing(tmp_path: Path) -> None:
    assert left_behind(IMPORT_WHAT_IT_COMES_IN, tmp_path / "theirs")
    assert not left_behind(LOAD_IT_OUR_WAY, tmp_path / "ours")


@pytest.mark.usefixtures("fresh")
def test_a_bundled_library_that_fails_leaves_nothing_behind_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> NoReturn:
        assert path.exists()
        raise LibraryUnusable("refused")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(group, "_open", refuse)
    with pytest.raises(LibraryUnusable):
        use_library(None)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("spec", [None, ModuleSpec("rbcl", None)])
def test_a_missing_rbcl_is_named_with_what_to_do(spec: ModuleSpec | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "find_spec", lambda _: spec)
    with pytest.raises(LibraryUnusable, match="not installed: install the rbcl wheel, or set the absolute path"):
        use_library(None)


@pytest.mark.usefixtures("fresh")
def test_an_rbcl_in_an_unknown_form_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_sodium.py").write_text("sodium_bs = open('/somewhere/else').read()")
    spec = ModuleSpec("rbcl", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(group, "find_spec", lambda _: spec)
    with pytest.raises(LibraryUnusable, match="known form"):
        use_library(None)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("content", [None, b"sodium_bs = '\xc3\xb1'"])
def test_an_rbcl_that_cannot_be_read_is_refused(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if content is not None:
        (tmp_path / "_sodium.py").write_bytes(content)
    spec = ModuleSpec("rbcl", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(group, "find_spec", lambda _: spec)
    with pytest.raises(LibraryUnusable, match="cannot be read: install the rbcl wheel"):
        use_library(None)


@pytest.mark.usefixtures("fresh")
def test_a_temporary_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(LibraryUnusable, match="make the temporary folder writable"):
        use_library(None)
