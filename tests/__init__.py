"""The tests: a package, so that no installed library of the same name is taken for it."""
