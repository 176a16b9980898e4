"""Writes the reference pages that follow from code. They work on a checkout and are not shipped."""
