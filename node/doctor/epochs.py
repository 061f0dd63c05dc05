"""The epochs of our own lists: what has to be done so that none of them ends without a successor."""

from collections.abc import Iterator

from node.doctor.chart import Chart, NothingAdopted
from node.doctor.findings import Fact, Finding, Moment, OwnList, critical, warning
from node.flows.show_epochs import epoch_findings


def examine(chart: Chart) -> Iterator[Finding]:
    """What `celosia epoch` says, too; nothing before this state is a member.

    A restore brings no seed and starts new epochs: until it is finished, one finding says whether the officers have signed them.
    """
    try:
        entry = chart.entry
    except NothingAdopted:
        return
    if entry is None:
        return
    with chart.read() as work:
        found = epoch_findings(work, chart.keys, chart.me, chart.directory)
    if chart.restored is not None:
        unsigned = sum(each.code == "epoch_not_in_directory" for each in found)
        if unsigned:
            yield warning("restored_epochs_unsigned", epochs=unsigned)
        return
    for each in found:
        facts: dict[str, Fact] = {"list": OwnList(each.audience, each.entropy)}
        facts |= {} if each.epoch is None else {"epoch": each.epoch}
        facts |= {} if each.ends is None else {"ends": Moment(each.ends)}
        yield (critical if each.urgent else warning)(each.code, **facts)
