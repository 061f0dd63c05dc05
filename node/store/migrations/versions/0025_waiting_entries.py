"""waiting entries: how many of a publication wait for the beat, as they were proposed

Revision: 0025
After: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.add_column(sa.Column('waiting', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.alter_column('waiting', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.drop_column('waiting')
