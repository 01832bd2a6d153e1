"""Configuration Server Proxy: serves the applications of one host, read-only while no master answers."""
