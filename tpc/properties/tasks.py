"""What generated tasks ask, as properties."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from tpc.properties.parser import parse_properties
from tpc.properties.syntax import PropertyFile

_FILE = "tasks.prop"


@lru_cache(maxsize=1)
def task_properties() -> PropertyFile:
    """The properties of the generated tasks that have one, by the names of the tasks."""
    text = (resources.files("tpc.properties") / _FILE).read_text(encoding="utf-8")
    return parse_properties(text, _FILE)


def has_property(task: str) -> bool:
    """Whether a generated task is stated as a property."""
    return any(prop.name == task for prop in task_properties().properties)
