"""Generated tasks, their splits, vocabularies and input languages; nothing here needs torch."""
