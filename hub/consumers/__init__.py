"""Consumers: they read the log, in order, and keep the read models."""
