"""A directory server that answers without end, in drips or compressed, and callers who ask it for other files. Over real TLS."""

import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from node.directory import layout
from node.directory.client import DirectoryClient
from node.directory.errors import (
    Malformed,
    TooLarge,
    Unreachable,
)
from node.directory.server import directory_app
from node.tls.contexts import trusting
from tests.node.directory.conftest import (
    Published,
    secretariat_tls,
    serving,
)


def hostile_server(published: Published, name: str, answer: Callable[[], Response]) -> FastAPI:
    """The real server, but for one metadata file."""
    app = FastAPI()
    app.get(f"/metadata/{name}")(answer)
    app.mount("/", directory_app(published.repository.path))
    return app


def client_of(url: str, published: Published, folder: Path, http: httpx2.Client, seconds: float = 60) -> DirectoryClient:
    return DirectoryClient(folder, url, published.root, root_fingerprint=None, http=http, file_seconds=seconds)


def test_endless_data_is_cut_off(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    sent = 0

    def endless() -> Response:
        def chunks() -> Iterator[bytes]:
            nonlocal sent
            while sent < 64 << 20:
                sent += 4096
                yield b" " * 4096

        return StreamingResponse(chunks())

    with serving(hostile_server(published, "timestamp.json", endless)) as url:
        with http.stream("GET", f"{url}/metadata/timestamp.json") as response:
            received = sum(len(chunk) for chunk, _ in zip(response.iter_raw(), range(512), strict=False))
        assert received > 8 * layout.TIMESTAMP_BYTES  # without a limit it keeps coming
        sent = 0
        with pytest.raises(TooLarge):
            client_of(url, published, tmp_path / "node", http).refresh()
        assert sent < 32 << 20


def test_a_dripping_server_is_left(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    raw = (published.metadata / "timestamp.json").read_bytes()

    def dripping() -> Response:
        def chunks() -> Iterator[bytes]:
            for start in range(0, len(raw), 100):
                time.sleep(0.1)
                yield raw[start : start + 100]

        return StreamingResponse(chunks())

    with serving(hostile_server(published, "timestamp.json", dripping)) as url:
        # Never silent for long, so a read timeout alone lets it go on.
        assert client_of(url, published, tmp_path / "patient", http).refresh().findings == ()
        with pytest.raises(Unreachable, match=r"more than 0\.2 s"):
            client_of(url, published, tmp_path / "node", http, seconds=0.2).refresh()


def test_a_compressed_answer_does_not_unfold(published: Published, http: httpx2.Client, tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (1 << 20))

    def bombing() -> Response:
        return Response(bomb, headers={"content-encoding": "gzip"})

    with serving(hostile_server(published, "timestamp.json", bombing)) as url:
        assert len(http.get(f"{url}/metadata/timestamp.json").content) == 1 << 20
        with pytest.raises(Malformed):  # the compressed bytes themselves, not a megabyte that is too large
            client_of(url, published, tmp_path / "node", http).refresh()


def test_no_name_leads_out_of_the_servers_folder(published: Published) -> None:
    secret = published.repository.path / "private.json"
    secret.write_bytes(b"private")
    published_path = published.repository.published
    names = ["../private.json", "..%2fprivate.json", "..%2f..%2fprivate.json", "%2e%2e/private.json", "....//private.json"]

    def ask(url: str, path: str) -> httpx2.Response:
        """Sends the path as it stands: a client would tidy it up."""
        host = httpx2.URL(url)
        request = httpx2.Request("GET", host.copy_with(raw_path=path.encode()))
        with httpx2.Client(trust_env=False, verify=trusting(secretariat_tls() / "authority.pem")) as plain:
            return plain.send(request)

    careless_server = FastAPI()

    @careless_server.get("/metadata/{name:path}")
    def anything(name: str) -> Response:
        path = published_path.resolve().parent / name
        return Response(path.read_bytes() if path.exists() else b"")

    with serving(careless_server) as weak:
        assert b"private" in {ask(weak, f"/metadata/{name}").content for name in names}
    for base in ("metadata", "targets"):
        for name in [*names, "..", ".lock", "%00", "1.root.json%00.json", "1.root.json/..", "a" * 9000]:
            answer = ask(published.url, f"/{base}/{name}")
            assert answer.status_code in {400, 404} and b"private" not in answer.content
