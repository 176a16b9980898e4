"""Bundles: asked for, shown, explained, proven."""
