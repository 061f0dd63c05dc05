"""Every app of ours has the framework's own telemetry switched off: it would tell paths, queries and exceptions."""

import ast
from pathlib import Path

import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from node.telemetry.quiet import QUIET

NODE = Path(__file__).parents[3] / "node"


def asked(app: FastAPI) -> str:
    """What a provider that the process might have is told of one request with something planted."""
    told = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(told))
    app._telemetry["tracer_provider"] = provider
    with TestClient(app) as client:
        client.get("/items/fulana-inventada?phone=3005550147", headers={"traceparent": f"00-{'a1' * 16}-{'b2' * 8}-01"})
    return "".join(span.to_json() for span in told.get_finished_spans())


def test_the_framework_left_as_it_is_tells_what_was_asked() -> None:
    told = asked(FastAPI(telemetry={"metrics": False, "logs": False}))
    assert "fulana-inventada" in told
    assert "a1" * 16 in told, "and goes on with the caller's trace"


def test_quiet_it_tells_nothing() -> None:
    assert asked(FastAPI(telemetry=QUIET)) == ""


def test_the_environment_cannot_switch_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    assert FastAPI(telemetry=QUIET)._telemetry["auto_configure"] is False


def test_every_app_of_ours_is_quiet() -> None:
    made = [
        {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        for path in NODE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("FastAPI", "NationalApi")
    ]
    assert len(made) >= 3
    assert {arguments.get("telemetry") for arguments in made} == {"QUIET"}
