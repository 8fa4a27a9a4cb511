"""The history of the tables: linear Alembic revisions, the one place that sees every room's models."""
