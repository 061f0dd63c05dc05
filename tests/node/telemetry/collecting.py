"""A national collector for tests: a real HTTP server on loopback that keeps what it is sent and can be told to misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Answer = Callable[[BaseHTTPRequestHandler], None]


def accept(request: BaseHTTPRequestHandler) -> None:
    """What a collector in order answers."""
    request.send_response(200)
    request.send_header("Content-Length", "0")
    request.end_headers()


@dataclass
class Received:
    """What came, raw and decoded."""

    url: str = ""
    raw: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Answer = accept

    @property
    def everything(self) -> bytes:
        """Every byte of every batch, and the headers that it came under."""
        return b"\n".join(body for _, body in self.raw) + repr(self.headers).encode()

    @property
    def spans(self) -> list[Span]:
        """All spans, decoded."""
        batches = [ExportTraceServiceRequest.FromString(body) for path, body in self.raw if path == "/v1/traces"]
        return [
            span for batch in batches for whole in batch.resource_spans for scope in whole.scope_spans for span in scope.spans
        ]

    @property
    def metrics(self) -> dict[str, list[dict[str, object]]]:
        """Of each metric the attributes of its points, from the newest export."""
        batches = [ExportMetricsServiceRequest.FromString(body) for path, body in self.raw if path == "/v1/metrics"]
        found: dict[str, list[dict[str, object]]] = {}
        for batch in batches:
            for whole in batch.resource_metrics:
                for scope in whole.scope_metrics:
                    for metric in scope.metrics:
                        data = getattr(metric, metric.WhichOneof("data") or "gauge")
                        found[metric.name] = [plain(point.attributes) for point in data.data_points]
        return found

    def named(self, name: str) -> list[dict[str, object]]:
        """The attributes of all spans of a name."""
        return [plain(span.attributes) for span in self.spans if span.name == name]


def plain(attributes: "list[KeyValue]") -> dict[str, object]:
    """Attributes as Python values."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value") for each in attributes}


@contextmanager
def collecting(answer: Answer = accept) -> Iterator[Received]:
    """A collector that listens until the end."""
    received = Received(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            received.raw.append((self.path, body))
            received.headers.append(dict(self.headers.items()))
            received.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
