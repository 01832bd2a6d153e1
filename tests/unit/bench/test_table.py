"""What a row of the table says of its budget."""

import pytest

from bench.table import Row, table


def test_a_ratio_is_that_of_the_rounds_and_not_of_the_medians() -> None:
    row = Row(what="x", product=[10, 22, 90], baseline=[10, 20, 30], budget=1.3)
    assert row.ratio() == pytest.approx(1.1)
    assert row.cells() == ("x", "22.00 s (10.00 to 90.00)", "20.00 s (10.00 to 30.00)", "1.10 x", "1.3 x", "within")


@pytest.mark.parametrize(
    ("product", "baseline", "budget", "verdict"),
    [
        ([2.0], [], 2, "within"),
        ([2.1], [], 2, "OVER"),
        ([1.0, 9.0, 2.0], [], 2, "within"),
        ([26.0], [20.0], 1.3, "within"),
        ([27.0], [20.0], 1.3, "OVER"),
        ([27.0], [20.0], None, ""),
    ],
)
def test_a_verdict(product: list[float], baseline: list[float], budget: float | None, verdict: str) -> None:
    assert Row(what="x", product=product, baseline=baseline, budget=budget).verdict() == verdict


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Row(what="x", product=[1, 2], baseline=[1]).ratio()


def test_a_table_is_markdown() -> None:
    text = table([Row(what="act", product=[12.4], budget=50, unit="ms")])
    assert text.splitlines()[2] == "| act | 12 ms |  |  | 50 ms | within |"
    assert {line.count("|") for line in text.splitlines()} == {7}
