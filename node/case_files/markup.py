"""XML of a workbook as a stream of events: no tree in memory, no document type, no entity, no depth without end."""

from collections.abc import Iterable, Iterator
from typing import Protocol
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from node.case_files.errors import ActiveContent, FileDamaged
from node.case_files.limits import XML_DEPTH, XML_TAG_ATTRIBUTES
from node.case_files.reasons import FileReason


class Reader(Protocol):
    """What makes sense of the events. Names come without their prefix; the readers know them from their place."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Characters inside the innermost element, in pieces of any size."""

    def end(self, name: str) -> None:
        """An element ends."""


def events(chunks: Iterable[bytes], reader: Reader, file: str) -> Iterator[None]:
    """Feed the XML in `chunks` to `reader`, pausing after each piece so that the caller can take what is ready.

    Raises `ActiveContent` for a document type or an entity (XML 1.0, 2.8 and 4), `FileDamaged` for what is not well formed or
    nests deeper than a workbook does.
    """
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(_Bounded(reader, file))
    try:
        for chunk in chunks:
            parser.feed(chunk)
            yield
        parser.close()
        yield
    except DefusedXmlException:
        raise ActiveContent(FileReason.XML_ENTITIES, file=file) from None
    except SAXParseException:
        raise FileDamaged(FileReason.BROKEN_XML, file=file) from None


class _Bounded(ContentHandler):
    def __init__(self, reader: Reader, file: str) -> None:
        super().__init__()
        self._reader = reader
        self._file = file
        self._depth = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 -- xml.sax names it
        self._depth += 1
        if self._depth > XML_DEPTH or len(attrs) > XML_TAG_ATTRIBUTES:
            raise FileDamaged(FileReason.BROKEN_XML, file=self._file)
        self._reader.start(_local(name), {_local(key): value for key, value in attrs.items()})

    def endElement(self, name: str) -> None:  # noqa: N802
        self._depth -= 1
        self._reader.end(_local(name))

    def characters(self, content: str) -> None:
        self._reader.text(content)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
