"""The pages behind `explain`: concurrency models, concepts, verdicts and pitfalls, each one Markdown file."""
