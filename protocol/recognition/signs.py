"""Places in a text that bear signs of their own: addresses of all kinds, wallets, handles; and what only looks like a number.

No expression may take longer than the length of the text asks: each begins where a word begins, and what repeats has an end.
"""

import re

from protocol.recognition.words import PLATFORM_NAMES

_TRAILING = ".,;:!?'\"»>…"
_PAIRS = {")": "(", "]": "[", "}": "{"}

SIGNED = re.compile(
    r"""
    (?:https?|hxxps?|ftp|whatsapp|viber|tg|sgnl|bitcoin|litecoin|dogecoin|dash|ethereum|tron|monero|solana)://?[^\s<>"|]+
  | (?:mailto|tel|sms|callto|bitcoin|litecoin|ethereum|tron):[^\s<>"|,;]+
  | (?<![\w.+\-%])[\w.+\-%]{1,64}(?:@|\s?(?:\[at\]|\(at\))\s?)[\w\-]{1,63}(?:(?:\.|\[\.\]|\(\.\)|\[dot\])[\w\-]{1,63}){1,8}
  | (?<![\w])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\w-])
  | (?<![\w:.\-])(?:[\da-f]{2}[:\-]){5}[\da-f]{2}(?![\w:\-])
  | (?<![\w.])(?:[\da-f]{4}\.){2}[\da-f]{4}(?![\w.])
  | (?<![\w:])(?:[\da-f]{0,4}:){2,7}(?:[\da-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})(?![\w:])
  | (?<![\w.])(?:\d{1,3}(?:\.|\[\.\])){3}\d{1,3}(?:/[^\s]*|:\d+[^\s]*)?(?![\w])
  | (?<![\w@.\-])(?:[^\W_][\w\-]{0,62}(?:\.|\[\.\]|\(\.\))){1,8}[^\W\d_]{2,24}(?:[:/?][^\s<>"|,;]*)?(?![\w@])
  | (?<![\w@.])@[\w.\-]{2,64}
  | (?<![\w.\-])(?-i:(?:LV|LQ|P[PRSTU]|HK|CC|OB|HC|CP|ZP|CX|YV|X[ABC]|TI|HP|TG|YS|HR|YN|HI|CU|C)-[A-Z]{3,4})(?![\w\-])
  | (?<![\w])(?:0x[\da-f]{40}|(?:bc|ltc)1[a-z\d]{11,87}|[13LMDXT][1-9A-HJ-NP-Za-km-z]{25,34})(?![\w])
    """,
    re.VERBOSE | re.IGNORECASE,
)

HANDLE = re.compile(
    rf"""
    (?<![\w.@/])(?P<platform>{"|".join(sorted(map(re.escape, PLATFORM_NAMES), key=len, reverse=True))})
    (?:\s(?:usuari[oa]|user(?:name)?|perfil|profil[e]?|cuenta|conta|compte|handle|account|como|as|é|es|is))?
    (?=[\s:=@"«])\s?(?P<sign>[:=]\s?@?|@|["«]@?)?\s?
    (?P<name>[^\W_][\w.\-]{{2,40}})
    """,
    re.VERBOSE | re.IGNORECASE,
)

COMMON_ENDINGS = frozenset(
    re.findall(
        r"\w+",
        "com net org edu gov gob info biz app io online site shop club xyz live link page store web es us ag ar bs bb bz bo br ca"
        " cl co cr cu dm ec sv gd gt gy ht hn jm mx ni pa py pe kn lc vc sr tt uy ve",
    )
)
"""Endings that make a domain of two words with a dot between them, and not a sentence whose blank was forgotten."""

# Amounts, dates and times are digits that no identifier is made of.
_MONTHS = (
    r"(?:ene|jan|feb|fev|f[eé]v|mar|abr|apr|avr|may|mai|jun|jui|jul|ago|aug|ao[uû]|set|sep|oct|out|nov|dic|dez|dec|d[eé]c)"
    r"[a-zéûç]*"
)
_MONEY = (
    r"(?:US\$|R\$|S/\.?|Bs\.?|Gs\.?|Q\.|L\.|RD\$|\$b?|€|£|USD|EUR|ARS|COP|MXN|BRL|PEN|CLP|UYU|PYG|BOB|GTQ|HNL|CRC|DOP|VES|CAD)"
)
_AFTER = (
    r"(?:%|(?:pesos|reales|reais|soles|d[oó]lares|dollars?|euros|guaran[ií]es|bolivianos|quetzales|lempiras|USD|EUR|COP|ARS|MXN|BRL|PEN"
    r"|a[nñ]os|anos|years?|ans|d[ií]as|dias|days|jours|horas|hours|heures|km|kg|kilos|metros|meters|personas|pessoas|people|personnes"
    r"|v[ií]ctimas|victims|mujeres|mulheres|women|femmes|hrs?|h)\b)"
)
NO_IDENTIFIER = re.compile(
    rf"""
    ^\s*\d{{1,3}}\.\s+
  | (?<![\w(])\d{{1,3}}\)(?=\s)
  | (?<![\w/.\-])(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d{{2}}|\d{{2}})(?![\w/\-]|\.\d)
  | (?<![\w/.\-])(?:19|20)\d{{2}}([/.\-])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])(?![\w/\-]|\.\d)
  | (?<!\w)\d{{1,2}}º?\s(?:de\s|of\s)?{_MONTHS}\.?,?(?:\s(?:de\s|del\s|of\s)?(?:19|20)\d{{2}})?(?!\w)
  | (?<!\w){_MONTHS}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:19|20)\d{{2}}(?!\w)
  | (?<![\w:])(?:[01]?\d|2[0-3])[:h][0-5]\d(?::[0-5]\d)?(?:\s?(?:hrs?|hs?|am|pm|[ap]\.m\.))?(?![\w:])
  | (?<!\w){_MONEY}\s?\d[\d.,']*(?!\w)
  | (?<![\w.,])\d[\d.,]*\s?{_AFTER}
    """,
    re.VERBOSE | re.IGNORECASE,
)


def trimmed(text: str) -> str:
    """Without the punctuation of the sentence around it; a bracket stays where its partner is."""
    while text:
        last = text[-1]
        if last in _TRAILING or (last in _PAIRS and text.count(last) > text.count(_PAIRS[last])):
            text = text[:-1]
        else:
            break
    return text
