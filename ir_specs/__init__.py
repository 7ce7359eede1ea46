"""The contract of the IR: SPEC.md (what programs mean), tpir.lark (how they are written)."""

from importlib.resources import files


def grammar() -> str:
    """The lark grammar of `.tpir` text."""
    return files(__package__).joinpath("tpir.lark").read_text(encoding="utf-8")
