"""The coordination hub: who may know what about a citizen, and the proof of it."""

__version__ = "0.1.0"
