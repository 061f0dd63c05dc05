"""what celosia doctor reads: beats' last runs, samples of the machine, peers' clocks and directories

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('beat_runs',
    sa.Column('beat', sa.String(length=32), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.Column('ended', sa.BigInteger(), nullable=False),
    sa.Column('succeeded', sa.BigInteger(), nullable=True),
    sa.Column('error', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('beat')
    )
    op.create_table('heard_peers',
    sa.Column('authority', sa.String(length=2), nullable=False),
    sa.Column('heard', sa.BigInteger(), nullable=False),
    sa.Column('clock_difference', sa.BigInteger(), nullable=False),
    sa.Column('directory_version', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('authority')
    )
    op.create_table('machine_samples',
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('folder_bytes', sa.BigInteger(), nullable=False),
    sa.Column('open_files', sa.Integer(), nullable=False),
    sa.Column('open_files_limit', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('at')
    )


def downgrade() -> None:
    op.drop_table('machine_samples')
    op.drop_table('heard_peers')
    op.drop_table('beat_runs')
