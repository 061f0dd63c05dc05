"""small numbers

Revision: 0017
After: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('waiting_changes',
    sa.Column('network', sa.String(length=64), nullable=False),
    sa.Column('aspect', sa.String(length=16), nullable=False),
    sa.Column('told', sa.String(), nullable=False),
    sa.Column('due', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['network'], ['case_networks.digest']),
    sa.PrimaryKeyConstraint('network', 'aspect')
    )
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.add_column(sa.Column('left_out', sa.String(), nullable=False, server_default='[]'))
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.alter_column('left_out', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.drop_column('left_out')
    op.drop_table('waiting_changes')
