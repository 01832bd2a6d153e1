"""Where evidence is mirrored to: both of Prefect's filesystems keep an object as it was written."""

from pathlib import Path

import pytest
from prefect.filesystems import LocalFileSystem, RemoteFileSystem

from blocks.reach import Files


@pytest.fixture(params=["local", "remote"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "local":
        return LocalFileSystem(basepath=str(tmp_path))
    return RemoteFileSystem(basepath="memory://evidence")


async def test_an_object_is_kept_as_it_was_written(files: Files) -> None:
    line = '{"n":1,"words":"ä"}\n'.encode()
    await files.awrite_path("case-1/000001.json", line)
    await files.awrite_path("case-1/000001.json", line)
    assert await files.aread_path("case-1/000001.json") == line


async def test_an_object_that_is_not_there_is_said_not_to_be(files: Files) -> None:
    with pytest.raises((OSError, ValueError), match="000002"):
        await files.aread_path("case-1/000002.json")
