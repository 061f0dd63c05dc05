"""Alembic migrations: the schema's history, the same on SQLite and PostgreSQL."""
