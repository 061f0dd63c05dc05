"""kept directories: every directory that is adopted from now on, whole, for evidence about what it said

Going back forgets them: no bundle about exchanges under them can be made any more.

Revision: 0032
After: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'kept_directories',
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('version', sa.BigInteger(), nullable=False),
        sa.Column('files', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('hash'),
    )
    op.create_table(
        'directory_files',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('digest'),
    )


def downgrade() -> None:
    op.drop_table('directory_files')
    op.drop_table('kept_directories')
