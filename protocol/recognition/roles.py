"""Words that say what somebody is in a case: whom it is against, and who is a victim, a witness or a child.

In Spanish, English, Portuguese and French. A word is looked for in a text as `flat` gives it, so that places are the text's own.
"""

import re
from dataclasses import dataclass

from protocol.recognition.candidates import ProtectedAs
from protocol.recognition.words import set_of

_VICTIMS = (
    r"victim(?:as?|es?|s)?|vitimas?|agraviad[oa]s?|ofendid[oa]s?|damnificad[oa]s?|perjudicad[oa]s?|lesad[oa]s?|lesee?s?"
    r"|sobrevivientes?|sobreviventes?|survivors?|survivante?s?|rescatad[oa]s?|resgatad[oa]s?|rescued|injured\spart(?:y|ies)"
    r"|parties?\scivile?s?|parties?\slesee?s?|(?:personas?|partes?)\safectadas?"
)
_WITNESSES = (
    r"testigos?|testemunhas?|witness(?:es)?|temoins?|denunciantes?|querellantes?|complainants?|parties?\splaignantes?"
    r"|plaignante?s?|identidad\sreservada"
)
_CHILDREN = (
    r"menor(?:es)?\sde\s(?:edad|idade)|adolescentes?|nin[oa]s?|criancas?|nna|enfants?|underage"
    r"|minor\schild(?:ren)?|child(?:ren)?(?!\s(?:porn|traff|abuse|sex|exploit|support|labou?r))"
)
_PERHAPS_CHILDREN = r"menor(?:es)?|minors?|mineure?s?"
"""Also "less", "lesser" and "of little weight": children only after an article, or as a label."""
_SUSPECTS = (
    r"capturad[oa]s?|detenid[oa]s?|imputad[oa]s?|investigad[oa]s?|acusad[oa]s?|sospechos[oa]s?|indiciad[oa]s?|procesad[oa]s?"
    r"|sindicad[oa]s?|denunciad[oa]s?|aprehendid[oa]s?|arrestad[oa]s?|condenad[oa]s?|sentenciad[oa]s?|inculpad[oa]s?|intervenid[oa]s?"
    r"|encausad[oa]s?|querellad[oa]s?|profug[oa]s?|requerid[oa]s?|fugitiv[oa]s?|victimari[oa]s?|tratantes?|captor(?:a|es|as)?"
    r"|reclutador(?:a|es|as)?|proxenetas?|explotador(?:a|es|as)?|agresor(?:a|es|as)?|pres[oa]s?|suspeit[oa]s?|autuad[oa]s?|foragid[oa]s?"
    r"|procurad[oa]s?|aliciador(?:a|es|as)?|cafetao|reus?|suspecte?s?|accused|defendants?|arrested|arrestees?|detainees?|detained"
    r"|offenders?|perpetrators?|traffickers?|recruiters?|pimps?|prevenue?s?|mise?s?\sen\s(?:cause|examen)|accusee?s?|arretee?s?"
    r"|interpellee?s?|detenue?s?|inculpee?s?|proxenetes?|recruteu(?:rs?|ses?)|trafiquante?s?"
)
SUSPECT = rf"(?:{_SUSPECTS})"
"""Whom a case is against; for `re`, within a text as `flat` gives it."""
PROTECTED = rf"(?:{_VICTIMS}|{_WITNESSES}|{_CHILDREN}|{_PERHAPS_CHILDREN})"
"""Of whom nothing is asked; likewise."""

_ROLE = re.compile(
    rf"(?<![a-z])(?:(?P<victim>{_VICTIMS})|(?P<witness>{_WITNESSES})|(?P<minor>{_CHILDREN})|(?P<perhaps>{_PERHAPS_CHILDREN})"
    rf"|(?P<suspect>{_SUSPECTS}))(?:\(s\)|\([ao]\)|/[ao](?![a-z]))?(?![a-z])"
    r"(?:\s(?:presencial|presenciais|protegid[oa]s?|direct[oa]s?|indirect[oa]s?|principal|ocular|referencial|material|reservad[oa]s?"
    r"|fallecid[oa]s?|adult[oa]s?)(?![a-z]))*"
)
WORTH_A_LOOK = re.compile(
    r"v[ií]c?tim|agraviad|afectad|ofendid|damnificad|perjudicad|l[eé]s[aeé]|sobreviv|surviv|rescat|resgat|rescued|injured|partie"
    r"|testi|testemunh|witness|t[eé]moin|denunciante|querellante|complain|plaignant|reservada|menor|adolescen|ni[nñ][oa]"
    r"|crian[cç]a|nna|enfant|underage|child|minor|mineur",
    re.IGNORECASE,
)
"""Every word for those who are protected has one of these: most lines have none, and are not looked at again."""
_NEAR = 40
LONGEST_HEADING = 80
"""Characters of a line that is nothing but a heading."""
_NOT = re.compile(
    r"(?:\bno\s(?:es|son|era|fue)|\bsin|\bning[uú]n[oa]?|\bn(?:ao|ão)\s(?:e|é|foi)|\bsem|\bnenhum[a]?|\bnot|\bno"
    r"|\bpas|\baucune?)\s(?:(?:la|el|un|una|uma?|an?|the|une|de)\s)?$"
)
_ANSWERED_NO = re.compile(r"\s?[:=]\s?(?:no|nao|non|ningun[oa]?|none|negativo)\s?(?:[,;.)|\t]|$)")
"""As a form is filled in: "menor: no"."""
_GENERAL = re.compile(r"\b(?:de|a|of|for|des|aux|para|y|e|and|et|contra|por)\s$")
"""Before a plural without an article: "unidad de víctimas", "trata de niñas" mean nobody of this text."""
_OF = re.compile(r"\s(?:de|del|da|do|of|du|des)\s(?:(?:la|el|las|los|the|un[oa]?|l')\s?)?")
_ARTICLE = re.compile(
    r"(?:\b(?:la|el|las|los|al|del|un[ao]?|otr[ao]|dich[ao]|o|a|os|as|ao|aos|do|da|uma?|the|an?|this|said|le|les|une|du|au|aux"
    r"|ladite|dudit)\s|\bl')$"
)
_NO_CHILD = re.compile(
    r"\s(?:de\sl[oa]s|cost|preci|val|dud|tiemp|cantid|cuanti|medid|numer|part|riesg|posib|possi|custo|injur|offen|damag|traff|detail"
    r"|charg|road|issue|crime|delit|brevedad)"
)
NUMBERED = r"(?:\s(?:n\.?[°ºo]?\.?\s?|#\s?)?\d{1,3}(?!\d))?"
"""Which of several, behind a role: "Testigo n.º 2", "Suspect #2"; for `re`."""
_SIGN = re.compile(NUMBERED + r"\s?[:=]")
_NUMBER = re.compile(NUMBERED)
_BEGINS = re.compile(
    r"(?:^|[;|\t]|[a-z\d)][.!?]\s)[\s\W\d]*(?:(?:la|el|las|los|l'|the|an?|le|les|une|o|a|os|as|uma?|un|una)\s)?"
    r"(?:(?:presunt[oa]s?|posibles?|supuest[oa]s?|alleged|presumed|suspected|presumee?s?|supost[oa]s?|protegid[oa]s?|otr[oa]|segund[oa]|menor)\s)*$"
)
"""From the beginning of a line or clause on: signs, numbers, an article, and words for how sure it is."""


