"""the audit log: what acts commit to, tiles, checkpoints

Going back forgets the log, and an older version does not read what was put on record since: the salt stands before it.

Revision: 0029
After: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'logs',
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('opened', sa.BigInteger(), nullable=False),
        sa.Column('closed', sa.BigInteger(), nullable=True),
        sa.Column('halted', sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint('origin'),
    )
    op.create_table(
        'log_tiles',
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('level', sa.Integer(), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['origin'], ['logs.origin']),
        sa.PrimaryKeyConstraint('origin', 'level', 'number'),
    )
    op.create_table(
        'log_checkpoints',
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('raw', sa.LargeBinary(), nullable=False),
        sa.Column('witnessed', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['origin'], ['logs.origin']),
        sa.PrimaryKeyConstraint('origin', 'size'),
    )
    with op.batch_alter_table('log_checkpoints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_log_checkpoints_witnessed'), ['witnessed'], unique=False)
    op.create_table(
        'log_counts',
        sa.Column('origin', sa.String(length=64), nullable=False),
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('count', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['origin'], ['logs.origin']),
        sa.PrimaryKeyConstraint('origin', 'peer'),
    )
    with op.batch_alter_table('intake', schema=None) as batch_op:
        batch_op.alter_column('payload_sealed', new_column_name='opening_sealed', existing_type=sa.LargeBinary())
        batch_op.add_column(sa.Column('exchange', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('commitment', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('log', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('position', sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f('ix_intake_exchange'), ['exchange'], unique=False)
        batch_op.create_index(batch_op.f('ix_intake_position'), ['position'], unique=False)
    # acts of an exchange were known by their direction; from now on it is named
    op.execute('UPDATE intake SET exchange = x WHERE direction IS NOT NULL')


def downgrade() -> None:
    with op.batch_alter_table('intake', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_intake_position'))
        batch_op.drop_index(batch_op.f('ix_intake_exchange'))
        batch_op.drop_column('position')
        batch_op.drop_column('log')
        batch_op.drop_column('commitment')
        batch_op.drop_column('exchange')
        batch_op.alter_column('opening_sealed', new_column_name='payload_sealed', existing_type=sa.LargeBinary())
    op.drop_table('log_counts')
    with op.batch_alter_table('log_checkpoints', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_log_checkpoints_witnessed'))
    op.drop_table('log_checkpoints')
    op.drop_table('log_tiles')
    op.drop_table('logs')
