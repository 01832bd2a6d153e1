"""Log Message Server: writes what it is told, and its own heartbeat, into the log database."""
