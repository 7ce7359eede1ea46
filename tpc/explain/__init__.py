"""Reading programs: what a value stands for, what speaks for a class, how much of a table is used.

The questions are those of the authors' analysis code and of their notebook on CoNLL-2003.
"""
