"""what a pass was for: when the liaison saw the line held, and when each name came into the register

Names that are in the register already count as seen by every pass that was given.

Revision: 0027
After: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('hold_passes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('looked_at', sa.BigInteger(), nullable=False, server_default='0'))
    with op.batch_alter_table('hold_passes', schema=None) as batch_op:
        batch_op.alter_column('looked_at', server_default=None)
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.add_column(sa.Column('entered', sa.BigInteger(), nullable=False, server_default='0'))
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.alter_column('entered', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.drop_column('entered')
    with op.batch_alter_table('hold_passes', schema=None) as batch_op:
        batch_op.drop_column('looked_at')
