"""protected runs: how far a file came that feeds the register, and whom one liaison wants to be taken out

Revision: 0020
After: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('protected_runs',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('officer_id', sa.String(length=32), nullable=False),
    sa.Column('file_digest', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('rows_total', sa.Integer(), nullable=False),
    sa.Column('rows_read', sa.Integer(), nullable=False),
    sa.Column('rows_taken', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('protected_runs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_protected_runs_file_digest'), ['file_digest'], unique=False)
    op.create_table('protected_problems',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('column', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['protected_runs.id']),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('protected_problems', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_protected_problems_run_id'), ['run_id'], unique=False)
    op.create_table('protected_removals',
    sa.Column('entry', sa.String(length=32), nullable=False),
    sa.Column('proposed_by', sa.String(length=32), nullable=False),
    sa.Column('proposed', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('entry')
    )


def downgrade() -> None:
    op.drop_table('protected_removals')
    with op.batch_alter_table('protected_problems', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_protected_problems_run_id'))
    op.drop_table('protected_problems')
    with op.batch_alter_table('protected_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_protected_runs_file_digest'))
    op.drop_table('protected_runs')
