"""Which keys changed between two releases: an older release's vectors against the keys of this code.

`python -m tests.protocol.identifiers.changes OLD.json` prints, for each kind, its two versions and every vector that now
has another canonical form, or other alternatives, or none. A changed version with no changed vector still means other bytes:
the version is part of the OPRF's input.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from protocol.identifiers import NORMALISER_VERSIONS, Kind, NotNormalisable, normalise
from tests.protocol.identifiers.vectors import Row, raw_of, rows_of


def _forms(row: Row) -> list[str]:
    return [row["canonical"], *(each["canonical"] for each in row.get("alternatives", []))]


def _forms_now(row: Row) -> list[str]:
    try:
        return [each.canonical for each in normalise(raw_of(row))]
    except NotNormalisable as refused:
        return [f"refused: {refused.reason_code}"]


def changes(old: Sequence[Row]) -> Iterator[str]:
    """One line a kind whose version or forms changed, then one for each changed vector; nothing where all is as it was."""
    for kind in Kind:
        rows = [row for row in old if row["kind"] == kind]
        versions = sorted({row["version"] for row in rows if "canonical_kind" not in row})
        changed = [row for row in rows if _forms(row) != _forms_now(row)]
        if not rows:
            yield f"{kind}: new, {NORMALISER_VERSIONS[kind]}"
        elif changed or versions != [NORMALISER_VERSIONS[kind]]:
            yield f"{kind}: {', '.join(versions)} -> {NORMALISER_VERSIONS[kind]}, {len(changed)} of {len(rows)} vectors changed"
        for row in changed:
            yield f"  {row['value']!r}: {', '.join(_forms(row))} -> {', '.join(_forms_now(row))}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in changes(rows_of(Path(sys.argv[1]))))
