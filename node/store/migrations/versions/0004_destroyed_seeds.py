"""Whether an epoch's end is on record: a crash can leave a seed destroyed and nobody told

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('list_epochs') as table:
        table.add_column(sa.Column('destroyed', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE list_epochs SET destroyed = ended")
    with op.batch_alter_table('list_epochs') as table:
        table.alter_column('destroyed', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('list_epochs') as table:
        table.drop_column('destroyed')
