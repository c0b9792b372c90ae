"""What `explain` shows: a page of the guide or an entry of the catalogue, for a terminal, as Markdown or as JSON."""
