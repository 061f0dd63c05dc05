"""Names of the states and of what is theirs, in the four languages: "pasaporte venezolano", "Colombian plate".

A word stands here as `folded` gives it. What is also the name of a town or a common word (Granada, San Vicente, American) is left
out: a state that is not understood is asked about, one that is misunderstood makes another person's key.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from protocol.recognition.words import folded

_WORDS = {
    "AG": "antigua y barbuda|antigua and barbuda|antiguan",
    "AR": "argentina|argentino|argentine|argentinian|argentin",
    "BB": "barbados|barbadense|barbadian|barbade|barbadien|barbadienne",
    "BO": "bolivia|boliviano|boliviana|bolivian|bolivie|bolivien|bolivienne",
    "BR": "brasil|brazil|bresil|brasileno|brasilena|brasileiro|brasileira|brazilian|bresilien|bresilienne",
    "BS": "bahamas|bahameno|bahamena|bahamian|bahamense",
    "BZ": "belice|belize|beliceno|belicena|belizean|belizenho|belizenha",
    "CA": "canada|canadiense|canadian|canadense|canadien|canadienne",
    "CL": "chile|chileno|chilena|chilean|chilien|chilienne",
    "CO": "colombia|colombiano|colombiana|colombian|colombie|colombien|colombienne",
    "CR": "costa rica|costarricense|costa rican|costarriquenho|costarriquenha|costaricien|costaricienne",
    "CU": "cuba|cubano|cubana|cuban|cubain|cubaine",
    "DO": "republica dominicana|dominican republic|republique dominicaine|dominicano|dominicana|dominicain|dominicaine",
    "EC": "ecuador|ecuatoriano|ecuatoriana|ecuadorian|equador|equatoriano|equatoriana|equateur|equatorien|equatorienne",
    "GT": "guatemala|guatemalteco|guatemalteca|guatemalan|guatemalteque",
    "GY": "guyana|guyanes|guyanesa|guyanese|guianense|guyanien|guyanienne",
    "HN": "honduras|hondureno|hondurena|honduran|hondurenho|hondurenha|hondurien|hondurienne",
    "HT": "haiti|haitiano|haitiana|haitian|haitien|haitienne",
    "JM": "jamaica|jamaiquino|jamaiquina|jamaicano|jamaicana|jamaican|jamaique|jamaicain|jamaicaine",
    "LC": "saint lucia|sainte lucie|sainte-lucie",
    "MX": "mexico|mexicano|mexicana|mexican|mexique|mexicain|mexicaine",
    "NI": "nicaragua|nicaraguense|nicaraguan|nicaraguayen|nicaraguayenne",
    "PA": "panama|panameno|panamena|panamanian|panamenho|panamenha|panameen|panameenne",
    "PE": "peru|peruano|peruana|peruvian|perou|peruvien|peruvienne",
    "PY": "paraguay|paraguayo|paraguaya|paraguayan|paraguai|paraguaio|paraguaia|paraguayen|paraguayenne",
    "SR": "surinam|suriname|surinames|surinamesa|surinamese",
    "SV": "el salvador|salvadoreno|salvadorena|salvadoran|salvadorenho|salvadorenha|salvadorien|salvadorienne",
    "TT": "trinidad y tobago|trinidad and tobago|trinidad e tobago|trinite-et-tobago|trinitense|trinidadian",
    "US": "estados unidos|eeuu|usa|united states|etats-unis|estadounidense|estadunidense|norteamericano|norteamericana",
    "UY": "uruguay|uruguayo|uruguaya|uruguayan|uruguai|uruguaio|uruguaia|uruguayen|uruguayenne",
    "VE": "venezuela|venezolano|venezolana|venezuelan|venezuelano|venezuelana|venezuelien|venezuelienne",
}
STATES: Mapping[str, str] = MappingProxyType({word: state for state, words in _WORDS.items() for word in words.split("|")})
_LONGEST = max(word.count(" ") + 1 for word in STATES)
_BEHIND = re.compile(
    r"\s?\(([^\W\d_]+(?:[ \-][^\W\d_]+){0,2})\)|\s(?:de|del|da|do|du|of|from)\s(?:la\s)?([^\W\d_]+(?:[ \-][^\W\d_]+){0,2})",
    re.IGNORECASE,
)


def _state(text: str) -> str | None:
    plain = folded(text)
    return STATES.get(plain) or STATES.get(plain.removesuffix("s"))


def take_state(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """(the state that the last words name, None if none; the words before it)."""
    for count in range(min(_LONGEST, len(words)), 0, -1):
        state = _state(" ".join(words[-count:]))
        if state is not None:
            return state, list(words[:-count])
    return None, list(words)


def state_behind(text: str, end: int) -> str | None:
    """The state that is named right behind `end`: "ABC 123 (Colombia)", "ABC 123 de Colombia"."""
    match = _BEHIND.match(text, end, end + 60)
    words = (match[1] or match[2]).split() if match else []
    for count in range(len(words), 0, -1):
        state = _state(" ".join(words[:count]))
        if state is not None:
            return state
    return None
