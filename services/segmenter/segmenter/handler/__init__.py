"""What a segmenter does with each event and each task, and what it needs for that."""
