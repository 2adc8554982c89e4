"""Runs the migrations on the connection that `schema` hands over."""

from alembic import context

from sela.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
