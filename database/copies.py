"""flask copy-database: from SQLite to PostgreSQL, or back."""

import click
from flask.cli import with_appcontext
from sqlalchemy import create_engine, func, insert, select, text

from config import ConfigError, database_url

from . import db
from .commands import one_line_errors

BATCH = 1000  # rows


@click.command("copy-database")
@click.argument("source")
@with_appcontext
@one_line_errors()
def copy_database(source: str) -> None:
    """Copy all rows of the database at a SOURCE URL to the empty database at DATABASE_URL.

    Stop the site first. Both databases need the tables of this version (flask db upgrade).
    """
    try:
        engine = create_engine(database_url(source))
    except ConfigError as error:
        raise click.BadParameter("takes a URL like sqlite:////srv/neonejip.sqlite3") from error
    with engine.connect() as reader:
        for table in db.metadata.sorted_tables:
            if db.session.scalar(select(func.count()).select_from(table)):
                raise click.ClickException(
                    f"the table {table.name} is not empty: nothing is copied"
                )
        for table in db.metadata.sorted_tables:
            count = 0
            rows = reader.execution_options(yield_per=BATCH).execute(select(table))
            for batch in rows.mappings().partitions(BATCH):
                db.session.execute(insert(table), [dict(row) for row in batch])
                count += len(batch)
            click.echo(f"{table.name}: {count} rows")
        continue_ids()
        db.session.commit()


def continue_ids() -> None:
    """Make PostgreSQL continue after the ids of the copied rows."""
    if db.engine.dialect.name != "postgresql":
        return
    for table in db.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            newest = f"(SELECT max({column.name}) FROM {table.name})"  # noqa: S608
            db.session.execute(text(f"SELECT setval({sequence}, {newest}) WHERE {newest} > 0"))
