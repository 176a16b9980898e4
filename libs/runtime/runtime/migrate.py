"""Plain SQL migrations, one ledger for the runtime's tables and one for the service's, in the same schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
import yoyo
from yoyo.backends import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri

RUNTIME_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(dsn: str, schema: str, *folders: Path) -> None:
    """Bring `schema` up to date. Safe to call from many workers at once, and after a crash in the middle."""
    with _alone(dsn, schema):
        for folder in folders:
            _apply(dsn, schema, folder)


def _apply(dsn: str, schema: str, folder: Path) -> None:
    backend = _ledger(dsn, schema, folder.parent.name)
    try:
        # A killed worker leaves yoyo's own lock behind; ours says that nobody is at work.
        backend.break_lock()
        pending = backend.to_apply(yoyo.read_migrations(str(folder)))
        if pending:
            with backend.lock():
                backend.apply_migrations(pending)
    finally:
        backend.connection.close()


def _ledger(dsn: str, schema: str, owner: str) -> PostgresqlPsycopgBackend:
    """yoyo's own four tables, once per owner: two owners that share a schema must not share them."""
    backend = PostgresqlPsycopgBackend(parse_uri(_yoyo_uri(dsn, schema)), f"_migrations_{owner}")
    backend.log_table = f"_migrations_{owner}_log"
    backend.version_table = f"_migrations_{owner}_version"
    backend.lock_table = f"_migrations_{owner}_lock"
    backend.init_database()
    return backend


@contextmanager
def _alone(dsn: str, schema: str) -> Iterator[None]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        # One key for all schemas: services share the schema `read` and create it side by side.
        connection.execute("select pg_advisory_lock(hashtext('assort.migrate'))")
        connection.execute("create schema if not exists read")
        connection.execute(f"create schema if not exists {_plain(schema)}")
        yield


def _yoyo_uri(dsn: str, schema: str) -> str:
    parts = urlsplit(dsn)
    query = [*parse_qsl(parts.query), ("options", f"-csearch_path={_plain(schema)}")]
    return urlunsplit(parts._replace(scheme="postgresql+psycopg", query=urlencode(query)))


def _plain(schema: str) -> str:
    if not schema.isidentifier():
        raise ValueError(f"not a schema name: {schema}")
    return schema
