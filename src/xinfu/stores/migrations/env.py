"""Run by Alembic: the migrations, on the connection and in the transaction that the caller opened.

Without a connection they are written as SQL for PostgreSQL.
"""

from alembic import context

from xinfu.stores.migrations.schema import metadata

if "connection" in context.config.attributes:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
    )
else:
    context.configure(dialect_name="postgresql", target_metadata=metadata)
context.run_migrations()
