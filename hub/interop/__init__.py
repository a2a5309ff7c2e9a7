"""One adapter for each outside format: what comes in is read, checked and named in the hub's words."""
