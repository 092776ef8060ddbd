"""What Alembic runs: the migrations, on the connection and in the transaction that the caller opened."""

from alembic import context

from xinfu.stores.migrations.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
