"""The verifiable oblivious pseudorandom function of RFC 9497: mode VOPRF (0x01), suite ristretto255-SHA512.

The asker blinds inputs, the holder of a `ServerKey` evaluates them and proves that it used that key, and the asker
finalizes. Each message and each secret is its own type, so that the steps only fit together in the right order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha512
from typing import Final, final

from crypto import dleq
from crypto.derivation import MAX_PART, length_prefixed
from crypto.dleq import MAX_BATCH, Proof
from crypto.errors import BadInput
from crypto.group import Element, RandomBytes, Scalar, hash_to_group, hash_to_scalar
from crypto.secret import Secret

__all__ = [
    "MAX_BATCH",
    "MAX_INPUT",
    "OUTPUT_SIZE",
    "SEED_SIZE",
    "BlindedElement",
    "Blinding",
    "BlindingFactor",
    "EvaluatedElement",
    "Evaluation",
    "Proof",
    "PublicKey",
    "ServerKey",
    "blind",
    "blind_batch",
    "element_of",
    "finalize",
]

SEED_SIZE: Final = 32
OUTPUT_SIZE: Final = 64
MAX_INPUT: Final = MAX_PART  # bytes (RFC 9497, 1.2, PrivateInput)

# RFC 9497, 3.1: "OPRFV1-" || mode || "-" || identifier of the suite
_CONTEXT: Final = b"OPRFV1-\x01-ristretto255-SHA512"
_HASH_TO_GROUP: Final = b"HashToGroup-" + _CONTEXT
_DERIVE_KEY: Final = b"DeriveKeyPair" + _CONTEXT


@final
@dataclass(frozen=True, slots=True)
class BlindedElement:
    """What the asker sends for one input: says nothing about the input, whoever looks and however long."""

    element: Element

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "BlindedElement":
        """Read 32 bytes. Raises BadElement as `Element.from_bytes` does."""
        return cls(Element.from_bytes(encoding))

    def __bytes__(self) -> bytes:
        return bytes(self.element)


@final
@dataclass(frozen=True, slots=True)
class EvaluatedElement:
    """What the holder returns for one blinded element."""

    element: Element

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "EvaluatedElement":
        """Read 32 bytes. Raises BadElement as `Element.from_bytes` does."""
        return cls(Element.from_bytes(encoding))

    def __bytes__(self) -> bytes:
        return bytes(self.element)


@final
@dataclass(frozen=True, slots=True)
class PublicKey:
    """The element that commits a holder to its key."""

    element: Element

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "PublicKey":
        """Read 32 bytes. Raises BadElement as `Element.from_bytes` does."""
        return cls(Element.from_bytes(encoding))

    def __bytes__(self) -> bytes:
        return bytes(self.element)


@final
@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluated elements of one batch, in the order of the blinded ones, and one proof for all of them."""

    elements: tuple[EvaluatedElement, ...]
    proof: Proof


@final
class ServerKey(Secret):
    """The secret key of a holder, with its public key."""

    __slots__ = ("_scalar", "public")

    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar
        self.public = PublicKey(scalar.to_public())

    @classmethod
    def derive(cls, seed: bytes, info: bytes) -> "ServerKey":
        """Derive the key from a secret seed of 32 bytes for the use named by `info` (DeriveKeyPair, RFC 9497, 3.2.1).

        Raises BadInput if the seed is not 32 bytes or `info` is longer than 65535 bytes.
        """
        if len(seed) != SEED_SIZE:
            raise BadInput(f"the seed of a key is {SEED_SIZE} bytes, not {len(seed)}")
        # The RFC counts a last byte up while the hash is zero modulo the order. Nobody will see that happen
        # (probability 2^-252), so the first failure ends it: the scalar's own check raises.
        return cls(hash_to_scalar(seed + length_prefixed(info) + b"\x00", _DERIVE_KEY))

    @classmethod
    def from_scalar(cls, scalar: Scalar) -> "ServerKey":
        """Take a scalar as it is."""
        return cls(scalar)

    def evaluate_input(self, data: bytes) -> bytes:
        """Return the function's output, 64 bytes, for an input that the holder knows (Evaluate, RFC 9497, 3.3.2).

        Raises BadInput if the input is longer than 65535 bytes.
        """
        return _output(data, element_of(data).multiply(self._scalar))

    def evaluate(self, blinded: Sequence[BlindedElement], random: RandomBytes) -> Evaluation:
        """Evaluate a batch and prove it once (BlindEvaluate, RFC 9497, 3.3.2).

        Takes 1 to 65535 elements, else BadInput; asks `random` for 64 bytes. Raises BadElement for a batch built so
        that no proof can be made (see `dleq.generate`).
        """
        _check_batch(len(blinded))
        key = self._scalar
        elements = [item.element for item in blinded]
        products = [element.multiply(key) for element in elements]
        proof = dleq.generate(key, self.public.element, elements, products, context=_CONTEXT, random=random)
        return Evaluation(tuple(map(EvaluatedElement, products)), proof)


