"""Dyck-2: is each prefix of round and curly brackets balanced, completable or broken?"""

from __future__ import annotations

from tpc.data.tasks._brackets import dyck_task

DYCK2 = dyck_task("dyck2", (("(", ")"), ("{", "}")), "tag each prefix of round and curly brackets")
