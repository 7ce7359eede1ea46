"""What `--help` says of every command."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Tpc
from tpc.cli.main import app

COMMANDS = [command.name for command in app.registered_commands]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_usage_names_each_argument_once(name: str, tpc: Tpc) -> None:
    outcome = tpc(name, "--help")
    usage = next(line for line in outcome.out.splitlines() if "Usage:" in line)
    assert outcome.status == 0
    assert f" {name} [OPTIONS]" in usage
    assert "[[" not in usage
    assert "]]" not in usage
