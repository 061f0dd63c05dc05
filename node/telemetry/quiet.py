"""FastAPI's own telemetry, off: it is on by default, speaks to whatever provider the process has, and takes in what it sees.

It would read callers' trace headers, and tell paths, queries and texts of exceptions. Every app of ours is made with this.
"""

from fastapi.telemetry import TelemetryConfig

QUIET: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,  # else FASTAPI_OTEL_AUTO_CONFIGURE in the environment would start exporters
}