@final
class BlindingFactor(Secret):
    """The secret r that blinds one input, with 1/r; for one use only."""

    __slots__ = ("_inverse", "_scalar")

    def __init__(self, scalar: Scalar, inverse: Scalar) -> None:
        self._scalar = scalar
        self._inverse = inverse

    @classmethod
    def random(cls, random: RandomBytes) -> "BlindingFactor":
        """Draw one factor from 64 bytes of `random`."""
        return cls.batch(1, random)[0]

    @classmethod
    def batch(cls, count: int, random: RandomBytes) -> list["BlindingFactor"]:
        """Draw `count` factors, 1 to 65535, else BadInput. Asks `random` for 64 bytes at a time.

        Inverting is dear, so it is done once for all (Montgomery's trick): with p_i = r_0 ... r_i, the inverse of
        r_i is p_(i-1) / p_i, and 1 / p_(i-1) = r_i / p_i.
        """
        _check_batch(count)
        scalars = [Scalar.random(random) for _ in range(count)]
        products = [scalars[0]]
        for scalar in scalars[1:]:
            products.append(products[-1].multiply(scalar))
        inverse = products[-1].inverse()
        factors = []
        for position in range(count - 1, 0, -1):
            factors.append(cls(scalars[position], inverse.multiply(products[position - 1])))
            inverse = inverse.multiply(scalars[position])
        factors.append(cls(scalars[0], inverse))
        return factors[::-1]

    @classmethod
    def from_bytes(cls, encoding: bytes) -> "BlindingFactor":
        """Read the 32 bytes that `reveal` gave. Raises BadScalar on anything but a canonical scalar other than zero."""
        scalar = Scalar.from_bytes(encoding)
        return cls(scalar, scalar.inverse())

    def reveal(self) -> bytes:
        """Return the 32 bytes of r, little-endian: who has them can tell what was asked."""
        return self._scalar.reveal()

    def apply(self, element: Element) -> Element:
        """Return r * element."""
        return element.multiply(self._scalar)

    def remove(self, element: Element) -> Element:
        """Return element / r."""
        return element.multiply(self._inverse)


@final
class Blinding(Secret):
    """One input with the factor that hides it (both secret) and the blinded element to send."""

    __slots__ = ("element", "factor", "input")

    def __init__(self, data: bytes, factor: BlindingFactor) -> None:
        self.input = data
        self.factor = factor
        self.element = BlindedElement(factor.apply(element_of(data)))


def element_of(data: bytes) -> Element:
    """Hash an input of 0 to 65535 bytes to the group, in this mode's domain (RFC 9497, 3.3.2). Raises BadInput.

    A blinded element opens as `factor.apply(element_of(input))`.
    """
    if len(data) > MAX_INPUT:
        raise BadInput(f"an input has at most {MAX_INPUT} bytes, not {len(data)}")
    return hash_to_group(data, _HASH_TO_GROUP)


def blind(data: bytes, factor: BlindingFactor) -> Blinding:
    """Blind an input of 0 to 65535 bytes with a fresh factor (Blind, RFC 9497, 3.3.2). Raises BadInput."""
    return Blinding(data, factor)


def blind_batch(inputs: Sequence[bytes], random: RandomBytes) -> list[Blinding]:
    """Blind 1 to 65535 inputs, each with a factor of its own, in their order. Raises BadInput."""
    factors = BlindingFactor.batch(len(inputs), random)
    return [Blinding(data, factor) for data, factor in zip(inputs, factors, strict=True)]


def finalize(blindings: Sequence[Blinding], evaluation: Evaluation, public: PublicKey) -> list[bytes]:
    """Verify the proof of the whole batch, then return the outputs, 64 bytes each (Finalize, RFC 9497, 3.3.2).

    Raises BadProof before any output exists if the holder did not use the key behind `public`; BadInput if the
    evaluation has another number of elements than the blindings, or none.
    """
    elements = [blinding.element.element for blinding in blindings]
    products = [evaluated.element for evaluated in evaluation.elements]
    dleq.verify(public.element, elements, products, evaluation.proof, context=_CONTEXT)
    return [
        _output(blinding.input, blinding.factor.remove(product)) for blinding, product in zip(blindings, products, strict=True)
    ]


def _output(data: bytes, product: Element) -> bytes:
    return sha512(length_prefixed(data, bytes(product)) + b"Finalize").digest()


def _check_batch(count: int) -> None:
    if not 1 <= count <= MAX_BATCH:
        raise BadInput(f"a batch has 1 to {MAX_BATCH} elements, not {count}")
