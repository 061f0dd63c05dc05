"""double entry: the numbers of entries with two sides, what the peer has of them, and what it told

Entries are counted from 1 for each log and peer, in their order, so those that are in a log already get the numbers that stand there.
Going back forgets what was compared.

Revision: 0031
After: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

_PAIRED = (
    'record_sent', 'record_received', 'record_quarantined', 'record_receipted', 'record_acknowledged',
    'question_asked', 'question_received', 'question_answered', 'answer_received', 'question_declined', 'refusal_received',
    'revocation_sent', 'revocation_received', 'revocation_receipted', 'revocation_acknowledged',
)


def upgrade() -> None:
    with op.batch_alter_table('intake', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seq', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('agreed', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('agreed_in', sa.String(length=64), nullable=True))
        batch_op.create_index('ix_intake_peer_log_seq', ['peer', 'log', 'seq'], unique=False)
        batch_op.create_index('ix_intake_peer_agreed_seq', ['peer', 'agreed', 'seq'], unique=False)
    count = sa.text(
        'UPDATE intake SET seq = counted.seq FROM (SELECT id, row_number() OVER (PARTITION BY log, peer ORDER BY position) AS seq'
        ' FROM intake WHERE position IS NOT NULL AND kind IN :kinds) AS counted WHERE intake.id = counted.id'
    )
    op.get_bind().execute(count.bindparams(sa.bindparam('kinds', value=_PAIRED, expanding=True)))
    op.create_table(
        'reconciliations',
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('log', sa.String(length=64), nullable=True),
        sa.Column('reached', sa.BigInteger(), nullable=False),
        sa.Column('tried', sa.BigInteger(), nullable=False),
        sa.Column('compared', sa.BigInteger(), nullable=True),
        sa.Column('error', sa.String(length=64), nullable=True),
        sa.Column('newest', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('peer'),
    )
    op.create_table(
        'told_entries',
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('log', sa.String(length=64), nullable=False),
        sa.Column('seq', sa.BigInteger(), nullable=False),
        sa.Column('x', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('t', sa.BigInteger(), nullable=False),
        sa.Column('c', sa.String(length=64), nullable=False),
        sa.Column('told', sa.BigInteger(), nullable=False),
        sa.Column('told_in', sa.String(length=32), nullable=False),
        sa.Column('act', sa.Integer(), nullable=True),
        sa.Column('cause', sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint('peer', 'log', 'seq'),
    )
    with op.batch_alter_table('told_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_told_entries_x'), ['x'], unique=False)
    op.create_table(
        'log_breaches',
        sa.Column('peer', sa.String(length=2), nullable=False),
        sa.Column('log', sa.String(length=64), nullable=False),
        sa.Column('code', sa.String(length=32), nullable=False),
        sa.Column('seq', sa.BigInteger(), nullable=False),
        sa.Column('exchange', sa.String(length=32), nullable=False),
        sa.Column('first', sa.BigInteger(), nullable=False),
        sa.Column('last', sa.BigInteger(), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('peer', 'log', 'code'),
    )


def downgrade() -> None:
    op.drop_table('log_breaches')
    op.drop_table('told_entries')
    op.drop_table('reconciliations')
    with op.batch_alter_table('intake', schema=None) as batch_op:
        batch_op.drop_index('ix_intake_peer_agreed_seq')
        batch_op.drop_index('ix_intake_peer_log_seq')
        batch_op.drop_column('agreed_in')
        batch_op.drop_column('agreed')
        batch_op.drop_column('seq')
