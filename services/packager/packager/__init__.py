"""Turns clusters into packages: `cluster.formed` in, `package.proposed` and `packaging.closed` out."""
