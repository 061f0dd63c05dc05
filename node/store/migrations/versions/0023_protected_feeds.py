"""protected feeds: the sequence of what a national system feeds the register

Revision: 0023
After: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('protected_feeds',
    sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('sequence')
    )


def downgrade() -> None:
    op.drop_table('protected_feeds')
