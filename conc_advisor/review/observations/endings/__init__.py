"""How waits, tasks and errors end: deadlines, cancellation, futures that nobody asks."""
