"""What is known of libraries: what they wait for, what they do with the GIL, which of their objects threads may share."""
