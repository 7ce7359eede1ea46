"""What another package can add to tpc; `pyproject.toml` says under which names."""

from tpc.runtime.backend import LazyBackend

JSON = LazyBackend(
    name="json",
    suffix=".json",
    summary="a JSON file with the text of the program in it",
    emitter="tpc_example_plugin.json_file:emit",
    loader="tpc_example_plugin.json_file:load",
)
