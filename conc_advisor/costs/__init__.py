"""What the units of concurrency cost: a table that was measured once, what `calibrate` measures here, and what follows from either."""
