"""problems of feeds: what a feed was told, for whoever lost the answer

Revision: 0024
After: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('protected_feed_problems',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('column', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('protected_feeds', schema=None) as batch_op:
        batch_op.add_column(sa.Column('digest', sa.String(length=64), nullable=False, server_default=''))
    with op.batch_alter_table('protected_feeds', schema=None) as batch_op:
        batch_op.alter_column('digest', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('protected_feeds', schema=None) as batch_op:
        batch_op.drop_column('digest')
    op.drop_table('protected_feed_problems')
