"""What the clusterer does with a frozen input, with each cell of it, and when the last cell is done."""
