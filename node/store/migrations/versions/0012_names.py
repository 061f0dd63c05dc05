"""names

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('protected_names',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=32), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('mark', 'person')
    )
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_protected_names_person'), ['person'], unique=False)
    for table in ('case_identifiers', 'index_items'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('key_type', sa.Integer(), nullable=False, server_default='1'))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column('key_type', server_default=None)
    with op.batch_alter_table('question_lines', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person_sealed', sa.LargeBinary(), nullable=True))
    with op.batch_alter_table('hits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('verdict', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('agreements', sa.String(length=255), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('hits', schema=None) as batch_op:
        batch_op.drop_column('agreements')
        batch_op.drop_column('verdict')
    with op.batch_alter_table('question_lines', schema=None) as batch_op:
        batch_op.drop_column('person_sealed')
    for table in ('index_items', 'case_identifiers'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('key_type')
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_protected_names_person'))
    op.drop_table('protected_names')
