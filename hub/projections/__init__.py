"""Read models: one module and one .sql for each."""
