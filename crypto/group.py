"""The prime-order group ristretto255 (RFC 9496), and scalars modulo its order.

The only file that knows which library computes: libsodium, bound by ctypes. ctypes releases the interpreter's lock
during each call, so threads run in parallel. One library serves a process, chosen by `use_library`, and by nothing
else: never by what happens to be imported or installed.
"""

import re
from collections.abc import Callable
from ctypes import CDLL, c_char, c_char_p, c_int
from dataclasses import dataclass
from hashlib import sha512
from hmac import compare_digest
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Final, final

from crypto.errors import BadElement, BadInput, BadScalar, LibraryUnusable
from crypto.secret import Secret

RandomBytes = Callable[[int], bytes]
"""A source of randomness: takes a number of bytes, returns exactly that many, unpredictable."""

ELEMENT_SIZE: Final = 32
SCALAR_SIZE: Final = 32
UNIFORM_SIZE: Final = 64

_OLDEST: Final = (1, 0, 18)  # the first release with ristretto255
_ZEROS: Final = bytes(32)  # both the scalar zero and the encoding of the identity
_Buffer = c_char * 32

_SHA512_ZERO_BLOCK: Final = sha512(bytes(128))


def use_library(path: Path | None) -> None:
    """Choose and load the libsodium of this process: at `path`, or the one inside the `rbcl` wheel if None.

    Call it once, at start, before any other use of this package; without it the first use takes the `rbcl` one.
    Choosing the same again does nothing. Raises LibraryUnusable if the library is missing, older than 1.0.18 or
    computes wrongly, or if another one already serves.
    """
    _service.choose(path)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Element:
    """A point of the group other than its identity, held as its canonical encoding of 32 bytes (RFC 9496, 4.3).

    It is checked at birth and never again. Its `repr` shows nothing, since an element may be the plain hash of an
    identifier, which can be guessed.
    """

    _encoding: bytes

    def __post_init__(self) -> None:
        if len(self._encoding) != ELEMENT_SIZE:
            raise BadElement(f"an element is {ELEMENT_SIZE} bytes, not {len(self._encoding)}")
        if self._encoding == _ZEROS:
            raise BadElement("the identity is not accepted as an element")
        if not _service.sodium().is_valid_point(self._encoding):
            raise BadElement("the bytes are not the canonical encoding of a ristretto255 element")

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "Element":
        """Read 32 bytes. Raises BadElement on another length, a non-canonical encoding, or the identity."""
        return cls(encoding)

    def __bytes__(self) -> bytes:
        return self._encoding

    def __repr__(self) -> str:
        return "<Element>"

    def __reduce__(self) -> tuple[Callable[[bytes], "Element"], tuple[bytes]]:
        """Pickle as bytes, so that reading back goes through the checks."""
        return Element.from_bytes, (self._encoding,)

    def multiply(self, scalar: "Scalar") -> "Element":
        """Return scalar * self, in time that does not depend on the scalar."""
        return _born(_service.sodium().multiply(scalar._encoding, self._encoding))

    def add(self, other: "Element") -> "Element":
        """Return self + other. Raises BadElement if the sum is the identity."""
        return _born(_service.sodium().add(self._encoding, other._encoding))


@final
class Scalar(Secret):
    """An integer from 1 to the group's order minus 1; compared in constant time, hidden in `repr`, not hashable."""

    __slots__ = ("_encoding",)

    def __init__(self, encoding: bytes) -> None:
        if len(encoding) != SCALAR_SIZE:
            raise BadScalar(f"a scalar is {SCALAR_SIZE} bytes, not {len(encoding)}")
        if not compare_digest(_service.sodium().scalar_reduce(encoding + _ZEROS), encoding):
            raise BadScalar("the scalar is not smaller than the group's order")
        self._encoding = _nonzero(encoding)

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "Scalar":
        """Read 32 bytes, little-endian. Raises BadScalar on another length, zero, or a value not below the order."""
        return cls(encoding)

    @classmethod
    def reduce(cls, uniform: bytes) -> "Scalar":
        """Reduce 64 bytes, little-endian, modulo the order. Raises BadInput on another length, BadScalar on zero."""
        return _trusted(_service.sodium().scalar_reduce(uniform))

    @classmethod
    def random(cls, random: RandomBytes) -> "Scalar":
        """Draw a uniform scalar from 64 bytes of `random` (RFC 9497, 4.7.2: wide reduction).

        Raises BadInput if `random` returns another number of bytes, BadScalar if it returns a multiple of the order,
        as only a broken source will.
        """
        return cls.reduce(random(UNIFORM_SIZE))

    def reveal(self) -> bytes:
        """Return the 32 bytes, little-endian."""
        return self._encoding

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scalar):
            return NotImplemented
        return compare_digest(self._encoding, other._encoding)

    __hash__ = None  # type: ignore[assignment]  # a hash table would compare secrets in variable time

    def to_public(self) -> Element:
        """Return self * G, with G the group's generator."""
        return _born(_service.sodium().multiply_base(self._encoding))

    def inverse(self) -> "Scalar":
        """Return 1 / self."""
        return _trusted(_service.sodium().scalar_invert(self._encoding))

    def negate(self) -> "Scalar":
        """Return -self."""
        return _trusted(_service.sodium().scalar_negate(self._encoding))

    def multiply(self, other: "Scalar") -> "Scalar":
        """Return self * other."""
        return _trusted(_service.sodium().scalar_multiply(self._encoding, other._encoding))

    def add(self, other: "Scalar") -> "Scalar":
        """Return self + other. Raises BadScalar if the sum is zero."""
        return _trusted(_service.sodium().scalar_add(self._encoding, other._encoding))

    def subtract(self, other: "Scalar") -> "Scalar":
        """Return self - other. Raises BadScalar if the difference is zero."""
        return _trusted(_service.sodium().scalar_subtract(self._encoding, other._encoding))


