"""hits by entry

Of several entries of one record, each that a line may mean is a hit of its own. Hits say whether they still stand, and their reasons on
whose side something is missing.

Going back keeps of each record the best entry only, and forgets whether hits stand.

Revision: 0013
After: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

BY_RECORD = 'hits_question_id_peer_list_id_line_record_id_key'
"""As PostgreSQL has named what has no name; SQLite, which names nothing, is told to read it so."""
BY_ENTRY = 'hits_entry_of_line'
RENAMED = {'no_second_surname': 'other_second_surname', 'no_birth_date': 'birth_date_not_asked'}
UNKNOWN_BEFORE = {
    'given_name_not_asked': '', 'surnames_not_asked': '', 'second_surname_not_asked': '',
    'month_not_asked': 'other_month', 'day_not_asked': 'other_day', 'only_year_asked': 'no_birth_date',
}
WORSE = """
DELETE FROM hits WHERE EXISTS (
  SELECT 1 FROM hits better
  WHERE better.question_id = hits.question_id AND better.peer = hits.peer AND better.list_id = hits.list_id
  AND better.line = hits.line AND better.record_id = hits.record_id
  AND (coalesce(better.odds, -1000), -better.id) > (coalesce(hits.odds, -1000), -hits.id)
)
"""


def rename(reasons: dict[str, str]) -> None:
    for before, after in reasons.items():
        op.execute(f"UPDATE hits SET agreements = replace(agreements, '{before}', '{after}')")


def upgrade() -> None:
    with op.batch_alter_table('hits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('odds', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('outputs_sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('standing', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('gone', sa.BigInteger(), nullable=True))
    op.execute("UPDATE hits SET standing = found")
    with op.batch_alter_table('hits', schema=None, naming_convention={'uq': BY_RECORD}) as batch_op:
        batch_op.alter_column('standing', server_default=None)
        batch_op.drop_constraint(BY_RECORD, type_='unique')
        batch_op.create_unique_constraint(BY_ENTRY, ['question_id', 'peer', 'list_id', 'line', 'record_id', 'handle'])
    rename(RENAMED)


def downgrade() -> None:
    rename({after: before for before, after in RENAMED.items()} | UNKNOWN_BEFORE)
    op.execute(WORSE)
    with op.batch_alter_table('hits', schema=None) as batch_op:
        batch_op.drop_constraint(BY_ENTRY, type_='unique')
        batch_op.create_unique_constraint(BY_RECORD, ['question_id', 'peer', 'list_id', 'line', 'record_id'])
        for column in ('gone', 'standing', 'outputs_sealed', 'odds'):
            batch_op.drop_column(column)
