"""versions of entries

What was imported before has no version here: its kinds are named in no manifest until the case files are imported again.

Revision: 0011
After: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

UNKNOWN = 'unknown'
ADDED = {'case_identifiers': {'version': 64}, 'index_items': {'kind': 32, 'version': 64}}


def upgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, length in columns.items():
                batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=UNKNOWN))
    kinds = 'SELECT kind FROM case_identifiers WHERE case_identifiers.digest = index_items.identifier LIMIT 1'
    op.execute(f"UPDATE index_items SET kind = COALESCE(({kinds}), '{UNKNOWN}')")
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in columns:
                batch_op.drop_column(name)
