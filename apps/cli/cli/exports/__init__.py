"""Packages as files and sheets: what `assort export` writes and `assort verify` reads again.

An exported file is its own checkpoint: whoever goes on reads which packages are in it and writes the others.
"""
