"""`profile`: run or attach to a program and tell where its time goes, thread by thread."""
