"""What differs between kinds of runs; everything else is shared."""

from api.kinds.kind import Asked, Kind, Progress
from api.kinds.packages import Packages
from api.kinds.segmentation import Segmentation

__all__ = ["Asked", "Kind", "Packages", "Progress", "Segmentation"]
