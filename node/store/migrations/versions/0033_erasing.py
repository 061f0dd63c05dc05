"""erasing: what is to be erased, legal holds, and since when an exchange or a question is erased

Going back forgets legal holds, and what officers have decided.

Revision: 0033
After: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'erasures',
        sa.Column('x', sa.String(length=32), nullable=False),
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('direction', sa.String(length=3), nullable=False),
        sa.Column('subject', sa.String(length=32), nullable=False),
        sa.Column('since', sa.BigInteger(), nullable=False),
        sa.Column('proposed_by', sa.String(length=32), nullable=True),
        sa.Column('peer_asked', sa.BigInteger(), nullable=True),
        sa.Column('decision', sa.String(length=8), nullable=True),
        sa.Column('decided_by', sa.String(length=32), nullable=True),
        sa.Column('decided', sa.BigInteger(), nullable=True),
        sa.Column('outcome', sa.String(length=8), nullable=True),
        sa.Column('outcome_at', sa.BigInteger(), nullable=True),
        sa.Column('next_try', sa.BigInteger(), nullable=True),
        sa.Column('alerted', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['decided_by'], ['officers.id']),
        sa.ForeignKeyConstraint(['proposed_by'], ['officers.id']),
        sa.PrimaryKeyConstraint('x', 'peer', 'direction'),
    )
    with op.batch_alter_table('erasures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_erasures_subject'), ['subject'], unique=False)
    op.create_table(
        'legal_holds',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('subject', sa.String(length=32), nullable=True),
        sa.Column('reference_sealed', sa.LargeBinary(), nullable=False),
        sa.Column('placed_by', sa.String(length=32), nullable=False),
        sa.Column('placed', sa.BigInteger(), nullable=False),
        sa.Column('lifted_by', sa.String(length=32), nullable=True),
        sa.Column('lifted', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['lifted_by'], ['officers.id']),
        sa.ForeignKeyConstraint(['placed_by'], ['officers.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.add_column(sa.Column('erased', sa.BigInteger(), nullable=True))
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('erased', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.drop_column('erased')
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.drop_column('erased')
    op.drop_table('legal_holds')
    op.drop_table('erasures')
