"""What is known about programs: values on many inputs, what can be reached, sizes."""
