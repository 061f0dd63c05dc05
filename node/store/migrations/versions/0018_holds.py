"""holds

Going back forgets what is held and who is locked: an older version asks every line.

Revision: 0018
After: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('holds',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('officer_id', sa.String(), nullable=False),
    sa.Column('question_id', sa.String(), nullable=True),
    sa.Column('line', sa.Integer(), nullable=True),
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('released', sa.BigInteger(), nullable=True),
    sa.Column('facts_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id']),
    sa.ForeignKeyConstraint(['question_id'], ['questions.id']),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_holds_officer_id'), ['officer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_holds_question_id'), ['question_id'], unique=False)
    op.create_table('hold_passes',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('mark')
    )
    op.create_table('officer_locks',
    sa.Column('officer_id', sa.String(length=32), nullable=False),
    sa.Column('locked', sa.BigInteger(), nullable=False),
    sa.Column('unlocked', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id']),
    sa.PrimaryKeyConstraint('officer_id')
    )
    for table in ('question_lines', 'question_exchanges'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('batch', sa.Integer(), nullable=False, server_default='0'))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column('batch', server_default=None)


def downgrade() -> None:
    for table in ('question_exchanges', 'question_lines'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('batch')
    op.drop_table('officer_locks')
    op.drop_table('hold_passes')
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_holds_question_id'))
        batch_op.drop_index(batch_op.f('ix_holds_officer_id'))
    op.drop_table('holds')
