"""The protected register: who must never leave, held as marks k·H(x) under a key of its own.

Somebody is entered (`entering.py`), which stops every local use of what they bear; and whatever is about to be used is looked up
(`standing.py`), under every version of its rule that the register was ever fed with (`versions.py`).
"""

from node.safeguards.protected.entering import (
    Guarded,
    Source,
    guarded,
    need_generation,
    need_usable,
    protect,
    reference_of_subject,
    take_back,
)
from node.safeguards.protected.leaving import PROPOSAL_LIFETIME, UnknownEntry, take_out
from node.safeguards.protected.standing import (
    IDENTITY_DOCUMENTS,
    Line,
    ProtectedPeople,
    Standing,
    documents_of,
    facts_by_input,
    is_protected,
    marked,
    may_be,
    person_of,
    standing_of,
    standings_of,
)
from node.safeguards.protected.versions import Fed

__all__ = [
    "IDENTITY_DOCUMENTS",
    "PROPOSAL_LIFETIME",
    "Fed",
    "Guarded",
    "Line",
    "ProtectedPeople",
    "Source",
    "Standing",
    "UnknownEntry",
    "documents_of",
    "facts_by_input",
    "guarded",
    "is_protected",
    "marked",
    "may_be",
    "need_generation",
    "need_usable",
    "person_of",
    "protect",
    "reference_of_subject",
    "standing_of",
    "standings_of",
    "take_back",
    "take_out",
]
