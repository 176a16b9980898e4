"""What a segmenter knows: how products are asked about, what an answer must be, what comes of it. Pure."""
