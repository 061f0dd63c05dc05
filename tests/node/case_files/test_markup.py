"""XML is read as events: what could make it grow or reach out is refused."""

import io
import xml.sax
from collections.abc import Iterable
from xml.sax.handler import ContentHandler

import pytest

from node.case_files.errors import ActiveContent, CaseFileError, FileDamaged
from node.case_files.markup import events

LAUGHS = b"<!DOCTYPE s [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><s>&c;</s>"


class Heard:
    def __init__(self) -> None:
        self.told: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.told.append(f"<{name} {attributes}>")

    def text(self, text: str) -> None:
        self.told.append(text)

    def end(self, name: str) -> None:
        self.told.append(f"</{name}>")


def hear(*chunks: bytes) -> str:
    heard = Heard()
    for _ in events(chunks, heard, "x.xlsx"):
        pass
    return "".join(heard.told)


def test_names_come_without_prefix_and_text_in_pieces() -> None:
    assert hear(b"<x:row xmlns:x='u' x:r='3'>te", b"xt</x:row>") == "<row {'x': 'u', 'r': '3'}>text</row>"


def test_entities_that_a_plain_parser_expands_are_refused() -> None:
    class Length(ContentHandler):
        total = 0

        def characters(self, content: str) -> None:
            self.total += len(content)

    naive = Length()
    xml.sax.parse(io.BytesIO(LAUGHS), naive)  # noqa: S317 -- the weakened reader, on our own few bytes
    assert naive.total == 128
    with pytest.raises(ActiveContent, match="xml_entities"):
        hear(LAUGHS)


@pytest.mark.parametrize(
    "document",
    [
        b"<!DOCTYPE s SYSTEM 'file:///etc/hostname'><s/>",
        b"<!DOCTYPE s [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><s>&e;</s>",
        b"<!DOCTYPE s [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><s/>",
        b"<!DOCTYPE s><s/>",
    ],
)
def test_no_document_type_is_taken_at_all(document: bytes) -> None:
    with pytest.raises(ActiveContent):
        hear(document)


@pytest.mark.parametrize(
    "document",
    [
        b"<s>",
        b"<s></t>",
        b"",
        b"<s a='1' a='2'/>",
        b"<s>&undefined;</s>",
        b"<s>\0</s>",
        b"<s>\xff</s>",
        b"<a>" * 40,
        b"<s " + b" ".join(b"a%d=''" % n for n in range(65)) + b"/>",
    ],
)
def test_what_is_not_well_formed_or_nests_without_end_is_damage(document: bytes) -> None:
    with pytest.raises(FileDamaged, match="broken_xml"):
        hear(document)


def test_the_caller_gets_to_look_after_every_piece() -> None:
    def pieces() -> Iterable[bytes]:
        yield b"<s><row/>"
        yield b"<row/></s>"

    heard = Heard()
    seen = [len(heard.told) for _ in events(pieces(), heard, "x.xlsx")]
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]
    with pytest.raises(CaseFileError):
        hear(b"<s><row/>")
