"""The officers: enough of them for what two people have to do, and for what somebody has to be able to do at night."""

from collections import Counter
from collections.abc import Iterator

from sqlmodel import col, select

from node.doctor.chart import Chart
from node.doctor.findings import Finding, note, warning
from node.officers import Role
from node.store.tables import Officer, OfficerToken

_FOUR_EYES = 2


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the accounts, by role; nobody is named."""
    with chart.read() as work:
        active = work.session.exec(select(Officer).where(col(Officer.active))).all()
        tokens = work.session.exec(
            select(OfficerToken).where(~col(OfficerToken.revoked), col(OfficerToken.expires) > chart.now)
        ).all()
    if not active:
        yield note("no_officers")
        return
    held = Counter(role for officer in active for role in officer.roles.split())
    if held[Role.ANALYST] < _FOUR_EYES:
        yield warning("analysts_too_few", analysts=held[Role.ANALYST])
    for role in (Role.INVESTIGATOR, Role.ADMINISTRATOR):
        if not held[role]:
            yield note("role_vacant", role=role)
    if not any(Role.ADMINISTRATOR in token.scopes.split() for token in tokens) and held[Role.ADMINISTRATOR]:
        yield note("no_administrator_signed_in")
