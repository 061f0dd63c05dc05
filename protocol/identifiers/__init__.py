"""Identifiers: from what an officer writes to the bytes that are matched.

`normalise` gives the canonical form of a text whose kind is known, and `Identifier.oprf_input` the bytes. Which kind a text
may be, `protocol.recognition` says. Nothing here opens a socket, reads a clock or prints a value.
"""

from protocol.identifiers.errors import IdentifierError, NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.normalising import NORMALISER_VERSIONS, RULES, normalise
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, Identifier, RawIdentifier

__all__ = [
    "NORMALISER_VERSIONS",
    "RULES",
    "Doubt",
    "Example",
    "Identifier",
    "IdentifierError",
    "Kind",
    "NotNormalisable",
    "RawIdentifier",
    "Reason",
    "Rule",
    "normalise",
]
