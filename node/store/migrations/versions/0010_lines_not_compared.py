"""lines not compared

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('question_skips',
    sa.Column('question_peer_id', sa.Integer(), nullable=False),
    sa.Column('list_id', sa.String(length=32), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['question_peer_id'], ['question_peers.id']),
    sa.PrimaryKeyConstraint('question_peer_id', 'list_id', 'line', 'kind')
    )
    with op.batch_alter_table('question_exchanges', schema=None) as batch_op:
        batch_op.drop_column('skipped_kinds')


def downgrade() -> None:
    with op.batch_alter_table('question_exchanges', schema=None) as batch_op:
        batch_op.add_column(sa.Column('skipped_kinds', sa.String(length=255), nullable=False, server_default=''))
    with op.batch_alter_table('question_exchanges', schema=None) as batch_op:
        batch_op.alter_column('skipped_kinds', server_default=None)
    op.drop_table('question_skips')
