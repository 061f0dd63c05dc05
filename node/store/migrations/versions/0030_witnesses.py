"""witnesses: what was cosigned of peers' logs, forks, and the witnesses of our own log

Going back forgets what was cosigned: a log that forks meanwhile is not noticed here.

Revision: 0030
After: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'witnessed_logs',
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('authority', sa.String(length=2), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('root', sa.LargeBinary(), nullable=False),
        sa.Column('raw', sa.LargeBinary(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('origin'),
    )
    with op.batch_alter_table('witnessed_logs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_witnessed_logs_authority'), ['authority'], unique=False)
    op.create_table(
        'log_forks',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('authority', sa.String(length=2), nullable=False),
        sa.Column('cause', sa.String(length=16), nullable=False),
        sa.Column('first', sa.LargeBinary(), nullable=False),
        sa.Column('second', sa.LargeBinary(), nullable=False),
        sa.Column('noticed', sa.BigInteger(), nullable=False),
        sa.Column('settled', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    with op.batch_alter_table('log_forks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_log_forks_authority'), ['authority'], unique=False)
        batch_op.create_index(batch_op.f('ix_log_forks_origin'), ['origin'], unique=False)
    op.create_table(
        'log_witnesses',
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('authority', sa.String(length=2), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('cosigned', sa.BigInteger(), nullable=True),
        sa.Column('error', sa.String(length=64), nullable=True),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('next_try', sa.BigInteger(), nullable=False),
        sa.Column('against', sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint('origin', 'authority'),
    )


def downgrade() -> None:
    op.drop_table('log_witnesses')
    op.drop_table('log_forks')
    op.drop_table('witnessed_logs')
