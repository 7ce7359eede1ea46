"""Dyck-1: is each prefix of a sequence of round brackets balanced, completable or broken?"""

from __future__ import annotations

from tpc.data.tasks._brackets import dyck_task

DYCK1 = dyck_task("dyck1", (("(", ")"),), "tag each prefix of round brackets")
