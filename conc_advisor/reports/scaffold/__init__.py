"""What `scaffold` shows: the list of templates, one template, a plan, the copies; as text or as JSON."""
