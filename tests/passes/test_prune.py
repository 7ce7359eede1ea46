"""Variables that the answer does not depend on go, and the domains that only they have."""

from tests.passes.cases import after, becomes, left_alone


def test_what_nobody_reads_goes() -> None:
    becomes(
        "prune",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %m = lookup(%n, %positions) {(1, 0) => 1, _ => 2} : cat<@value>
        %label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>
        """,
        '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>',
    )


def test_domains_go_with_their_last_variable() -> None:
    now = after("prune", '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>')
    assert [domain.name for domain in now.domains] == ["token", "label"]


def test_whatever_is_read_stays_even_if_it_does_not_matter() -> None:
    left_alone(
        "prune",
        """
        %m = lookup(%positions) {_ => 2} : cat<@value>
        %label = lookup(%tokens, %m) {("a", 1) => "x", _ => "y"} : label<@label>
        """,
    )
