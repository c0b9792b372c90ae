"""What `calibrate` measured, for people and for programs."""
