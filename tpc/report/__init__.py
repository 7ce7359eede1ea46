"""A program as one page: read it, run it as you type, see what each head looks at and why."""
