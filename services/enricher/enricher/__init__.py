"""Describes packages for buyers and ends runs: `package.enriched` and `run.finished` come from here."""
