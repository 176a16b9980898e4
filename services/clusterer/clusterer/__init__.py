"""Groups the deals of a run by what they are about: `items.frozen` in, `cluster.formed` out."""
