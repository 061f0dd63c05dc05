"""The vectors of `tests/vectors/names.json`: what is read from them, and what is computed into them.

`python -m tests.protocol.names.vectors` fills in what this code computes and names the rows that changed; whoever runs it
looks at each of them. A row needs `given_names`, `surnames` and `birth_date`, or a `word`; the rest is computed.
"""

import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

from protocol.names import NAME_KEYS_VERSION, NameKey, NotComparable, name_keys, read_birth_date, read_person
from protocol.names.sounds import pronounced, sound

FILE = Path(__file__).parents[2] / "vectors" / "names.json"
Row = dict[str, Any]


def document() -> Row:
    """The whole file."""
    read: Row = json.loads(FILE.read_text("utf-8"))
    return read


def completed_person(row: Row) -> Row:
    """A person with everything that this code computes from what was written."""
    written = {name: row[name] for name in ("given_names", "surnames", "birth_date")}
    try:
        person = read_person(written["given_names"], written["surnames"], read_birth_date(written["birth_date"]))
        keys = name_keys(person)
    except NotComparable as refused:
        return {**written, "refused": refused.reason_code.value}
    words = {"given": list(person.given), "surnames": list(person.surnames)}
    return {**written, "words": words, "keys": [_key(each) for each in keys]}


def _key(key: NameKey) -> Row:
    return {
        "type": key.type.value,
        "canonical": key.canonical,
        "facts": sorted(key.facts),
        "oprf_input_hex": key.oprf_input().hex(),
    }


def completed_word(row: Row) -> Row:
    """A word and how it sounds."""
    return {"word": row["word"], "pronounced": pronounced(row["word"]), "sound": sound(row["word"])}


def printed(document: Row) -> str:
    """The file as it is written: a key or a word on a line."""

    def line(value: object) -> str:
        # What does not show, or might be composed by an editor, is escaped.
        text = json.dumps(value, ensure_ascii=False)
        return "".join(f"\\u{ord(sign):04x}" if unicodedata.category(sign) in ("Mn", "Cf") else sign for sign in text)

    def person(row: Row) -> str:
        parts = [f"   {line(name)}: {line(value)}" for name, value in row.items() if name != "keys"]
        if "keys" in row:
            parts.append('   "keys": [\n' + ",\n".join(f"    {line(key)}" for key in row["keys"]) + "\n   ]")
        return "  {\n" + ",\n".join(parts) + "\n  }"

    head = [f" {line(name)}: {line(value)}" for name, value in document.items() if name not in ("fields", "people", "sounds")]
    fields = ' "fields": {\n' + ",\n".join(f"  {line(name)}: {line(text)}" for name, text in document["fields"].items()) + "\n }"
    people = ' "people": [\n' + ",\n".join(map(person, document["people"])) + "\n ]"
    sounds = ' "sounds": [\n' + ",\n".join(f"  {line(row)}" for row in document["sounds"]) + "\n ]"
    return "{\n" + ",\n".join([*head, fields, people, sounds]) + "\n}\n"


def _write() -> None:
    old = document()
    new = old | {
        "version": NAME_KEYS_VERSION,
        "people": [completed_person(row) for row in old["people"]],
        "sounds": [completed_word(row) for row in old["sounds"]],
    }
    for kind in ("people", "sounds"):
        for before, after in zip(old[kind], new[kind], strict=True):
            if before != after:
                sys.stderr.write(f"changed: {' '.join(str(value) for value in list(after.values())[:3])}\n")
    FILE.write_text(printed(new), "utf-8")


if __name__ == "__main__":
    _write()
