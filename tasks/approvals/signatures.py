"""An answer at the terminal, signed with the approver's SSH key: `ssh-keygen -Y` makes it and judges it."""

import subprocess
import tempfile
from pathlib import Path

from model.errors import Refused

NAMESPACE = "genesys-dr"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
DEADLINE_S = 10.0


def is_of(name: str, key: str, statement: str, signature: str) -> bool:
    """Whether a signature is that of this key over this statement.

    Raises:
        Refused: There is no `ssh-keygen` here, or it does not end.
    """
    with tempfile.TemporaryDirectory() as folder:
        allowed, signed = Path(folder, "allowed"), Path(folder, "signature")
        allowed.write_text(f'{name} namespaces="{NAMESPACE}" {key}\n')
        signed.write_text(signature.strip() + "\n")
        argv = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(signed)]
        try:
            done = subprocess.run(  # noqa: S603  (argv, and a name that the environment file allows)
                argv, input=statement.encode(), capture_output=True, timeout=DEADLINE_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"ssh-keygen: {type(error).__name__}: install openssh-client on the control host") from None
    return done.returncode == 0
