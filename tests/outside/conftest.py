from tests.node.directory.conftest import client, federation, http, published

__all__ = ["client", "federation", "http", "published"]
