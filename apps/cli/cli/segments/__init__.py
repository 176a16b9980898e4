"""Segmentations: asked for, shown, explained, compared, proven."""
