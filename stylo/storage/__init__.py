"""What the service keeps: keys, events, what it answered, which model is live. SQLite, or PostgreSQL by URL."""
