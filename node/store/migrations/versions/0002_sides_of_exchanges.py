"""Keys of exchanges by their side, requests of which only the digest is kept, and what each peer used of a day

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('peer_uses',
    sa.Column('peer', sa.String(length=2), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('type', sa.String(length=32), nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.Column('octets', sa.BigInteger(), nullable=False),
    sa.Column('exceeded', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('peer', 'day', 'type')
    )
    # A key that two sides shared goes to both: what was sealed under it opens as before.
    op.create_table('exchange_keys_by_side',
    sa.Column('x', sa.String(length=32), nullable=False),
    sa.Column('peer', sa.String(length=2), nullable=False),
    sa.Column('direction', sa.String(length=3), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('x', 'peer', 'direction')
    )
    op.execute(
        "INSERT INTO exchange_keys_by_side SELECT k.x, e.peer, e.direction, k.wrapped, k.created "
        "FROM exchange_keys k JOIN exchanges e ON e.x = k.x"
    )
    op.execute(
        "INSERT INTO exchange_keys_by_side SELECT k.x, '', '', k.wrapped, k.created "
        "FROM exchange_keys k WHERE NOT EXISTS (SELECT 1 FROM exchanges e WHERE e.x = k.x)"
    )
    op.drop_table('exchange_keys')
    op.rename_table('exchange_keys_by_side', 'exchange_keys')
    with op.batch_alter_table('intake', schema=None) as batch_op:
        batch_op.add_column(sa.Column('direction', sa.String(length=3), nullable=True))
    op.execute(
        "UPDATE intake SET direction = (SELECT min(e.direction) FROM exchanges e WHERE e.x = intake.x AND e.peer = intake.peer)"
    )
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.alter_column('request_sealed', existing_type=sa.LargeBinary(), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE exchanges SET request_sealed = '' WHERE request_sealed IS NULL")
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.alter_column('request_sealed', existing_type=sa.LargeBinary(), nullable=False)
    with op.batch_alter_table('intake', schema=None) as batch_op:
        batch_op.drop_column('direction')
    op.create_table('exchange_keys_by_id',
    sa.Column('x', sa.String(length=32), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('created', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('x')
    )
    op.execute(  # of several sides' keys the first: PostgreSQL before 18 has no min() of bytes
        "INSERT INTO exchange_keys_by_id SELECT k.x, k.wrapped, k.created FROM exchange_keys k WHERE NOT EXISTS ("
        "SELECT 1 FROM exchange_keys o WHERE o.x = k.x AND (o.peer < k.peer OR o.peer = k.peer AND o.direction < k.direction))"
    )
    op.drop_table('exchange_keys')
    op.rename_table('exchange_keys_by_id', 'exchange_keys')
    op.drop_table('peer_uses')
