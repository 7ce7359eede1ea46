"""What a program can be compiled to. Each module here is one backend, found by entry point."""
