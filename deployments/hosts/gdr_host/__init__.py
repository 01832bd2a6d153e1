"""The host side. Empty, so that the guard loads nothing but what it needs: `host` has what the others share."""
