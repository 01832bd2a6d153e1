"""A configuration client that writes through the proxies all the time and keeps a ledger."""
