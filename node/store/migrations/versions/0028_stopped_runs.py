"""stopped runs: why a file of the protected register was left half read

Revision: 0028
After: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('protected_runs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason', sa.String(length=40), nullable=False, server_default=''))
    with op.batch_alter_table('protected_runs', schema=None) as batch_op:
        batch_op.alter_column('reason', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('protected_runs', schema=None) as batch_op:
        batch_op.drop_column('reason')
