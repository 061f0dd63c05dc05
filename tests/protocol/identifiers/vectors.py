"""The vectors of `tests/vectors/identifiers.json`: what is read from them, and what is computed into them.

`python -m tests.protocol.identifiers.vectors` fills in what this code computes (version, bytes, doubts, alternatives) and
orders the rows by kind. Canonical forms are compared by hand: a row whose canonical form is another one than the code's is
named and nothing is written.
"""

import json
import sys
from pathlib import Path
from typing import Any

from protocol.identifiers import Identifier, Kind, RawIdentifier, normalise

FILE = Path(__file__).parents[2] / "vectors" / "identifiers.json"
CONTEXT = ("country", "subdivision", "platform", "bank")
Row = dict[str, Any]


def rows_of(file: Path) -> list[Row]:
    """The rows of a file of vectors, this one's or an older release's."""
    rows: list[Row] = json.loads(file.read_text(encoding="utf-8"))["rows"]
    return rows


def raw_of(row: Row) -> RawIdentifier:
    """What a row says was written."""
    return RawIdentifier(Kind(row["kind"]), row["value"], **{name: row.get(name) for name in CONTEXT})


def alternative(identifier: Identifier) -> Row:
    """How an alternative key stands in a row. Its own kind's version is part of the bytes."""
    return {
        "kind": identifier.kind.value,
        "canonical": identifier.canonical,
        "oprf_input_hex": identifier.oprf_input().hex(),
    }


def completed(row: Row) -> Row:
    """The row with everything that this code computes from what was written."""
    main, *others = normalise(raw_of(row))
    full = {
        **{name: row[name] for name in ("kind", "value", *CONTEXT) if name in row},
        **({} if main.kind == row["kind"] else {"canonical_kind": main.kind.value}),
        "version": main.version,
        "canonical": main.canonical,
        "oprf_input_hex": main.oprf_input().hex(),
        "doubts": sorted(main.doubts),
    }
    return full | ({"alternatives": [alternative(each) for each in others]} if others else {})


def _write() -> int:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    kinds = [kind.value for kind in Kind]
    document["rows"] = sorted(document["rows"], key=lambda row: kinds.index(row["kind"]))
    for row in document["rows"]:
        if completed(row)["canonical"] != row["canonical"]:
            sys.stderr.write(f"{row['kind']} {row['value']!r}: {row['canonical']} became {completed(row)['canonical']}\n")
            return 1
    document["rows"] = [completed(row) for row in document["rows"]]
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(_write())
