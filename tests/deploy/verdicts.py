"""What the verifier said of a bundle, for tests."""

from deploy.verify_bundle import Report, verify
from tests.protocol.bundles import ROOT_DIGEST, Exchange


def told(raw: bytes) -> str:
    """The one thing that does not hold."""
    report = verify(raw, ROOT_DIGEST)
    assert report.exit_code == 1
    (code,) = (line.code for line in report.lines if line.status == "fails")
    return code


def of(exchange: Exchange) -> str:
    return told(exchange.evidence().to_bytes())


def unsaid(exchange: Exchange) -> set[str]:
    """What cannot be said of a bundle that holds."""
    report: Report = verify(exchange.evidence().to_bytes(), ROOT_DIGEST)
    assert report.exit_code == 3, report.to_text("en")
    return {line.code for line in report.lines if line.status == "unsaid"}
