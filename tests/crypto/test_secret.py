"""Secrets do not show themselves, whatever prints, logs, formats, copies or pickles them."""

import copy
import logging
import pickle

import pytest

from crypto.group import Scalar
from crypto.oprf import BlindingFactor, ServerKey, blind
from crypto.sealing import SealingKey, StorageKey
from crypto.secret import Secret
from crypto.signing import SigningKey

# A canonical scalar, so that one value can be planted in every kind of secret.
PLANTED = bytes(range(1, 32)) + b"\x05"
INPUT = b"planted-input-of-nobody"


SCALAR = Scalar.from_bytes(PLANTED)
FACTOR = BlindingFactor.from_bytes(PLANTED)
SECRETS: list[Secret] = [
    SCALAR,
    ServerKey.from_scalar(SCALAR),
    FACTOR,
    blind(INPUT, FACTOR),
    SigningKey.from_seed(PLANTED),
    SealingKey.from_bytes(PLANTED),
    StorageKey.from_bytes(PLANTED),
]


def name_of(secret: Secret) -> str:
    return type(secret).__name__


def shows_the_secret(text: str) -> bool:
    return any(
        form in text
        for planted in (PLANTED, INPUT)
        for form in (planted.hex(), repr(planted), repr(planted)[2:-1], str(int.from_bytes(planted, "little")))
    )


class CarelessKey:
    """What a secret would be without the base class."""

    def __init__(self, encoding: bytes) -> None:
        self.encoding = encoding

    def __repr__(self) -> str:
        return f"CarelessKey({self.encoding!r})"


def test_the_search_would_find_a_careless_key() -> None:
    assert shows_the_secret(repr(CarelessKey(PLANTED)))
    assert PLANTED in pickle.dumps(CarelessKey(PLANTED))


@pytest.mark.parametrize("secret", SECRETS, ids=name_of)
def test_a_secret_is_hidden_in_every_printed_form(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").error("value %s %r", secret, [secret])
    printed = f"{secret} {secret!r} {[secret]} {caplog.text}"
    assert type(secret).__name__ in printed
    assert not shows_the_secret(printed)


@pytest.mark.parametrize("secret", SECRETS, ids=name_of)
def test_a_secret_has_no_attribute_dictionary_to_dump(secret: Secret) -> None:
    with pytest.raises(TypeError):
        vars(secret)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("secret", SECRETS, ids=name_of)
def test_a_secret_refuses_to_be_pickled(secret: Secret, protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret, protocol)


@pytest.mark.parametrize("secret", SECRETS, ids=name_of)
def test_a_secret_refuses_to_be_copied(secret: Secret) -> None:
    for duplicate in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            duplicate(secret)
