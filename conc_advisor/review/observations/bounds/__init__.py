"""How much may be under way or waiting at a time."""
