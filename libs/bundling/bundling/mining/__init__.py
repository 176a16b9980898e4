"""What orders say of which products go together."""

from bundling.mining.association import Associations as Associations
from bundling.mining.association import associations as associations
from bundling.mining.baskets import Baskets as Baskets
from bundling.mining.itemsets import Itemsets as Itemsets
from bundling.mining.itemsets import itemsets as itemsets
from bundling.mining.itemsets import orders_needed as orders_needed
from bundling.mining.pairs import Pairs as Pairs
from bundling.mining.pairs import PairShard as PairShard
from bundling.mining.pairs import count_pairs as count_pairs
from bundling.mining.pairs import merged as merged
from bundling.mining.pairs import shards as shards
