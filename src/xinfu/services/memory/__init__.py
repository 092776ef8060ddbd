"""State that this process keeps in memory between calls; a restart forgets it without harm."""
