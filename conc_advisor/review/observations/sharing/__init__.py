"""What several threads or tasks do with the same state, and the locks around it."""
