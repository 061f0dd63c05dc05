"""What is said of a key that cannot be used names places and never a secret."""

from node.custody.errors import KeyFault, KeysUnusable


def test_a_fault_says_which_and_where() -> None:
    error = KeysUnusable(KeyFault.OPEN_TO_OTHERS, file="keys/signing.key")
    assert (error.code, error.fault, error.facts) == ("keys_unusable", "open_to_others", {"file": "keys/signing.key"})
    assert str(error) == "open_to_others: file=keys/signing.key"
