"""What a run would come to: clusters of the deals as they now are, calls and cost as before."""
