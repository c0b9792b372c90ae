"""What rules observe in source, where more than one of them needs it or one has much to look at."""
