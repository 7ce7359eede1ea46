"""The contract is weakened, once, and no node is touched."""

from tests.passes.cases import after, body, parse
from tpc.ir.printer import digest
from tpc.ir.program import Contract
from tpc.passes.assume_language import AssumeLanguage
from tpc.passes.base import PassContext

NODES = '%label = lookup(%tokens) {"a" => "x", "<s>" => "z", _ => "y"} : label<@label>'


def test_the_contract_names_the_program_that_it_was() -> None:
    program, now = parse(NODES), after("assume-language", NODES)
    assert body(now) == body(program)
    assert now.contract == Contract("language", digest(program))


def test_a_weaker_contract_is_left_alone() -> None:
    now = after("assume-language", NODES)
    again = AssumeLanguage().run(now, PassContext())
    assert not again.changed
    assert again.program is now
