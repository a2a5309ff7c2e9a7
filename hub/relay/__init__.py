"""The relay: what PostgreSQL has committed goes to Kafka, exactly once and in order."""
