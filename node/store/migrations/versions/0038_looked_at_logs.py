"""looked at logs: until when a quorum vouched for what a peer shows of its log

Going back forgets it; the next look asks again.

Revision: 0038
After: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('reconciliations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('vouched', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('looked', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('reconciliations', schema=None) as batch_op:
        batch_op.drop_column('looked')
        batch_op.drop_column('vouched')
