"""alerts

Revision: 0015
After: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alerts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('officer_id', sa.String(length=32), nullable=True),
    sa.Column('peer', sa.String(length=2), nullable=True),
    sa.Column('first', sa.BigInteger(), nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('settled', sa.BigInteger(), nullable=True),
    sa.Column('settled_by', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_alerts_settled_kind', 'alerts', ['settled', 'kind'])


def downgrade() -> None:
    op.drop_index('ix_alerts_settled_kind', 'alerts')
    op.drop_table('alerts')
