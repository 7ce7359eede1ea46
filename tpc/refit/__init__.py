"""A classifier fitted again on its program's own features, so that most of its votes are 0."""
