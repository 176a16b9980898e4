"""Ideas for bundles: of each objective and type those that its strategies come upon."""
