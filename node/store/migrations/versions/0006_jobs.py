"""one table of jobs in place of deliveries and of the questions' waits

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('jobs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lane', sa.String(length=16), nullable=False),
    sa.Column('peer', sa.String(length=2), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('tried', sa.BigInteger(), nullable=True),
    sa.Column('next_try', sa.BigInteger(), nullable=False),
    sa.Column('away', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=True),
    sa.Column('lease_holder', sa.String(length=32), nullable=True),
    sa.Column('lease_until', sa.BigInteger(), nullable=True),
    sa.Column('x', sa.String(length=32), nullable=True),
    sa.Column('ended', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('peer', 'subject', 'version')
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_lane_peer_state_next_try', ['lane', 'peer', 'state', 'next_try'], unique=False)
        batch_op.create_index('ix_jobs_peer_state_next_try', ['peer', 'state', 'next_try'], unique=False)

    # who has signed stays signed for; what waits goes on waiting, in the lane of its kind
    op.execute("""
        INSERT INTO jobs (lane, peer, subject, version, state, created, attempts, failures, next_try, away, reason, x, ended)
        SELECT CASE r.kind WHEN 'revocation' THEN 'urgent' ELSE 'record' END, d.peer, d.subject, d.version,
            CASE d.state WHEN 'accepted' THEN 'done' ELSE d.state END,
            r.received, d.attempts, 0, d.next_try, FALSE, d.last_error, d.x, d.acknowledged
        FROM deliveries d JOIN records r ON r.digest = d.digest ORDER BY d.id
    """)
    # a question that was out when the node stopped waits again
    op.execute("""
        INSERT INTO jobs (lane, peer, subject, version, state, created, attempts, failures, next_try, away, reason, ended)
        SELECT 'question', p.peer, p.question_id, 1,
            CASE WHEN p.state IN ('waiting', 'asked', 'received') THEN 'waiting' ELSE 'done' END,
            q.created, p.attempts, 0, p.next_try, FALSE, p.reason,
            CASE WHEN p.state IN ('waiting', 'asked', 'received') THEN NULL ELSE p.since END
        FROM question_peers p JOIN questions q ON q.id = p.question_id ORDER BY p.id
    """)
    # not in batch mode: on SQLite that makes the table anew, which rows that refer to it forbid
    op.drop_column('question_peers', 'next_try')
    op.drop_column('question_peers', 'attempts')
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deliveries_state'))
        batch_op.drop_index(batch_op.f('ix_deliveries_peer'))

    op.drop_table('deliveries')


def downgrade() -> None:
    op.create_table('deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('peer', sa.String(length=2), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('subject', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_try', sa.BigInteger(), nullable=False),
    sa.Column('last_error', sa.String(length=64), nullable=True),
    sa.Column('x', sa.String(length=32), nullable=True),
    sa.Column('acknowledged', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['digest'], ['records.digest'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('peer', 'digest')
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deliveries_peer'), ['peer'], unique=False)
        batch_op.create_index(batch_op.f('ix_deliveries_state'), ['state'], unique=False)

    op.execute("""
        INSERT INTO deliveries (peer, digest, subject, version, state, attempts, next_try, last_error, x, acknowledged)
        SELECT j.peer, r.digest, j.subject, j.version,
            CASE j.state WHEN 'done' THEN 'accepted' WHEN 'leased' THEN 'waiting' ELSE j.state END,
            j.attempts, j.next_try, j.reason, j.x, j.ended
        FROM jobs j JOIN records r ON r.record_id = j.subject AND r.version = j.version AND r.publication_id IS NOT NULL
        WHERE j.lane IN ('urgent', 'record') ORDER BY j.id
    """)
    op.add_column('question_peers', sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('question_peers', sa.Column('next_try', sa.BigInteger(), nullable=False, server_default='0'))
    op.execute("""
        UPDATE question_peers SET
            attempts = (SELECT j.attempts FROM jobs j
                WHERE j.lane = 'question' AND j.peer = question_peers.peer AND j.subject = question_peers.question_id),
            next_try = (SELECT j.next_try FROM jobs j
                WHERE j.lane = 'question' AND j.peer = question_peers.peer AND j.subject = question_peers.question_id)
    """)
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.drop_index('ix_jobs_peer_state_next_try')
        batch_op.drop_index('ix_jobs_lane_peer_state_next_try')

    op.drop_table('jobs')
