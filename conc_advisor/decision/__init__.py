"""`choose`: from what is known of a workload to a recommendation with its reasons.  Pure: reads no files but its own data, asks nobody."""
