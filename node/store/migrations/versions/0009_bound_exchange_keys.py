"""bound exchange keys: a wrapped key is bound to its whole row, and not to the id alone, which a peer may choose

Revision: 0009
After: 0008
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

ROWS = 500
KEYS = sa.table(
    'exchange_keys', sa.column('x'), sa.column('peer'), sa.column('direction'), sa.column('wrapped', sa.LargeBinary())
)
NAME = sa.tuple_(KEYS.c.x, KEYS.c.peer, KEYS.c.direction)


def upgrade() -> None:
    _bind_anew(_by_id, _by_row)


def downgrade() -> None:
    _bind_anew(_by_row, _by_id)


def _by_id(row: sa.Row[Any]) -> bytes:
    return f"exchange_key:{row.x}".encode()


def _by_row(row: sa.Row[Any]) -> bytes:
    return f"exchange_keys.wrapped:{row.x}:{row.peer}:{row.direction}".encode()


def _bind_anew(before: Callable[[sa.Row[Any]], bytes], after: Callable[[sa.Row[Any]], bytes]) -> None:
    connection, last = op.get_bind(), ('', '', '')
    change = (
        sa.update(KEYS)
        .where(KEYS.c.x == sa.bindparam('at_x'), KEYS.c.peer == sa.bindparam('at_peer'))
        .where(KEYS.c.direction == sa.bindparam('at_direction'))
        .values(wrapped=sa.bindparam('anew'))
    )
    while rows := connection.execute(sa.select(KEYS).where(NAME > last).order_by(*NAME.clauses).limit(ROWS)).all():
        # only the node has the key under which these are wrapped: `Database.migrate` lends it
        bind = context.config.attributes['bind_anew']
        anew = [
            {
                'at_x': row.x,
                'at_peer': row.peer,
                'at_direction': row.direction,
                'anew': bind(bytes(row.wrapped), before(row), after(row)),
            }
            for row in rows
        ]
        connection.execute(change, anew)
        last = tuple(rows[-1])[:3]
