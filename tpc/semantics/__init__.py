"""What programs mean, executable: the interpreter, the same on batches, and which values occur."""
