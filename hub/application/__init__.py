"""Use cases: the only callers of the repository and of save, and the decision."""
