"""What blocks an event loop or a thread, and loops that only wait."""
