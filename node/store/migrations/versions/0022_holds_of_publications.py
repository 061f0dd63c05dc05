"""holds of publications

Going back forgets them: an older version withholds without telling the protection liaison.

Revision: 0022
After: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.add_column(sa.Column('network', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('bearer', sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f('ix_holds_network'), ['network'], unique=False)
    with op.batch_alter_table('publications', schema=None) as batch_op:
        nothing = '{"listed": {}, "withheld": {}}'
        batch_op.add_column(sa.Column('told', sa.String(), nullable=False, server_default=nothing))
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.alter_column('told', server_default=None)
    op.create_table('network_looks',
    sa.Column('officer_id', sa.String(length=32), nullable=False),
    sa.Column('network', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('identifiers', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id']),
    sa.PrimaryKeyConstraint('officer_id', 'network')
    )


def downgrade() -> None:
    op.drop_table('network_looks')
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.drop_column('told')
    op.execute("DELETE FROM holds WHERE question_id IS NULL")
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_holds_network'))
        batch_op.drop_column('bearer')
        batch_op.drop_column('network')
