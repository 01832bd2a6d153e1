"""What the hosts and the DNS server wrote down, and how two such lists differ."""

from collections import Counter

from bench.commands import difference, orders, updates

SUDO = """\
Nov 22 01:39:12 : gdr : PWD=/home/gdr ; USER=root ;
    COMMAND=/opt/genesys-dr/bin/gdr-host answer
Nov 22 01:39:42 : gdr : PWD=/home/gdr ; USER=root ;
    COMMAND=/opt/genesys-dr/bin/gdr-host 2 firewall-block 5432 198.18.1.31
    198.18.1.11 198.18.1.12
"""
NAMED = """\
update: info: client x/key gdr: updating zone 'gen.test/IN': deleting rrset at 'cfgmaster-p.gen.test' A
update: info: client x/key gdr: updating zone 'gen.test/IN': adding an RR at 'cfgmaster-p.gen.test' A 198.18.2.11
update: info: client x/key gdr: updating zone 'gen.test/IN': adding an RR at '_genesys-dr.gen.test' TXT \
"v=1 epoch=2 state=switching active=region2 target=region2 case=a head=b"
"""


def test_what_sudo_wrote_is_read_over_its_line_breaks_and_without_the_epoch() -> None:
    assert orders(SUDO) == ["answer", "firewall-block 5432 198.18.1.31 198.18.1.11 198.18.1.12"]


def test_of_the_record_only_the_stage_is_compared() -> None:
    assert updates(NAMED) == [
        "cfgmaster-p.gen.test A 198.18.2.11",
        "TXT state=switching active=region2 target=region2",
    ]


def test_equal_lists_have_no_difference() -> None:
    assert list(difference(Counter({"r2-db: pg-promote": 1}), Counter({"r2-db: pg-promote": 1}))) == []


def test_what_only_one_did_is_named_and_explained_only_where_it_is_the_products_and_known() -> None:
    found = list(
        difference(
            Counter({"power: answer": 1, "r2-db: inventory": 1, "r2-db: pg-promote": 2}),
            Counter({"r2-db: pg-promote": 1, "r1-db: pg-stop": 1}),
        )
    )
    assert [line.split(": ")[0] + ": " + line.split(": ")[1] for line in found] == [
        "only the product, 1 x power: answer",
        "only the baseline, 1 x r1-db: pg-stop",
        "only the product, 1 x r2-db: inventory",
        "only the product, 1 x r2-db: pg-promote",
    ]
    assert ["NOT EXPLAINED" in line for line in found] == [False, True, False, True]
