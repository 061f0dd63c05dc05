"""An identifier as it stands in a cell, to what is matched."""

from dataclasses import replace

from protocol.identifiers import Identifier, NotNormalisable, RawIdentifier, normalise


def read_identifier(raw: RawIdentifier) -> tuple[Identifier, ...]:
    """All keys of `raw`, main form first. Raises `NotNormalisable`.

    A column for one kind often holds another, such as a tax number in a column of PIX keys. Where the normaliser knows which,
    the value is read as that: a lead would be lost otherwise, and a victim's number left unprotected.
    """
    tried = {raw.kind}
    while True:
        try:
            return normalise(raw)
        except NotNormalisable as error:
            if error.other_kind is None or error.other_kind in tried:
                raise
            tried.add(error.other_kind)
            raw = replace(raw, kind=error.other_kind)
