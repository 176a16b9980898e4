"""A ranker trained on folders of the BEIR layout, and how good it is beside BM25 and the encoder alone."""
