"""What the ranker does with packages, frozen candidates, queries and their vectors."""
