"""Planning a measurement: which weights to hang where, in which order, how often, and the error to expect."""
