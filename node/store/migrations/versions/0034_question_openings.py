"""question openings: past questions that two officers open

Going back forgets who proposed and confirmed; the audit log has it.

Revision: 0034
After: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'question_openings',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('x', sa.String(length=32), nullable=False),
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('ground', sa.String(length=16), nullable=False),
        sa.Column('telling', sa.String(length=16), nullable=False),
        sa.Column('order_sealed', sa.LargeBinary(), nullable=False),
        sa.Column('handed_sealed', sa.LargeBinary(), nullable=False),
        sa.Column('proposed_by', sa.String(), nullable=False),
        sa.Column('proposed', sa.BigInteger(), nullable=False),
        sa.Column('confirmed_by', sa.String(), nullable=True),
        sa.Column('confirmed', sa.BigInteger(), nullable=True),
        sa.Column('checked', sa.BigInteger(), nullable=True),
        sa.Column('breaches', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['confirmed_by'], ['officers.id']),
        sa.ForeignKeyConstraint(['proposed_by'], ['officers.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    with op.batch_alter_table('question_openings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_openings_x'), ['x'], unique=False)


def downgrade() -> None:
    op.drop_table('question_openings')
