"""openings of exchanges: what opens a question lies under the key of its exchange too, and no backup has that

What has no key any more stays as it is: without its request it proves nothing, and the node gives it to nobody.

Revision: 0039
After: 0038
"""

import base64
import re
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
from alembic import context, op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

ROWS = 20  # the openings of one question can be more than a megabyte
FOR_TWO = re.compile(rb'\{"body":"((?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?)","boxes":')  # canonical JSON, so that it comes first
ASKED = sa.table(
    'question_exchanges', sa.column('x'), sa.column('question_peer_id'), sa.column('openings_sealed', sa.LargeBinary())
)
TO = sa.table('question_peers', sa.column('id'), sa.column('peer'))
KEYS = sa.table(
    'exchange_keys', sa.column('x'), sa.column('peer'), sa.column('direction'), sa.column('wrapped', sa.LargeBinary())
)


def upgrade() -> None:
    _change('seal')


def downgrade() -> None:
    _change('open')


def _change(what: str) -> None:
    connection, last = op.get_bind(), ''
    key = (KEYS.c.x == ASKED.c.x) & (KEYS.c.peer == TO.c.peer) & (KEYS.c.direction == 'out')
    kept = (
        sa.select(ASKED.c.x, TO.c.peer, KEYS.c.wrapped, ASKED.c.openings_sealed)
        .select_from(ASKED.join(TO, TO.c.id == ASKED.c.question_peer_id).join(KEYS, key))
        .where(ASKED.c.openings_sealed != b'')
        .order_by(ASKED.c.x)
        .limit(ROWS)
    )
    change = sa.update(ASKED).where(ASKED.c.x == sa.bindparam('at_x')).values(openings_sealed=sa.bindparam('anew'))
    while rows := connection.execute(kept.where(ASKED.c.x > last)).all():
        # only the node has the key under which these are wrapped: `Database.migrate` lends it
        lent = context.config.attributes[what]
        for row in rows:
            at, place = f"exchange_keys.wrapped:{row.x}:{row.peer}:out".encode(), f"openings:{row.x}".encode()
            anew = _anew(bytes(row.openings_sealed), partial(lent, bytes(row.wrapped), at, place=place))
            if anew is not None:
                connection.execute(change, {'at_x': row.x, 'anew': anew})
        last = rows[-1].x


def _anew(raw: bytes, changed: Callable[[bytes], bytes | None]) -> bytes | None:
    """Of what two holders open, the body is changed; of anything else, such as what one key of 0.1 opens, the whole."""
    found = FOR_TWO.match(raw)
    if found is None:
        return changed(raw)
    body = found[1]
    done = changed(base64.urlsafe_b64decode(body + b'=' * (-len(body) % 4)))
    return None if done is None else raw[: found.start(1)] + base64.urlsafe_b64encode(done).rstrip(b'=') + raw[found.end(1) :]
