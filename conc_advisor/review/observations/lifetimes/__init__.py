"""What becomes of threads, tasks, pools, clients and coroutines that are made."""
