"""The pages and the API: they translate between HTTP and the use cases, and decide nothing themselves."""
