import pytest


@pytest.fixture(autouse=True)
def no_network(socket_disabled: None) -> None:
    """Any socket opened while an identifier is read fails the test (pytest-socket)."""
