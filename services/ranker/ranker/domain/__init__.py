"""What a run of ranking data stands on, what is asked for it, what it comes to. Pure."""
