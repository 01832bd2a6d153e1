"""`gdr check`: judge an environment file. Touches nothing else."""

from pathlib import Path

from rich.text import Text

from gdr.answer import BAD_INPUT, Answer
from model.environment.environment import REGION_KEYS, Environment
from model.environment.faults import Fault, InvalidEnvironment
from model.environment.load import parse
from tasks.run import environment_file


def check(file: str, /) -> Answer:
    """Judge an environment file: every fault with its line, its field, what was found and what is allowed.

    Args:
        file: Path of the file, or the name of one that lies beside the code.
    """
    path = Path(file) if "/" in file or "." in file else environment_file(file)
    try:
        known = parse(_text(path), str(path))
    except InvalidEnvironment as error:
        return _faulty(path, error.faults)
    if known.name != path.stem:
        return _faulty(path, (_wrong_name(path, known.name),))
    return Answer(data={"file": str(path), "environment": known.name, "faults": []}, text=Text(_summary(known)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        fault = Fault(str(path), 1, "file", str(reason), "an environment file that can be read")
        raise InvalidEnvironment([fault]) from None


def _faulty(path: Path, faults: tuple[Fault, ...]) -> Answer:
    found = [{"line": it.line, "field": it.field, "found": it.found, "allowed": it.allowed} for it in faults]
    text = "\n".join([*map(str, faults), f"{len(faults)} fault(s); nothing was touched"])
    return Answer(data={"file": str(path), "faults": found}, text=Text(text), code=BAD_INPUT)


def _wrong_name(path: Path, name: str) -> Fault:
    lines = path.read_text().splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.startswith("name:")), 1)
    return Fault(str(path), line, "name", repr(name), f"the file's own name, {path.stem}")


def _summary(known: Environment) -> str:
    hosts = ", ".join(f"{len(known.hosts(key))} hosts in {key}" for key in REGION_KEYS)
    return f"{known.name}: {hosts}, no faults"
