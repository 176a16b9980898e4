"""The front door: keeps deals and their vectors, and fixes the input of a run."""
