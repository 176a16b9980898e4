"""Breaks both fences of every worker that has this folder on its path: who has no lease ends work, too.

The token is not asked for, and nobody is told that his lease is lost: told in time, he would stop by himself.
"""

from collections.abc import Sequence
from uuid import UUID

from runtime import inbox
from runtime.work import Database

inbox.FINISH = """
update inbox set state = $3, token = null, done_at = now(), reason = $4
where event_id = $1 and $2::uuid is not null returning true
"""

renew = inbox.renew


async def renew_and_say_nothing(connection: Database, tokens: Sequence[UUID], seconds: float) -> set[UUID]:
    await renew(connection, tokens, seconds)
    return set(tokens)


inbox.renew = renew_and_say_nothing
