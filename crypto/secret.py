"""What every secret has in common: it does not show itself."""

from typing import NoReturn, SupportsIndex


class Secret:
    """Base of the types that hold a secret: nothing of it in `repr`, in `str`, in a format or in a pickle.

    The bytes come out by an explicitly named method only, so that a reader finds each place where they do. Python
    cannot promise that copies in memory are erased; nothing here pretends to.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: hidden>"

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        """Refuse pickling and copying: a secret is moved by its explicit bytes, or not at all."""
        raise TypeError(f"{type(self).__name__} is a secret and cannot be pickled or copied")
