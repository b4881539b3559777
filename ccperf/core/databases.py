"""Why the database cannot be used, in a sentence for whoever runs a command."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

BEHIND = "The database is not up to date. Run manage.py migrate first."


def why_unusable() -> str:
    """What to mend before anything can be read or written; empty when the database is up to date."""
    try:
        executor = MigrationExecutor(connection)
        is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as refused:
        reason = " ".join(str(refused).split()) or type(refused).__name__
        return f"The database cannot be used: {reason}"
    return BEHIND if is_behind else ""
