"""Why each field of a record may leave, and what it is published for: the ground that officers read, and the plan's directives.

The numbers are those of the directives of the Third OAS Work Plan against Trafficking in Persons in the Western Hemisphere.
"""

from collections.abc import Mapping

FIELD_GROUNDS: Mapping[str, str] = {
    "v": "format",
    "kind": "format",
    "id": "random",
    "version": "format",
    "authority": "publisher",
    "supersedes": "format",
    "grading": "code",
    "handling": "code",
    "tlp": "code",
    "review": "date",
    "contact": "office",
    "links": "random",
    "acts": "code",
    "means": "code",
    "purposes": "code",
    "sectors": "code",
    "venues": "code",
    "structure": "code",
    "size": "band",
    "roles": "code",
    "recruitment": "code",
    "control": "code",
    "document_fraud": "code",
    "money": "code",
    "platforms": "code",
    "offences": "code",
    "first_activity": "month",
    "last_activity": "month",
    "victims": "band",
    "nodes": "place",
}
"""Why each field of a record may leave; the words for it stand in the language catalogues."""

FIELD_DIRECTIVES: Mapping[str, tuple[int, ...]] = {
    "v": (103,),
    "kind": (63,),
    "id": (103,),
    "version": (103,),
    "authority": (59,),
    "supersedes": (103,),
    "grading": (115, 118),
    "handling": (103, 106),
    "tlp": (103, 106),
    "review": (103, 106),
    "contact": (59,),
    "links": (115, 118),
    "acts": (4, 24, 51),
    "means": (4, 24),
    "purposes": (24,),
    "sectors": (63, 108),
    "venues": (63, 108),
    "structure": (63, 115),
    "size": (63, 115),
    "roles": (36, 115),
    "recruitment": (20, 31, 39),
    "control": (63,),
    "document_fraud": (63,),
    "money": (9, 60, 64),
    "platforms": (20, 31, 66),
    "offences": (111, 113),
    "first_activity": (63, 105),
    "last_activity": (63, 105),
    "victims": (83, 105, 112, 114),
    "nodes": (63, 108),
}
"""The directives that ask for each field, or that bound it."""
