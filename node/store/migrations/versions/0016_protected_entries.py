"""protected entries: marks belong to somebody, and the register knows under which versions it was fed

Marks that an older version made become entries of their own, of which no form is known: feed the register again. Going back keeps
every mark once.

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('protected_entries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=False),
    sa.Column('officer_id', sa.String(length=32), nullable=True),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('reference')
    )
    op.create_table('protected_forms',
    sa.Column('entry', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('entry', 'kind', 'version')
    )
    with op.batch_alter_table('protected_forms', schema=None) as batch_op:
        batch_op.create_index('ix_protected_forms_version', ['kind', 'version'], unique=False)
    op.create_table('protected_versions',
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'version')
    )
    op.create_table('protected_generations',
    sa.Column('generation', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('check', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('generation')
    )
    op.rename_table('protected_marks', 'earlier_marks')
    op.rename_table('protected_names', 'earlier_names')
    if op.get_bind().dialect.name == 'postgresql':
        for table in ('protected_marks', 'protected_names'):
            op.execute(f'ALTER INDEX {table}_pkey RENAME TO earlier_{table}_pkey')
    _marks()
    _names()
    op.execute("INSERT INTO protected_entries SELECT substr(mark, 1, 32), 'import', mark, NULL, created FROM earlier_marks")
    op.execute('INSERT INTO protected_marks SELECT mark, substr(mark, 1, 32), 1 FROM earlier_marks')
    op.execute("INSERT INTO protected_entries SELECT person, 'import', person, NULL, min(created) FROM earlier_names GROUP BY person")
    op.execute('INSERT INTO protected_names SELECT mark, person, person, 1 FROM earlier_names')
    op.drop_table('earlier_names')
    op.drop_table('earlier_marks')


def _marks() -> None:
    op.create_table('protected_marks',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('entry', sa.String(length=32), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('mark', 'entry')
    )
    with op.batch_alter_table('protected_marks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_protected_marks_entry'), ['entry'], unique=False)


def _names() -> None:
    op.create_table('protected_names',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=32), nullable=False),
    sa.Column('entry', sa.String(length=32), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('mark', 'person')
    )
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_protected_names_entry'), ['entry'], unique=False)


def downgrade() -> None:
    op.rename_table('protected_marks', 'later_marks')
    op.rename_table('protected_names', 'later_names')
    if op.get_bind().dialect.name == 'postgresql':
        for table in ('protected_marks', 'protected_names'):
            op.execute(f'ALTER INDEX {table}_pkey RENAME TO later_{table}_pkey')
    op.create_table('protected_marks',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('mark')
    )
    op.create_table('protected_names',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=32), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('mark', 'person')
    )
    with op.batch_alter_table('protected_names', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_protected_names_person'), ['person'], unique=False)
    of_entry = '(SELECT created FROM protected_entries WHERE protected_entries.id = {0}.entry)'
    created = f"coalesce(min({of_entry.format('later_marks')}), 0)"
    op.execute(f'INSERT INTO protected_marks SELECT mark, {created} FROM later_marks GROUP BY mark')
    op.execute(f"INSERT INTO protected_names SELECT mark, person, coalesce({of_entry.format('later_names')}, 0) FROM later_names")
    for table in ('later_marks', 'later_names', 'protected_generations', 'protected_versions', 'protected_forms', 'protected_entries'):
        op.drop_table(table)
