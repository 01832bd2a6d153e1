"""`gdr password`: the password of the Prefect API, and the key under which the server keeps its blocks."""

import secrets

from cryptography.fernet import Fernet
from rich.text import Text

from blocks.place import PASSWORD, second_source
from gdr.answer import Answer
from tasks import private

KEY = "key.environment"
USER = "admin"


def password() -> Answer:
    """Make both unless they are there: files of settings (0600) beside the block file, which units and containers read.

    Neither is printed: who has the password has every block. To change one, docs/operate.md, "Change a key".
    """
    word, key = f"{USER}:{secrets.token_urlsafe(24)}", Fernet.generate_key().decode()
    made = {
        PASSWORD: _make(PASSWORD, PREFECT_API_AUTH_STRING=word, PREFECT_SERVER_API_AUTH_STRING=word),
        KEY: _make(KEY, PREFECT_SERVER_ENCRYPTION_KEY=key),
    }
    lines = [f"{second_source().with_name(name)}: {what}" for name, what in made.items()]
    return Answer(data={"folder": str(second_source().parent)} | made, text=Text("\n".join(lines)))


def _make(name: str, **settings: str) -> str:
    file = second_source().with_name(name)
    if file.exists():
        private.read(file, "")
        return "is there already"
    private.write(file, "".join(f"{setting}={value}\n" for setting, value in settings.items()).encode())
    return "made (0600)"
