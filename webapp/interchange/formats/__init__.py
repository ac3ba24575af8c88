"""One module for each format. It is found by its `FORMAT`."""
