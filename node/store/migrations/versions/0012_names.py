"""names

Going back forgets people: an older version would take a name key for an identifier, a list of people for one of identifiers, and a
person's line for one without a key. The network, its identifiers and the records stay. Questions that asked after people alone end.

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


NAMES = "SELECT id FROM index_lists WHERE entropy = 'name_keys'"
PEOPLE = "SELECT 1 FROM question_lines l WHERE l.kind = 'name_dob' AND l.question_id = {question} AND l.line = {table}.line"
ASKED_OF = "(SELECT question_id FROM question_peers WHERE question_peers.id = question_skips.question_peer_id)"
WITHOUT_LINES = "SELECT id FROM questions WHERE NOT EXISTS (SELECT 1 FROM question_lines l WHERE l.question_id = questions.id)"
FORGET = [
    f"DELETE FROM hits WHERE EXISTS ({PEOPLE.format(question='hits.question_id', table='hits')})",
    f"DELETE FROM question_skips WHERE list_id = '' OR EXISTS ({PEOPLE.format(question=ASKED_OF, table='question_skips')})",
    "DELETE FROM question_lines WHERE kind = 'name_dob'",
    f"UPDATE jobs SET state = 'done' WHERE lane = 'question' AND subject IN ({WITHOUT_LINES})",
    f"UPDATE question_peers SET state = 'failed', reason = 'other_versions' WHERE question_id IN ({WITHOUT_LINES})",
    "UPDATE question_peers SET reason = 'other_versions' WHERE reason = 'no_list_of_this_class'",
    "DELETE FROM case_identifiers WHERE key_type <> 1",
    f"DELETE FROM index_items WHERE key_type <> 1 OR list_id IN ({NAMES})",
    *(f"DELETE FROM {table} WHERE list_id IN ({NAMES})" for table in ('manifests', 'heard_heads', 'budget_spendings', 'list_epochs')),
    "DELETE FROM index_lists WHERE entropy = 'name_keys'",
]


def downgrade() -> None:
    for step in FORGET:
        op.execute(step)
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
