"""The RASP language: an interpreter and a linter. It knows nothing of Transformer Programs.

RASP is the language of Weiss, Goldberg and Yahav, "Thinking Like Transformers" (2021). What a text
means here is what it means to their reference interpreter.
"""

from tpc.rasp.program import RaspProgram, execute, load
from tpc.rasp.session import Shown

__all__ = ["RaspProgram", "Shown", "execute", "load"]
