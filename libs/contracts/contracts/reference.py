"""What is too large to travel is written once to the object store and travels as its name."""

from pydantic import Field

from contracts.event import Entity

KEY = r"^[A-Za-z0-9_-][A-Za-z0-9_./=+-]{0,500}$"


class Reference(Entity):
    """An immutable, content-addressed object in our own bucket; never a free address."""

    key: str = Field(pattern=KEY, description="Key in Assort's own bucket.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    count: int = Field(ge=0, description="How many things the object holds.")
