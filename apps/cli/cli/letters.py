"""Dead letters of all stages, from their views."""

import json
from dataclasses import dataclass
from datetime import datetime

from cli.connections import Connection
from cli.errors import CliError
from cli.reading import STAGES

COLUMNS = "letter_id::text, run_id, revision, topic, place, value, code, words, state, replays, buried_at"

LETTERS = " union all ".join(
    f"select '{stage}' as stage, {COLUMNS},"
    f" (select r.state in ('closed', 'cancelled') from read.{stage}_runs_v1 r"
    "  where (r.tenant, r.run_id, r.revision) = (l.tenant, l.run_id, l.revision)) as run_over"
    f" from read.{stage}_letters_v1 l"
    " where tenant = $1 and ($2::text is null or starts_with(letter_id::text, $2)) and ($3 or state = 'dead')"
    for stage in STAGES
)


@dataclass(frozen=True, slots=True)
class Letter:
    stage: str
    letter_id: str
    run_id: str
    revision: int
    topic: str
    place: str
    value: bytes | None
    code: str
    words: str
    state: str
    replays: int
    buried_at: datetime
    run_over: bool

    @property
    def needs_retry(self) -> bool:
        """Its work belongs to a revision that is over: only a new revision may do it again."""
        return bool(self.run_id) and self.run_over and self.place == "inbox"

    @property
    def text(self) -> str:
        """Its value as a person can read it."""
        if self.value is None:
            return "(no value)"
        try:
            return json.dumps(json.loads(self.value), indent=2, ensure_ascii=False)
        except ValueError:
            return self.value.decode(errors="backslashreplace")


async def letters(connection: Connection, tenant: str, *, every: bool = False) -> list[Letter]:
    rows = await connection.fetch(f"{LETTERS} order by buried_at desc", tenant, None, every)
    return [Letter(**{**dict(row), "run_over": bool(row["run_over"])}) for row in rows]


async def letter(connection: Connection, tenant: str, given: str) -> Letter:
    """By its id or the beginning of it."""
    rows = await connection.fetch(LETTERS, tenant, given, True)
    if not rows:
        raise CliError(
            f"no dead letter {given}: `assort dead list --all` shows also what was replayed or dropped"
        )
    if len(rows) > 1:
        raise CliError(f"{given} may be {', '.join(row['letter_id'] for row in rows)}: write more of it")
    return Letter(**{**dict(rows[0]), "run_over": bool(rows[0]["run_over"])})
