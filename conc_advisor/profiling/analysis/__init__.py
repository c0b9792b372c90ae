"""From a recording to a diagnosis: pure functions over values."""
