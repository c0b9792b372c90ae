"""What is sent to other processes."""
