"""A passphrase becomes a key as libsodium's own command would make it, and nobody can make that cost hours."""

import pytest

from crypto.errors import BadInput
from crypto.stretching import MAX_PASSPHRASE, Cost, stretch

CHEAP = Cost(1, 8 << 20)
SALT = bytes(range(16))


def test_the_same_passphrase_salt_and_cost_give_the_same_key_and_any_other_another() -> None:
    made = stretch(b"an invented passphrase", SALT, CHEAP)
    assert len(made) == 32
    assert made == stretch(b"an invented passphrase", SALT, CHEAP)
    others = [
        stretch(b"an invented passphrasE", SALT, CHEAP),
        stretch(b"an invented passphrase", bytes(16), CHEAP),
        stretch(b"an invented passphrase", SALT, Cost(2, 8 << 20)),
        stretch(b"an invented passphrase", SALT, Cost(1, 9 << 20)),
    ]
    assert len({made, *others}) == 5


def test_an_independent_implementation_gives_the_same_key() -> None:
    """`cryptography` has Argon2id of its own, over OpenSSL."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    other = Argon2id(salt=SALT, length=32, iterations=2, lanes=1, memory_cost=8 << 10)
    assert other.derive(b"an invented passphrase") == stretch(b"an invented passphrase", SALT, Cost(2, 8 << 20))


@pytest.mark.parametrize(("rounds", "memory"), [(0, 8 << 20), (17, 8 << 20), (1, (8 << 20) - 1), (1, (1 << 30) + 1)])
def test_a_cost_that_a_changed_header_could_ask_for_is_refused(rounds: int, memory: int) -> None:
    with pytest.raises(BadInput):
        Cost(rounds, memory)


@pytest.mark.parametrize("passphrase", [b"", b"x" * (MAX_PASSPHRASE + 1)])
def test_a_passphrase_of_no_length_or_too_much_is_refused_and_not_repeated(passphrase: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        stretch(passphrase, SALT, CHEAP)
    assert "xx" not in str(refused.value)


def test_a_salt_of_another_size_is_refused() -> None:
    with pytest.raises(BadInput):
        stretch(b"an invented passphrase", bytes(15), CHEAP)
