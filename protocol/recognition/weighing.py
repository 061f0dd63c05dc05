"""One text on its own: the kinds that it may be, each with its clues, and how far each can be relied on."""

import re
from dataclasses import dataclass, field, replace

from protocol.identifiers import Doubt, Identifier, Kind, NotNormalisable, RawIdentifier, Reason, normalise
from protocol.identifiers.characters import LONGEST_URL, compact, written
from protocol.identifiers.messaging_links import chat_number
from protocol.identifiers.mrz import Checked, MachineReadable, find_mrz
from protocol.identifiers.profiles import profile_in
from protocol.recognition.candidates import STRENGTH, Candidate, Clue, Confidence
from protocol.recognition.shapes import ALSO_WHEN_NAMED, FORMS, NEGLIGIBLE, RARE, SHAPES
from protocol.recognition.words import Word

_UNSURE = frozenset({Doubt.LENGTH_RULE_ONLY, Doubt.NOT_ASSIGNED, Doubt.ASSUMED_INTERNATIONAL})
_NAMING = frozenset({Clue.WORD, Clue.HEADER, Clue.COLUMN})
_SPEAKING = frozenset({Clue.CHECK_DIGIT, Clue.ASSIGNED})
_TO_ADD = frozenset(
    {Reason.NEEDS_COUNTRY, Reason.NEEDS_SUBDIVISION, Reason.NEEDS_PLATFORM, Reason.NEEDS_BANK, Reason.NEEDS_AREA_CODE}
    | {Reason.NEEDS_SEPARATORS}
)
"""What an officer can add, after which the same text can be read."""
_TAX = frozenset({Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY})
_SHOWN_UNNAMED = frozenset({Reason.NEEDS_COUNTRY, Reason.NEEDS_SUBDIVISION})
_ASKED_FOR_A_COUNTRY = re.compile(r"\d{6,13}|[A-Z]{1,3}\d{5,10}|[A-Z]{2,3}\d[A-Z\d]\d{2,3}[A-Z]{0,2}|\d{3,4}[A-Z]{3}", re.ASCII)
"""Without a country any text with a digit might be some state's document: only what looks like one is asked about."""
_LONGEST_LABEL = 5
_SHORTEST_ZONE = 30
_IPV4 = re.compile(r"(?:\d{1,3}(?:\.|\[\.\])){3}\d{1,3}", re.ASCII)
_MAC = re.compile(r"(?:[\dA-F]{2}[:\-]){5}[\dA-F]{2}|(?:[\dA-F]{4}\.){2}[\dA-F]{4}", re.IGNORECASE | re.ASCII)
_WALLET = re.compile(
    r"(?:[a-z]{3,12}:)?(?:0x[\da-f]{40}|(?:bc|ltc)1[a-z\d]{11,87}|[13LMDXT][1-9A-HJ-NP-Za-km-z]{25,34})(?:\?.*)?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the surroundings of a text say about it: a word, and where it stands (`word`, `header`, `column` or `hint`).

    `label` is the word as it was written: some documents of a state have numbers that only their abbreviation tells apart.
    """

    word: Word
    clue: Clue
    label: str = ""


@dataclass(slots=True)
class _Gathered:
    """Candidates by kind and main form, with every clue that was found for them."""

    by_form: dict[tuple[Kind, str], tuple[tuple[Identifier, ...], str | None, set[Clue]]] = field(default_factory=dict)
    missing: dict[tuple[Kind, Reason], tuple[str | None, set[Clue]]] = field(default_factory=dict)

    def add(self, identifiers: tuple[Identifier, ...], country: str | None, clue: Clue) -> None:
        main = identifiers[0]
        self.by_form.setdefault((main.kind, main.canonical), (identifiers, country, set()))[2].update({clue, _evidence(main)})

    def add_missing(self, kind: Kind, reason: Reason, country: str | None, clue: Clue) -> None:
        self.missing.setdefault((kind, reason), (country, set()))[1].add(clue)


def weigh(text: str, country: str | None, said: tuple[Said, ...] = (), *, stated: bool = False) -> tuple[Candidate, ...]:
    """The kinds that the whole of `text` may be, best first; empty when nothing fits.

    `country` (ISO 3166-1 alpha-2) is taken for the issuing state, the plate's state and the phone's region, unless the
    text or a word names another; None where it is not known. `stated`: whether the text says so itself, and it is not only where
    the officer works: people cross borders on passports of other states.
    """
    try:
        plain = written(Kind.URL, text, LONGEST_URL)
    except NotNormalisable:
        return ()
    gathered = _Gathered()
    _by_sign(plain, gathered)
    signed = bool(gathered.by_form)
    for each in said:
        if each.clue in _NAMING or each.word.names:
            _by_name(plain, country, each, gathered)
    if not signed:
        # what a word settles needs no look at the other kinds, which is most of the work
        settled = _ranked(gathered, stated=stated) if any(each.clue in _NAMING for each in said) else ()
        if settled and settled[0].confidence is Confidence.CERTAIN:
            return settled
        _by_form(plain, gathered)
        _by_shape(plain, country, gathered, {kind for each in said for kind in each.word.kinds})
    for each in said:
        for (kind, _), (_, _, clues) in gathered.by_form.items():
            if each.clue is Clue.HINT and kind in each.word.kinds:
                clues.add(Clue.HINT)
    return _ranked(gathered, stated=stated)


def identity_in_zone(text: str, zone: MachineReadable) -> tuple[Candidate, ...]:
    """The identity number in `zone`, which is what `text` says, where its state is known to put one there; empty elsewhere."""
    try:
        keys = normalise(RawIdentifier(Kind.NATIONAL_ID, text))
    except NotNormalisable:
        return ()
    # the optional field has no check digit but the one over all fields
    failed = bool(zone.failed & {Checked.NUMBER, Checked.COMPOSITE}) or Doubt.CHECK_DIGIT_FAILED in keys[0].doubts
    clues = (Clue.ZONE, Clue.CHECK_DIGIT_FAILED if failed else Clue.CHECK_DIGIT)
    return (Candidate(Kind.NATIONAL_ID, Confidence.LIKELY if failed else Confidence.CERTAIN, clues, keys),)


def read_following(raw: RawIdentifier) -> tuple[Identifier, ...]:
    """All keys of `raw`, main form first. Raises `NotNormalisable`.

    A word for one kind often stands before another, such as a tax number under "PIX". Where the normaliser knows which, the
    value is read as that: a lead would be lost otherwise, and a victim's number left unprotected.
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


def as_named(raw: RawIdentifier, word: Word | None, country: str) -> RawIdentifier | tuple[Kind, ...]:
    """`raw` as what `word` names, or, where that is not certain, the kinds that it may be. `raw.kind` does not count.

    The state and the platform that `raw` has go before those of the word, and these before `country`, where the writer works.
    Without a word, or under one for several kinds, the value has to be one thing by itself.
    """
    if word is not None and word.kind is not None:
        place = raw.country or word.country or country
        return replace(raw, kind=word.kind, country=place, platform=raw.platform or word.platform)
    said = () if word is None else (Said(word, Clue.WORD if word.names else Clue.HINT),)
    candidates = weigh(raw.value, raw.country or country, said, stated=raw.country is not None)
    certain = [each for each in candidates if each.confidence is Confidence.CERTAIN]
    if len(certain) == 1:
        return replace(raw, kind=certain[0].kind, country=raw.country or certain[0].country or country)
    return tuple(dict.fromkeys(each.kind for each in candidates))


def _evidence(main: Identifier) -> Clue:
    """What the reader itself found."""
    if Doubt.CHECK_DIGIT_FAILED in main.doubts:
        return Clue.CHECK_DIGIT_FAILED
    if main.doubts & _UNSURE:
        return Clue.SHAPE
    return _STRONGEST.get(main.kind, Clue.SHAPE)


_STRONGEST = {shape.kind: shape.strongest for shape in SHAPES} | {Kind.CRYPTO_ADDRESS: Clue.CHECK_DIGIT, Kind.PIX_KEY: Clue.SHAPE}


def _sign_kinds(text: str) -> tuple[Kind, ...]:
    """The kinds whose own signs the text bears."""
    if len(text) >= _SHORTEST_ZONE and find_mrz(text):
        return (Kind.PASSPORT,)
    if chat_number(text) or re.match(r"\(?\+\s?\(?\d", text):
        return (Kind.PHONE,)
    if profile_in(text):
        return (Kind.SOCIAL_HANDLE,)
    if _MAC.fullmatch(text):
        return (Kind.MAC,)
    if _WALLET.fullmatch(text):
        return (Kind.CRYPTO_ADDRESS,)
    if "@" in text or "[at]" in text or "(at)" in text:
        return (Kind.EMAIL, Kind.SOCIAL_HANDLE)
    if re.fullmatch(r"[\dA-F]{8}-?(?:[\dA-F]{4}-?){3}[\dA-F]{12}", text, re.IGNORECASE | re.ASCII) and "-" in text:
        return (Kind.PIX_KEY,)
    if _IPV4.fullmatch(text):
        return (Kind.IP,)
    is_address = text.count(":") > 1 or ("." in text and any(sign.isalpha() for sign in text))
    return (Kind.IP, Kind.URL, Kind.DOMAIN) if is_address else ()


def _by_sign(text: str, gathered: _Gathered) -> None:
    for kind in _sign_kinds(text):
        if kind is Kind.SOCIAL_HANDLE and gathered.by_form:
            continue
        try:
            found = normalise(RawIdentifier(kind, text))
        except NotNormalisable as error:
            if error.reason_code is Reason.NEEDS_PLATFORM:
                gathered.add_missing(kind, error.reason_code, None, Clue.SYNTAX)
            continue
        unsure = kind in (Kind.DOMAIN, Kind.PHONE) and Doubt.NOT_ASSIGNED in found[0].doubts
        if not (unsure and kind is Kind.DOMAIN):
            gathered.add(found, None, Clue.SHAPE if unsure or Doubt.CHECK_DIGIT_FAILED in found[0].doubts else Clue.SYNTAX)


def _by_name(text: str, country: str | None, said: Said, gathered: _Gathered) -> None:
    place = said.word.country or country
    for kind in said.word.kinds:
        limit = ALSO_WHEN_NAMED.get(kind)
        if limit is not None and not limit.fullmatch(compact(text)):
            continue
        try:
            found = _labelled(RawIdentifier(kind, text, place, platform=said.word.platform), said.label)
        except NotNormalisable as error:
            if error.reason_code in _TO_ADD and said.clue in _NAMING:
                gathered.add_missing(kind, error.reason_code, place, said.clue)
            continue
        # a word further away lets a text be read as what it names only where the text itself agrees
        if said.clue in _NAMING or _evidence(found[0]) in _SPEAKING:
            gathered.add(found, place, said.clue)


def _labelled(raw: RawIdentifier, label: str) -> tuple[Identifier, ...]:
    """As `read_following`, with an identity document's abbreviation in front where that can be read."""
    if raw.kind is Kind.NATIONAL_ID and 0 < len(label) <= _LONGEST_LABEL:
        try:
            return normalise(replace(raw, value=f"{label} {raw.value}"))
        except NotNormalisable as error:
            if error.reason_code in _TO_ADD:
                raise
    return read_following(raw)


def _by_form(text: str, gathered: _Gathered) -> None:
    for expression, kind, country in FORMS:
        if expression.fullmatch(text):
            try:
                found = normalise(RawIdentifier(kind, text, country))
            except NotNormalisable:
                continue
            if Doubt.NOT_ASSIGNED not in found[0].doubts:
                gathered.add(found, country, Clue.FORM)


def _by_shape(text: str, country: str | None, gathered: _Gathered, said: set[Kind]) -> None:
    number, capitals = compact(text), text.upper()
    unassigned = []
    for shape in SHAPES:
        if shape.only_if_said and shape.kind not in said:
            continue
        if not shape.expression.fullmatch(capitals if shape.as_written else number):
            continue
        try:
            found = normalise(RawIdentifier(shape.kind, text, country))
        except NotNormalisable as error:
            if error.reason_code in _SHOWN_UNNAMED and _ASKED_FOR_A_COUNTRY.fullmatch(number):
                gathered.add_missing(shape.kind, error.reason_code, country, Clue.SHAPE)
            continue
        # a range that nobody was given may be newer than the data: thought of where the number can be nothing else
        if shape.strongest is Clue.ASSIGNED and Doubt.NOT_ASSIGNED in found[0].doubts:
            unassigned.append(found)
        else:
            gathered.add(found, country, Clue.SHAPE)
    if all(_is_any_tax_number(kind, clues) for (kind, _), (_, _, clues) in gathered.by_form.items()):
        for found in unassigned:
            gathered.add(found, country, Clue.SHAPE)


def _is_any_tax_number(kind: Kind, clues: set[Clue]) -> bool:
    """Whether only the length speaks for a tax number, as it does for any number of that length."""
    return kind in _TAX and clues == {Clue.SHAPE}


def _ranked(gathered: _Gathered, *, stated: bool) -> tuple[Candidate, ...]:
    forms = list(gathered.by_form.items())
    # A form that another candidate brings along as a further key is asked with it, so it is no rival.
    carried = {
        (key.kind, key.canonical)
        for (kind, _), (identifiers, _, clues) in forms
        for key in identifiers[1:]
        if key.kind is not kind and Clue.CHECK_DIGIT in clues
    }
    kept = [(form, held) for form, held in forms if form not in carried or held[2] & _NAMING]
    # Any number of that length may be a tax number: said only where nothing else can be said.
    kept = [each for each in kept if not _is_any_tax_number(each[0][0], each[1][2])] or kept
    candidates = [
        Candidate(form[0], Confidence.POSSIBLE, _ordered(clues), identifiers, country)
        for form, (identifiers, country, clues) in kept
    ]
    read = {kind for kind, _ in gathered.by_form}
    candidates += [
        Candidate(kind, Confidence.POSSIBLE, _ordered(clues), (), country, reason)
        for (kind, reason), (country, clues) in gathered.missing.items()
        if kind not in read
    ]
    if any(_speaks_well(each) for each in candidates):
        candidates = [each for each in candidates if each.clues not in _BY_LENGTH]
    judged = sorted(
        (replace(each, confidence=_confidence(each, candidates, stated=stated)) for each in candidates),
        key=lambda each: (list(Confidence).index(each.confidence), STRENGTH[each.clues[0]], list(Kind).index(each.kind)),
    )
    certain = [each for each in judged if each.confidence is Confidence.CERTAIN]
    return tuple(certain or judged)


_BY_LENGTH = ((Clue.SHAPE,), (Clue.CHECK_DIGIT_FAILED,))


def _speaks_well(candidate: Candidate) -> bool:
    """Whether a word names it and nothing is wrong with it: what merely has the length is then not worth showing."""
    return bool(_NAMING.intersection(candidate.clues)) and Clue.CHECK_DIGIT_FAILED not in candidate.clues


def _ordered(clues: set[Clue]) -> tuple[Clue, ...]:
    """Strongest first. That the form fits goes without saying where anything else speaks for it."""
    told = clues - {Clue.SHAPE} or clues
    return tuple(sorted(told, key=STRENGTH.__getitem__))


def _is(candidate: Candidate, family: frozenset[tuple[Kind, str | None]]) -> bool:
    fits = Clue.CHECK_DIGIT in candidate.clues
    return fits and ((candidate.kind, None) in family or (candidate.kind, candidate.country) in family)


def _confidence(candidate: Candidate, candidates: list[Candidate], *, stated: bool) -> Confidence:
    """The rule of docs/spec/recognition.md."""
    clues = set(candidate.clues)
    # 1 what fails its check, or lacks something, is never certain
    if Clue.CHECK_DIGIT_FAILED in clues or candidate.needs is not None:
        return Confidence.LIKELY if clues & (_NAMING | {Clue.SYNTAX}) else Confidence.POSSIBLE
    rivals = [each for each in candidates if each is not candidate and Clue.CHECK_DIGIT_FAILED not in each.clues]
    # 2 own signs, and checks that chance does not pass
    signed = Clue.SYNTAX in clues or _is(candidate, NEGLIGIBLE)
    others_signed = any(Clue.SYNTAX in each.clues or _is(each, NEGLIGIBLE) for each in rivals)
    others_named = any(_NAMING.intersection(each.clues) for each in rivals)
    if signed:
        return Confidence.LIKELY if others_signed or others_named else Confidence.CERTAIN
    # 3 named, and nothing else is
    if clues & _NAMING:
        unsure = Doubt.NOT_ASSIGNED in candidate.doubts or (candidate.kind is Kind.PASSPORT and not stated)
        return Confidence.LIKELY if others_named or others_signed or unsure else Confidence.CERTAIN
    # 4 a check that chance seldom passes, and no rival; with a form that one state alone has, no rival but by length
    if Clue.CHECK_DIGIT in clues:
        if _is(candidate, RARE) and not rivals:
            return Confidence.CERTAIN
        formed = [each for each in candidates if each is not candidate and Clue.FORM in each.clues]
        if Clue.FORM in clues and not formed and all(each.clues == (Clue.SHAPE,) for each in rivals):
            return Confidence.CERTAIN
    # 5 a word nearby and what the reader found agree, and nothing else fits
    if Clue.HINT in clues and clues & _SPEAKING and not rivals:
        return Confidence.CERTAIN
    return Confidence.LIKELY if clues & {Clue.FORM, Clue.CHECK_DIGIT, Clue.ASSIGNED, Clue.HINT} else Confidence.POSSIBLE
