"""What can go wrong in this package, and nothing else.

::

    CryptoError
    ├── BadInput          an argument has the wrong length or is out of range
    ├── BadElement        bytes are not an acceptable point of the group
    ├── BadScalar         bytes are not an acceptable scalar
    ├── BadProof          a proof does not show what it should
    ├── BadSignature      a signature does not belong to this message and key
    ├── BadPath           a Merkle path does not fit its tree, or does not lead to its root
    ├── BadNote           bytes or values are no signed note
    ├── SealBroken        a sealed message was altered, or the key is another
    └── LibraryUnusable   libsodium is missing, too old, or computes wrongly

A message says what was wrong, where, and what to do next. It never contains the bytes that were refused: they may be
a secret, or the identifier of a person.
"""


class CryptoError(Exception):
    """Base of every error that this package raises on purpose."""


class BadInput(CryptoError):
    """An argument has the wrong length or is out of range."""


class BadElement(CryptoError):
    """Bytes are not a canonical point of the prime-order group, or are its identity."""


class BadScalar(CryptoError):
    """Bytes are not a canonical scalar, or are zero."""


class BadProof(CryptoError):
    """A proof does not hold: the evaluation must be discarded as a whole."""


class BadSignature(CryptoError):
    """A signature does not belong to this message under this key."""


class BadPath(CryptoError):
    """A Merkle path does not fit the size of its tree and the position of its leaf, or leads to another root."""


class BadNote(CryptoError):
    """Bytes or values are no signed note, or no key of one, in the one form that is allowed."""


class SealBroken(CryptoError):
    """A sealed message cannot be opened: it was altered, or it was sealed for another key or context."""


class LibraryUnusable(CryptoError):
    """The native library cannot serve; the message says what to install or to set."""
