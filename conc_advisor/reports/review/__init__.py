"""What `review` shows: findings with their source in a terminal, one a line, as JSON, SARIF, annotations of GitHub, or Markdown."""
