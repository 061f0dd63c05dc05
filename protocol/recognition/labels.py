"""Words that announce a name: "Nombre:", "apellido paterno:", and what somebody is in a case: "Imputado:", "Testigo 2:"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.recognition.headings import Part, phrases
from protocol.recognition.roles import NUMBERED, roles_in

_LABEL = re.compile(
    r"(?:^|[.,;|:(\[/*•>\-]|\d[.)]|(?P<inside>(?<=[a-z])\s))\s*(?P<label>"
    + "|".join(
        phrase.replace(" ", r"[\s./&()_-]{1,3}")
        for phrase, part in sorted(phrases(), key=lambda each: -len(each[0]))
        if part is not Part.BORN
    )
    + r")(?:\(s|\(es)?(?![a-z])\)?(?(inside)(?=\s*[:=]))(?P<sign>\s*[:=]|\s+-(?=\s))?\s*[\"«“]?"
)
_PARTS = dict(phrases())
_INTRODUCES = re.compile(
    r"(?<![a-z])(?:de|con|y|e|and|et|with|com|avec|llamad[oa]|sujeto|persona|hombre|mujer|ciudadan[oa]|senora?|sra?|homem|mulher|man"
    r"|woman|homme|femme|edad|idade|[a-z]{3,}(?:ad[oa]|id[oa]|eito|eita)|reu|victima|vitima|testigo|testemunha|menor)\.?\s$"
)
"""Before a label within a sentence: "el imputado Nombre: …", "viajaba con nombre: …"; but "user name:" is none."""
_NAME_ENDS = re.compile(r"[;|\t\n()\[\]{}\"«»“”/:=@<>_\d]|\.\s|\s-\s")
OTHERS = re.compile(
    r"(?<![a-z])(?:hij[oa]s?|espos[oa]|mujer|madre|padre|herman[oa]s?|filh[oa]s?|mulher|marido|mae|pai|irma|irmao|wife|husband|son"
    r"|daughter|mother|father|brother|sister|child|children|fils|fille|mere|pere|epouse|epoux|frere|soeur|enfant|victim[ae]?)"
    r"(?![a-z])(?!\s+(?:de|del|da|do|of)\s)"
)
"""Whoever is named after these is somebody else, whose birth it may be."""
_ROLE_SIGN = re.compile(NUMBERED + r"(?P<sign>\s*[:=]|\s+-(?=\s))?\s*[\"«“]?")
_NEAR = 30


@dataclass(frozen=True, slots=True)
class Label:
    """Where a label begins, where the name behind it may begin, and which part of a name it announces.

    `has_sign`: a colon stands behind it, or the like. `is_role`: it says what somebody is, and so begins another person.
    """

    start: int
    end: int
    part: Part
    has_sign: bool
    is_role: bool = False


def labels_in(text: str, plain: str) -> list[Label]:
    """The labels of a line in its order; `plain` is `flat(text)`."""
    named = list(_of_parts(plain))
    roles = [role for role in _of_roles(text, plain) if not any(each.start <= role.start < each.end for each in named)]
    return sorted([*named, *roles], key=lambda each: each.start)


def next_label(plain: str, start: int, end: int) -> int | None:
    """Where the next label of a part of a name begins, with the colon that tells it from a word; None if there is none."""
    following = _LABEL.search(plain, start, end)
    return following.start("label") if following else None


def name_ends(plain: str, start: int, end: int) -> int:
    """The first place from `start` on at which no name goes on, or `end`."""
    ends = _NAME_ENDS.search(plain, start, end)
    return ends.start() if ends else end


def _of_parts(plain: str) -> Iterator[Label]:
    """With only a blank before it, a label counts where it ends another's name, as in "Nombres: Ana Apellidos: Ruiz"."""
    end: int | None = None
    for match in _LABEL.finditer(plain):
        if match["inside"] and not _INTRODUCES.search(plain[max(0, match.start("label") - _NEAR) : match.start("label")]):
            between = plain[end : match.start()] if end is not None else ""
            if end is None or _NAME_ENDS.search(between) or OTHERS.search(between):
                continue
        end = match.end()
        part = _PARTS[" ".join(re.findall("[a-z]+", match["label"]))]
        yield Label(match.start("label"), end, part, match["sign"] is not None)


def _of_roles(text: str, plain: str) -> Iterator[Label]:
    """A role before a name: with a sign, or right before its capitals."""
    for role in roles_in(text, plain):
        sign = _ROLE_SIGN.match(plain, role.end)
        end = sign.end() if sign else role.end
        has_sign = sign is not None and sign["sign"] is not None
        if has_sign or text[end : end + 1].isupper():
            yield Label(role.start, end, Part.WHOLE, has_sign, is_role=True)
