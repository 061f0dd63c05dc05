"""asked numbers

Revision: 0019
After: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('asked_numbers',
    sa.Column('officer_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('block', sa.String(length=64), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('officer_id', 'number')
    )
    op.create_index('ix_asked_numbers_officer_id_block', 'asked_numbers', ['officer_id', 'block'])
    op.create_index('ix_asked_numbers_day', 'asked_numbers', ['day'])


def downgrade() -> None:
    op.drop_index('ix_asked_numbers_day', 'asked_numbers')
    op.drop_index('ix_asked_numbers_officer_id_block', 'asked_numbers')
    op.drop_table('asked_numbers')
