"""repeated acts: how often one came again within the hour

Going back forgets it: what is read again within the hour is on record once more.

Revision: 0036
After: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'repeated_acts',
        sa.Column('hour', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('officer_id', sa.String(length=32), nullable=False),
        sa.Column('about', sa.String(length=64), nullable=False),
        sa.Column('count', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('hour', 'kind', 'officer_id', 'about'),
    )


def downgrade() -> None:
    op.drop_table('repeated_acts')
