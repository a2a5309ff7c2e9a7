"""What people work from: decided reads put together, and values in words; shared by command line, pages and API."""
