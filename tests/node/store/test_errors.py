"""The store's one error: what is wrong with the store, and nothing of what was in it."""

from node.store.errors import StoreUnavailable


def test_an_unavailable_store_has_a_code() -> None:
    assert StoreUnavailable("OperationalError").code == "store_unavailable"
