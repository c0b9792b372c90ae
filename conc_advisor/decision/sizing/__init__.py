"""Numbers to start from, each with its formula and with the numbers that went into it."""
