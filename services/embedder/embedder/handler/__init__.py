"""What the embedder does with deals, requests, shards and retries."""
