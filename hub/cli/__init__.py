"""The command line: one thin function for each command, that parses, calls and prints."""