def hash_to_group(message: bytes, dst: bytes) -> Element:
    """Hash a message of any length to an element nobody knows the logarithm of (RFC 9497, 4.1, HashToGroup).

    `dst` is the domain separation tag, 1 to 255 bytes, else BadInput. Raises BadElement if the hash is the identity,
    which has a probability of 2^-252.
    """
    return _born(_service.sodium().from_hash(_expand(message, dst)))


def hash_to_scalar(message: bytes, dst: bytes) -> Scalar:
    """Hash a message of any length to a scalar (RFC 9497, 4.1, HashToScalar); `dst` as in `hash_to_group`."""
    return Scalar.reduce(_expand(message, dst))


def _expand(message: bytes, dst: bytes) -> bytes:
    """expand_message_xmd with SHA-512 (RFC 9380, 5.3.1), for 64 bytes of output only: one block, so ell is 1."""
    if not 1 <= len(dst) <= 255:
        raise BadInput(f"a domain separation tag is 1 to 255 bytes, not {len(dst)}")
    dst_prime = dst + bytes((len(dst),))
    first = _SHA512_ZERO_BLOCK.copy()
    first.update(message + b"\x00\x40\x00" + dst_prime)
    return sha512(first.digest() + b"\x01" + dst_prime).digest()


def _born(encoding: bytes) -> Element:
    """Wrap what the library itself encoded: canonical already, so only the identity remains to be refused."""
    if encoding == _ZEROS:
        raise BadElement("the result is the identity, which is not accepted as an element")
    element = object.__new__(Element)
    object.__setattr__(element, "_encoding", encoding)
    return element


def _nonzero(encoding: bytes) -> bytes:
    if compare_digest(encoding, _ZEROS):
        raise BadScalar("zero is not accepted as a scalar")
    return encoding


def _trusted(encoding: bytes) -> Scalar:
    """Wrap what the library itself reduced: canonical already, so only zero remains to be refused."""
    scalar = object.__new__(Scalar)
    scalar._encoding = _nonzero(encoding)
    return scalar


class _Sodium:
    """The foreign functions of one loaded library. Each takes and returns bytes, and checks every length first."""

    def __init__(self, library: CDLL) -> None:
        library.sodium_version_string.restype = c_char_p
        self.version: bytes = library.sodium_version_string()
        if library.sodium_init() < 0:
            raise LibraryUnusable("libsodium cannot start: it found no source of randomness on this system")
        valid = library.crypto_core_ristretto255_is_valid_point
        valid.argtypes = (c_char_p,)
        self._valid: Callable[[bytes], int] = valid
        core = "crypto_core_ristretto255_"
        self.from_hash = _checked(library, core + "from_hash", UNIFORM_SIZE)
        self.add = _checked(library, core + "add", ELEMENT_SIZE, ELEMENT_SIZE)
        self.multiply = _checked(library, "crypto_scalarmult_ristretto255", SCALAR_SIZE, ELEMENT_SIZE)
        self.multiply_base = _checked(library, "crypto_scalarmult_ristretto255_base", SCALAR_SIZE)
        self.scalar_reduce = _checked(library, core + "scalar_reduce", UNIFORM_SIZE, fallible=False)
        self.scalar_invert = _checked(library, core + "scalar_invert", SCALAR_SIZE)
        self.scalar_negate = _checked(library, core + "scalar_negate", SCALAR_SIZE, fallible=False)
        self.scalar_multiply = _checked(library, core + "scalar_mul", SCALAR_SIZE, SCALAR_SIZE, fallible=False)
        self.scalar_add = _checked(library, core + "scalar_add", SCALAR_SIZE, SCALAR_SIZE, fallible=False)
        self.scalar_subtract = _checked(library, core + "scalar_sub", SCALAR_SIZE, SCALAR_SIZE, fallible=False)

    def is_valid_point(self, encoding: bytes) -> bool:
        return len(encoding) == ELEMENT_SIZE and self._valid(encoding) == 1


