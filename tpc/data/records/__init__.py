"""Records of labelled text as files have them: columns by name, and where each record stands."""
