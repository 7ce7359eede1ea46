"""Twenty-four small tasks, as a user's own might be, for `tpc train --data FILE`.

`tasks.py` has the tasks, `generate.py` writes the files in `data/`, `tpc reproduce own` trains on
them, `table.py` makes the table of docs/own-data.md, and `baselines.py` says what other methods
reach on the same rows.
"""
