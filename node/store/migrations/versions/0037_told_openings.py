"""told openings: what a peer said when it was told of one, and what peers tell of theirs

Going back forgets both; the audit log has them. What is due is not told any more.

Revision: 0037
After: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('question_openings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('next_telling', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('peer_said', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('peer_said_at', sa.BigInteger(), nullable=True))
    op.create_table(
        'peer_openings',
        sa.Column('x', sa.String(length=32), nullable=False),
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('opened', sa.BigInteger(), nullable=False),
        sa.Column('found', sa.String(length=16), nullable=False),
        sa.Column('heard', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('x', 'peer'),
    )


def downgrade() -> None:
    op.drop_table('peer_openings')
    with op.batch_alter_table('question_openings', schema=None) as batch_op:
        batch_op.drop_column('peer_said_at')
        batch_op.drop_column('peer_said')
        batch_op.drop_column('next_telling')
