"""`assort`: what people drive. Each command is a file of its own under `cli/commands`."""

import signal
import sys

from cli.app import build
from cli.errors import CliError, Exit


def main() -> None:
    # Like Ctrl-C, so that what a command has started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        build()()
    except CliError as error:
        _stop(error.words, error.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        words = _world(error)
        if words is None:
            raise
        _stop(words, Exit.NO_SERVER)


def _stop(words: str, code: Exit) -> None:
    print(f"assort: {words}", file=sys.stderr)
    sys.exit(code)


def _world(error: Exception) -> str | None:
    """What a failing server is called in a sentence; None for what is no server's fault."""
    import asyncpg  # noqa: PLC0415 - `assort --help` should not wait for it

    from runtime.world import is_world, words_of  # noqa: PLC0415 - same

    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.InvalidSchemaNameError):
        return f"{error}: no service has been started on this database yet; `assort demo` starts them all"
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return f"{error}: POSTGRES_READ_DSN may not read the views; has the newest service been started?"
    return f"a server failed: {words_of(error)}; see `python -m local status`" if is_world(error) else None


if __name__ == "__main__":
    main()
