"""Personal data: all that is known of a person as a file, and erased wherever it lies."""
