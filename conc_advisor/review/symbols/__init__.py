"""What the names of one file mean: its scopes, and for each expression a path that tells what its value is."""
