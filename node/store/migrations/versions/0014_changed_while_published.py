"""changed while published

Revision: 0014
After: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('changed_while_published',
    sa.Column('import_id', sa.String(length=32), nullable=False),
    sa.Column('file', sa.String(length=255), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['case_imports.id']),
    sa.PrimaryKeyConstraint('import_id', 'file', 'line')
    )


def downgrade() -> None:
    op.drop_table('changed_while_published')
