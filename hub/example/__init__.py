"""The demonstration: an invented municipality that lives a year through the hub's own commands."""
