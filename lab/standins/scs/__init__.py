"""Solution Control Server: restarts, switches over and starts what the Local Control Agents report."""
