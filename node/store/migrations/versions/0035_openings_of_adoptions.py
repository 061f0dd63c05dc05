"""openings of adoptions: kept in clear, apart from the keys that a backup leaves out

Going back forgets them; while the keys are there, the sealed ones serve.

Revision: 0035
After: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('adopted_directories', schema=None) as batch_op:
        batch_op.add_column(sa.Column('act', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('opening', sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f('ix_adopted_directories_act'), ['act'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('adopted_directories', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_adopted_directories_act'))
        batch_op.drop_column('opening')
        batch_op.drop_column('act')
