"""removals

Revision: 0021
After: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('removals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('entry', sa.String(length=32), nullable=True),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('registered', sa.BigInteger(), nullable=False),
    sa.Column('list_id', sa.String(length=32), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('left', sa.BigInteger(), nullable=True),
    sa.Column('alerted', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['list_id'], ['index_lists.id']),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:
    op.drop_table('removals')
