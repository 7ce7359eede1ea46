"""What `pyproject.toml` cannot say: a source distribution keeps the repository's links as links."""

from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

LINKS = ("tpc/backends", "tpc/ir_specs")


class SourceDistribution(sdist):
    """The repository as it is. Without this, what is linked to would be in it twice."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Copy the files but for those seen through a link, then make the links."""
        inside = tuple(f"{link}/" for link in LINKS)
        super().make_release_tree(base_dir, [name for name in files if not name.startswith(inside)])
        for link in LINKS:
            (Path(base_dir) / link).symlink_to(Path(link).readlink())


setup(cmdclass={"sdist": SourceDistribution})
