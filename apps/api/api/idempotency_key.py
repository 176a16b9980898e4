"""The header under which a request may be sent again."""

from typing import Annotated

from fastapi import Header

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="The same key with the same body gets the same answer, for a day.",
        examples=["7c0b2f3e-start-1"],
    ),
]
