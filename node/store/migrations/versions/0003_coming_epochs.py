"""coming epochs

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('list_epochs') as batch:
        batch.add_column(sa.Column('filled', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column('filled_to', sa.BigInteger(), nullable=False, server_default='0'))
        batch.add_column(sa.Column('prepared', sa.String(), nullable=False, server_default='[]'))
        batch.add_column(sa.Column('ended', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table('list_epochs') as batch:
        for name in ('ended', 'prepared', 'filled_to', 'filled'):
            batch.drop_column(name)
