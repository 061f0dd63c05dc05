"""What can go wrong with the store, told without its content."""


class StoreUnavailable(Exception):
    """The database did not take or give: locked past the wait, disk full, read-only, gone. Nothing was half written."""

    code = "store_unavailable"
