"""What hypothesis tries is the same on a busy machine: no example has a deadline of its own."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
