"""Whether the node's settings can be read, and whether who runs the doctor is who the node runs as."""

import os
from collections.abc import Iterator

from node.doctor.chart import Chart
from node.doctor.findings import Fault, Finding, critical, note, warning
from node.settings import SettingsError


def examine(chart: Chart) -> Iterator[Finding]:
    """A finding for each fault of `node.toml`."""
    try:
        settings = chart.settings
    except SettingsError as error:
        yield critical("settings_unusable", detail=Fault(f"settings.fault.{error.fault}", error.facts))
        return
    beats = settings.beats
    if beats.manifest_validity <= beats.removals:
        yield warning("manifests_too_short", validity=beats.manifest_validity, beat=int(beats.removals))
    if chart.folder.stat().st_uid != os.geteuid():
        yield note("other_user")
