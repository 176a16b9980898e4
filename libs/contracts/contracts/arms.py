"""Who is shown bundles and who is not, so that what they change can be told."""

import hashlib
from typing import Final

from contracts.bundles import Arm

EXPERIMENT: Final = "bundles"
TREATED: Final = 0.5
WHOLE: Final = 2**64


def arm_of(store: str, visitor: str, *, experiment: str = EXPERIMENT, treated: float = TREATED) -> Arm:
    """The same visitor is always in the same arm; a larger share keeps all who were treated before."""
    digest = hashlib.sha256(f"{experiment}\0{store}\0{visitor}".encode()).digest()
    return "treatment" if int.from_bytes(digest[:8], "big") < treated * WHOLE else "control"
