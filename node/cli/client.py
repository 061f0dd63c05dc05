"""The national API, as a client: requests with the officer's token, answers checked against the API's models."""

import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Generic, NoReturn, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from node.inbound.national.models import FOR_PROGRAMS, ProblemShown
from protocol.vocabulary import Language

# The answer to an upload comes once the node has counted its rows; everything else is short.
_TIMEOUT = httpx2.Timeout(10, read=120)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}")

T = TypeVar("T")


class AddressUnusable(Exception):
    """The node's address is none, or would send the token in clear over a network."""


class TokenUnusable(Exception):
    """What was given as a token is none."""


class NodeUnreachable(Exception):
    """Nothing answers at the node's address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(address)


class NoTls(NodeUnreachable):
    """What answers at an https address does not speak TLS: most often the national API itself, without a proxy in front."""


class NotANode(Exception):
    """Something answers at the address, but not as this version of the API does."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(address)


class Refused(Exception):
    """The node answered with a problem document."""

    def __init__(self, problem: ProblemShown, document: str) -> None:
        self.problem, self.document = problem, document
        super().__init__(problem.code)


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What the API said: as JSON for programs, its times as text (RFC 3339), and as its model."""

    raw: str = field(repr=False)
    value: T = field(repr=False)


class Api:
    """Calls to one node. Raises `NodeUnreachable`, `NotANode`, `Refused`."""

    def __init__(self, address: str, token: str, language: Language) -> None:
        """Raises `AddressUnusable`, `TokenUnusable`."""
        if not _TOKEN.fullmatch(token):
            raise TokenUnusable
        self.address = _usable(address)
        self._http = httpx2.Client(
            base_url=self.address,
            headers={"Authorization": f"Bearer {token}", "Accept-Language": language.value},
            timeout=_TIMEOUT,
            trust_env=False,  # a proxy of the environment would see the token
        )

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: Sequence[str], form: TypeAdapter[T], query: Mapping[str, str | None] | None = None) -> Answer[T]:
        """GET `path` (its parts, not yet quoted)."""
        return self._read(self._send("GET", path, params=_given(query or {})), form)

    def post(self, path: Sequence[str], form: TypeAdapter[T], body: BaseModel | None = None) -> Answer[T]:
        """POST `body`, if any, as JSON."""
        content = None if body is None else body.model_dump_json().encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self._read(self._send("POST", path, content=content, headers=headers), form)

    def read(self, path: Sequence[str], query: Mapping[str, str | None]) -> bytes:
        """GET `path` for its bytes."""
        return self._send("GET", path, params=_given(query)).content

    def post_for_bytes(self, path: Sequence[str], query: Mapping[str, str | None]) -> bytes:
        """POST to `path`, without a body, for the bytes of the answer."""
        return self._send("POST", path, params=_given(query)).content

    def post_for_file(self, path: Sequence[str], body: BaseModel) -> tuple[bytes, Mapping[str, str]]:
        """POST `body` as JSON, for the bytes of the answer and its headers."""
        content, headers = body.model_dump_json(exclude_none=True).encode(), {"Content-Type": "application/json"}
        response = self._send("POST", path, content=content, headers=headers)
        return response.content, response.headers

    def stream(self, path: Sequence[str], query: Mapping[str, str | None]) -> Iterator[bytes]:
        """GET `path` part by part, for what is too long for memory. Ends with `NodeUnreachable` if the answer breaks off."""
        try:
            with self._http.stream("GET", _target(path), params=_given(query)) as response:
                if response.is_success:
                    yield from response.iter_bytes()
                    return
                response.read()
        except httpx2.TransportError as error:
            raise (NoTls if _is_no_tls(error) else NodeUnreachable)(self.address) from None
        self._refuse(response)

    def upload(self, path: Sequence[str], form: TypeAdapter[T], parts: Sequence[tuple[str, tuple[str, bytes]]]) -> Answer[T]:
        """POST files as multipart: (field, (file name, bytes))."""
        return self._read(self._send("POST", path, files=list(parts)), form)

    def delete(self, path: Sequence[str], form: TypeAdapter[T]) -> Answer[T]:
        """DELETE `path`."""
        return self._read(self._send("DELETE", path), form)

    def _send(
        self,
        method: str,
        path: Sequence[str],
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        files: list[tuple[str, tuple[str, bytes]]] | None = None,
    ) -> httpx2.Response:
        try:
            response = self._http.request(method, _target(path), params=params, content=content, headers=headers, files=files)
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise (NoTls if _is_no_tls(error) else NodeUnreachable)(self.address) from None
        if not response.is_success:
            self._refuse(response)
        return response

    def _refuse(self, response: httpx2.Response) -> NoReturn:
        try:
            raise Refused(ProblemShown.model_validate_json(response.content), response.text)
        except ValidationError:
            raise NotANode(self.address) from None

    def _read(self, response: httpx2.Response, form: TypeAdapter[T]) -> Answer[T]:
        try:
            value = form.validate_json(response.content)
            return Answer(form.dump_json(value, context=FOR_PROGRAMS).decode(), value)
        except ValidationError:
            raise NotANode(self.address) from None


def _target(path: Sequence[str]) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in path)


def _given(query: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value is not None}


def _is_no_tls(error: BaseException | None) -> bool:
    """Whether a handshake got an answer that is not TLS, which is not that a certificate does not hold."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None and not isinstance(error, ssl.SSLCertVerificationError)


def _usable(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        usable = bool(host) and parts.port != 0 and not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        raise AddressUnusable from None
    if not usable or parts.scheme not in ("http", "https") or (parts.scheme == "http" and not _is_this_machine(host)):
        raise AddressUnusable
    return address.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
