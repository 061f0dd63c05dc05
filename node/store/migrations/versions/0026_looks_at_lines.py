"""looks at lines: each thing once, in place of how much there was of a network

Both are of the last 24 hours and are not carried over: an officer's count begins anew.

Revision: 0026
After: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table('network_looks')
    op.create_table('line_looks',
    sa.Column('officer_id', sa.String(length=32), nullable=False),
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('person', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id']),
    sa.PrimaryKeyConstraint('officer_id', 'mark')
    )
    with op.batch_alter_table('line_looks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_line_looks_at'), ['at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('line_looks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_line_looks_at'))
    op.drop_table('line_looks')
    op.create_table('network_looks',
    sa.Column('officer_id', sa.String(length=32), nullable=False),
    sa.Column('network', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('identifiers', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id']),
    sa.PrimaryKeyConstraint('officer_id', 'network')
    )
