"""Values to text: one renderer a format.  Nothing is computed here but layout, and nothing is printed or written to files."""