@dataclass(frozen=True, slots=True)
class Role:
    """A word for a role in a text. `called` is None for whom the case is against.

    `is_label`: it announces what follows, as in "Testigo: …" or "Agraviada Ana Torres …", and not only its own sentence.
    """

    start: int
    end: int
    called: ProtectedAs | None
    is_label: bool


def roles_in(text: str, plain: str) -> list[Role]:
    """The roles of `text` in its order; `plain` is `flat(text)`.

    Left out are roles that are denied ("no es víctima") or general ("unidad de víctimas"), and those to whom another one belongs:
    in "captor de la víctima" it is the captor who is spoken of.
    """
    found: list[Role] = []
    previous: re.Match[str] | None = None
    for match in _ROLE.finditer(plain):
        start, end = match.span()
        owner, previous = previous, match
        before = plain[max(0, start - _NEAR) : start]
        if _NOT.search(before) or _ANSWERED_NO.match(plain, end) or _is_general(match[0], before, plain, end):
            continue
        label = _is_label(text, plain, start, end)
        # "fue detenida" tells what was done to somebody, who may be a victim; "el detenido" is whom the case is against
        if not label and (match["perhaps"] or match["suspect"]) and not _ARTICLE.search(before):
            continue
        if match["perhaps"] and not label and _NO_CHILD.match(plain, end):
            continue
        if owner and (owner["suspect"] is None) != (match["suspect"] is None) and _OF.fullmatch(plain, owner.end(), start):
            continue
        found.append(Role(start, end, _called(match), label))
    return found


def _is_general(word: str, before: str, plain: str, end: int) -> bool:
    return word.endswith("s") and _GENERAL.search(before) is not None and not _SIGN.match(plain, end)


def _called(match: re.Match[str]) -> ProtectedAs | None:
    if match["suspect"]:
        return None
    return ProtectedAs.VICTIM if match["victim"] else ProtectedAs.WITNESS if match["witness"] else ProtectedAs.MINOR


def _is_label(text: str, plain: str, start: int, end: int) -> bool:
    """A colon behind it makes a label; at the beginning of a clause also another sign, a name in capitals, or the end."""
    if _SIGN.match(plain, end):
        return True
    numbered = _NUMBER.match(plain, end)
    behind = numbered.end() if numbered else end
    rest = text[behind : behind + _NEAR].lstrip()
    if not _BEGINS.search(plain, max(0, start - 60), start):
        return False
    return not rest or rest[0] in ',.-–—("«“;|' or rest[0].isupper() or rest[0].isdigit()


def roles_alone(plain: str) -> list[Role]:
    """The roles of a heading or cell that holds nothing else, such as "DATOS DE LA VÍCTIMA:"; `plain` as `flat` gives it."""
    found = list(_ROLE.finditer(plain)) if len(plain) <= LONGEST_HEADING else []
    rest = _ROLE.sub(" ", plain) if found else ""
    if not _ABOUT.issuperset(re.findall(r"[^\W\d_]+", _NUMERAL.sub("", rest))):
        return []
    return [Role(*match.span(), _called(match), True) for match in found]


_NUMERAL = re.compile(r"^\W*[ivx]{1,4}[.)\s–-]")
_ABOUT = set_of(
    "a al datos dato de del la las los el lista listado relacion identificacion informacion nombre nombres persona personas y e "
    "o en presunta presuntas presunto presuntos posible posibles supuesta supuestas directa indirecta protegido protegida nro "
    "num dados da do das dos os as identificacao nome nomes pessoa pessoas suposta supostas "
    "data of the list details identification name names person people and or alleged presumed suspected protected "
    "donnees des du le les liste nom noms personne personnes et ou presumee presumees presume f m"
)
"""Words beside a role in a heading, or in a cell that holds nothing else."""
