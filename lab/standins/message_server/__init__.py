"""Message Server: accepts and counts."""
