"""What is known of the standard library and of common packages: which calls block, which wait for others, what a value's type is."""
