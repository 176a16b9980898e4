"""What the enricher does with packages, with manifests of them, and when a run is over."""
