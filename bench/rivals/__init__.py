"""What the hub is measured against: the same work, written as barely as it can be. No rival imports the hub."""
