"""What the Prefect UI shows of a block type in its catalog: name, logo, and what it is for."""

import inspect

import pytest
from prefect.blocks.core import Block

from blocks import reach


@pytest.mark.parametrize("kind", reach.TYPES)
def test_a_type_has_a_name_a_logo_and_says_what_it_is_for(kind: str) -> None:
    shown = reach.TYPES[kind]._to_block_type()
    assert shown.name
    assert shown.slug.endswith(kind)
    assert shown.logo_url is not None
    assert shown.logo_url.scheme == "https", "Prefect takes no other, and a browser shows none beside a page of https"
    assert shown.description


@pytest.mark.parametrize(
    "kind", [kind for kind, known in reach.TYPES.items() if known.__module__.startswith("blocks.")]
)
def test_a_type_of_ours_bears_our_name_and_documents_every_field(kind: str) -> None:
    known = reach.TYPES[kind]
    assert known.get_block_type_name().startswith("Genesys DR ")
    assert known.get_block_type_slug() == f"gdr-{kind}"
    documented = inspect.cleandoc(known.__doc__ or "").partition("Attributes:")[2]
    fields = [name for name in known.model_fields if name not in Block.model_fields]
    assert [name for name in fields if name not in documented] == []
