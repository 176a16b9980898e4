"""An item that got no further."""

from pydantic import Field

from contracts.event import Entity


class Unplaced(Entity):
    """An item that got no further, and why."""

    item_id: str
    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    words: str = ""
