"""Stand-ins for the Genesys daemons: only what disaster recovery can see of them, on the standard library."""
