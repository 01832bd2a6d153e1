"""Local Control Agent: starts and stops the processes of one host, past systemd."""
