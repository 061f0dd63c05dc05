"""Which values the text calls a victim's, a witness's or a child's.

A mark warns and loses nothing: what bears it is found as before, but nobody is invited to ask about it. In doubt there is a mark:
one too many costs an officer a look, one too few may cost a life.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.recognition.candidates import Found, ProtectedAs
from protocol.recognition.headings import part_named
from protocol.recognition.plain import Plain, flat
from protocol.recognition.roles import LONGEST_HEADING, WORTH_A_LOOK, Role, roles_alone, roles_in
from protocol.recognition.words import named

_CLAUSE_ENDS = re.compile(r"[;|\t]|(?<=[^\W\d_]{4})(?<!telf)(?<!nasc)[.!?]\s|(?<=[\d)\]\"])\.\s")
_ARTICLES = r"(?:(?:la|el|las|los|un[ao]?|the|an?|le|les|une|o|a|os|as|uma?)\s|l')?"
_SURENESS = (
    r"(?:(?:presunt[oa]|posible|supuest[oa]|alleged|presumed|presumee?|supost[oa]|menor|otr[oa]|es|is|e|est|era|foi|was)\s)*"
)
_OWNED = re.compile(
    r"[\s,:()\[\]–—-]{0,4}(?:(?:que|which|qui|y|es|era|son|is|was|est|etait|foi|uso|propiedad|nombre|nome|nom|pertenec\w+"
    r"|correspond\w+|pertence\w*|belong\w*|appartien\w*|appartenant|usad\w+|utiliz\w+|used|utilise\w*|registrad\w+|registered|lo|la|de|a|en|em|au|as"
    r"|como|to|by|por|par|pela|pelo|usa|usaba|uses)\s){0,6}(?:(?:del|da|do|of|du|des|al|ao)\s|d')?" + _ARTICLES + _SURENESS
)
"""What stands between a value and whose it is: "pertenece a la", "(", ", used by the"."""
_FARTHEST_OWNER = 80
_CAME_FROM = re.compile(
    r"(?<![a-z])(?:recib|receb|receiv|recu[et]?\s|contact|amenaz|ameac|threat|menac)[^;|\t]*?(?<![a-z])(?:del|desde|de|do|da|from|du|depuis|pelo)\s"
    r"(?:(?:el|la|o|the|le)\s)?(?:(?:numero|celular|telefono|movil|telefone|fone|whatsapp|number|phone|telephone|cuenta|conta|account|compte"
    r"|perfil|profil|profile|usuario|correo|email|e-mail)\s){0,2}$"
)
"""Between somebody and a value that is another's: "recibió mensajes del número …"."""
_FARTHEST_SENDER = 120
_BESIDE = re.compile(r"[,(\[/–—-]\s?" + _ARTICLES + _SURENESS + r"$")
_FARTHEST_BESIDE = 60
_BOTH = re.compile(r"\s?[)\]]|\s(?:de|del|of)\s|\sd'")
"""Behind a word for who is protected, where the sentence has said before that the case is against the same person."""


def mark(plain: Plain, found: tuple[Found, ...], standing: ProtectedAs | None = None) -> tuple[Found, ...]:
    """`found` in the line that `plain` is of, those with a mark that belong to somebody protected.

    `standing`: what a heading above calls whom the line is about; a line that names whom the case is against is not meant by it.
    """
    if not found or not (standing or WORTH_A_LOOK.search(plain.text)):
        return found
    lowered = flat(plain.text)
    roles = roles_in(plain.text, lowered)
    if any(role.called is None for role in roles):
        standing = None
    scope = _Scope(lowered, roles, [role.start for role in roles], [end.start() for end in _CLAUSE_ENDS.finditer(lowered)])
    marked = []
    for each in found:
        places = [(plain.place(span.start), plain.place(span.end - 1) + 1) for span in (each.span, *each.further)]
        called = each.protected_as or next(filter(None, (scope.calls(*place) for place in places)), standing)
        marked.append(each.kept_from_asking(called) if called else each)
    return tuple(marked)


@dataclass(frozen=True, slots=True)
class _Scope:
    """How far the roles of a line reach. All lists are in the order of the text."""

    plain: str
    roles: Sequence[Role]
    starts: Sequence[int]
    clause_ends: Sequence[int]

    def calls(self, start: int, end: int) -> ProtectedAs | None:
        """What the line calls whoever the value at `start` to `end` is or belongs to, None if it calls them nothing of that."""
        at = bisect_left(self.starts, end)
        following = self.roles[at] if at < len(self.roles) and not self.roles[at].is_label else None
        # 1 the value is somebody's: "300 … pertenece a la víctima", "Ana Torres (testigo)"
        if following and following.start - end <= _FARTHEST_OWNER and _OWNED.fullmatch(self.plain, end, following.start):
            return following.called
        # 2 the last role before it in its own clause
        before = self.roles[: bisect_left(self.starts, start)]
        near = before[-1] if before and self._clause(before[-1].start) == self._clause(start) else None
        if near and near.called:
            sender = not near.is_label and _CAME_FROM.search(self.plain, max(near.end, start - _FARTHEST_SENDER), start)
            return None if sender else near.called
        # 3 the label above the clause, which a suspect who is only mentioned does not end
        label = next((role for role in reversed(before) if role.is_label), None)
        if label and label.called:
            return label.called
        # 4 a role that comes later in the clause, beside the values before it: "Ana Torres, celular 300 …, testigo"
        if following and following.called and self._clause(following.start) == self._clause(start):
            beside = _BESIDE.search(self.plain, max(0, following.start - _FARTHEST_BESIDE), following.start)
            if beside and (near is None or _BOTH.match(self.plain, following.end)):
                return following.called
        return None

    def _clause(self, place: int) -> int:
        return bisect_right(self.clause_ends, place)


_MATTER = re.compile(
    r"\W*(?:[ivx]{1,4}[.)–-]\W*[a-z]{4}|(?:[\da-z]{1,2}[.)–-]\W*)?(?:hechos|antecedentes|diligencias|conclusi\w+|resumen|analisis"
    r"|pruebas|evidencias|observaciones|fatos|resumo|providencias|facts|background|findings|evidence|summary|faits|constatations|resume)"
    r"\W*$)"
)
"""The heading of another part of a report: a Roman number and a word, or what such a part is called."""


class Section:
    """What the last heading calls the people in the lines under it: "VÍCTIMAS", "Datos del testigo:"."""

    def __init__(self) -> None:
        self.called: ProtectedAs | None = None

    def read(self, line: str) -> None:
        """Take in the next line: it may begin a section, or end one by naming others or another matter."""
        text = Plain.of(line[: LONGEST_HEADING + 1]).text.strip()
        if not text or not (self.called or WORTH_A_LOOK.search(text)):
            return
        lowered = flat(text)
        if alone := roles_alone(lowered):
            self.called = next((role.called for role in alone if role.called), None)
        elif any(role.is_label and role.called is None for role in roles_in(text, lowered)) or _names_a_matter(text):
            self.called = None


def _names_a_matter(text: str) -> bool:
    """Whether a line is the heading of something else, and not the name of a field whose values follow it."""
    if _MATTER.match(flat(text)):
        return True
    heading = text.removesuffix(":")
    return heading != text and named(heading) is None and part_named(heading) is None
