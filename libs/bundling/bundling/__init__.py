"""Bundles of products out of a catalogue and its orders. Pure: no I/O, no clock but the deadline's."""
