"""restorations

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('restorations',
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('backup_at', sa.BigInteger(), nullable=False),
    sa.Column('finished', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('at')
    )


def downgrade() -> None:
    op.drop_table('restorations')
