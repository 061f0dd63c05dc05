from tests.node.custody.softhsm import softhsm

__all__ = ["softhsm"]
