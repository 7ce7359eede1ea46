"""Twenty-four small tasks, as a user's own might be, for bare `tpc train --data FILE`.

`tasks.py` has the tasks, `generate.py` writes the files in `data/`, `__main__.py` trains on them
and prints a table, `baselines.py` says what other methods reach on the same rows.
"""
