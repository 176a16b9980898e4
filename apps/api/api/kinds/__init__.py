"""What differs between kinds of runs; everything else is shared."""

from api.kinds.bundles import Bundles
from api.kinds.kind import Asked, Kind, Progress
from api.kinds.packages import Packages
from api.kinds.ranking import RankingData
from api.kinds.segmentation import Segmentation

__all__ = ["Asked", "Bundles", "Kind", "Packages", "Progress", "RankingData", "Segmentation"]