def _checked(library: CDLL, name: str, *sizes: int, fallible: bool = True) -> Callable[..., bytes]:
    """Bind the C function `name`, which fills 32 bytes from inputs of `sizes` bytes.

    A short input would make C read past its end, so the sizes are compared before every call.
    """
    function = library[name]
    function.argtypes = (c_char_p,) * (len(sizes) + 1)
    function.restype = c_int if fallible else None

    def call(*arguments: bytes) -> bytes:
        if tuple(map(len, arguments)) != sizes:
            raise BadInput(f"{name} takes inputs of {sizes} bytes, not {tuple(map(len, arguments))}")
        result = _Buffer()
        if function(result, *arguments):
            raise BadElement(f"{name} refused its input: not an element of the group, or the result is the identity")
        return result.raw

    return call


def _open(path: Path) -> _Sodium:
    """Load, bind and try the library at an absolute path. Raises LibraryUnusable."""
    advice = "install libsodium 1.0.18 or later and set its absolute path, or set none to use the one in rbcl"
    if not path.is_absolute():
        # A bare name would send the loader along a search path that an attacker may control.
        raise LibraryUnusable(f"the path of libsodium, {path}, is not absolute: {advice}")
    try:
        sodium = _Sodium(CDLL(str(path)))
    except OSError as error:
        raise LibraryUnusable(f"libsodium cannot be loaded from {path}: {advice}") from error
    except AttributeError as error:
        raise LibraryUnusable(f"{path} is no libsodium with ristretto255: {advice}") from error
    numbers = re.fullmatch(rb"([0-9]+)\.([0-9]+)\.([0-9]+)", sodium.version)
    if numbers is None or tuple(map(int, numbers.groups())) < _OLDEST:
        raise LibraryUnusable(f"libsodium at {path} is older than 1.0.18, or states no version: {advice}")
    if not _computes_rightly(sodium):
        raise LibraryUnusable(f"libsodium at {path} fails a published test vector; do not use it: {advice}")
    return sodium


def _open_bundled() -> _Sodium:
    """Load the libsodium inside the `rbcl` wheel without importing `rbcl`.

    Importing it writes the library to the shared temporary folder and leaves it there. The wheel keeps the library
    as hexadecimal text in a module; it is read from there into a private folder, and removed once loaded.
    """
    advice = "install the rbcl wheel, or set the absolute path of a libsodium"
    package = find_spec("rbcl")
    if package is None or package.origin is None:
        raise LibraryUnusable(f"rbcl, which carries libsodium, is not installed: {advice}")
    module = Path(package.origin).with_name("_sodium.py")
    try:
        text = module.read_text("ascii")
    except (OSError, UnicodeError) as error:
        raise LibraryUnusable(f"the module of rbcl that carries libsodium cannot be read: {advice}") from error
    found = re.search(r"^sodium_bs = bytes\.fromhex\('([0-9a-f]+)'\)", text, re.MULTILINE)
    if found is None:
        raise LibraryUnusable(f"the installed rbcl does not carry libsodium in the known form: {advice}")
    try:
        with TemporaryDirectory(prefix="libsodium-") as folder:
            path = Path(folder, "libsodium.so")
            path.write_bytes(bytes.fromhex(found[1]))
            return _open(path)
    except OSError as error:
        raise LibraryUnusable(
            "libsodium cannot be unpacked: make the temporary folder writable, or set the absolute path of a libsodium"
        ) from error


def _computes_rightly(sodium: _Sodium) -> bool:
    """Run the first VOPRF vector for ristretto255-SHA512 (RFC 9497, A.1.2) through the functions that matter."""
    key = bytes.fromhex("e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909")
    public = bytes.fromhex("c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e")
    blind = bytes.fromhex("64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706")
    blinded = bytes.fromhex("863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945")
    evaluated = bytes.fromhex("aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e")
    try:
        element = sodium.from_hash(_expand(b"\x00", b"HashToGroup-OPRFV1-\x01-ristretto255-SHA512"))
        return (
            sodium.multiply_base(key) == public
            and sodium.multiply(blind, element) == blinded
            and sodium.multiply(key, blinded) == evaluated
            and sodium.multiply(sodium.scalar_invert(blind), evaluated) == sodium.multiply(key, element)
        )
    except BadElement:
        return False


class _Service:
    """The one library of a process: chosen once, opened once, whatever thread comes first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sodium: _Sodium | None = None
        self._path: Path | None = None

    def choose(self, path: Path | None) -> _Sodium:
        with self._lock:
            if self._sodium is None:
                self._sodium = _open_bundled() if path is None else _open(path)
                self._path = path
            elif path != self._path:
                raise LibraryUnusable("another libsodium already serves this process: choose once, before any use")
            return self._sodium

    def sodium(self) -> _Sodium:
        return self._sodium or self.choose(None)


_service = _Service()
