"""What `import tpc` offers in Python; each name is loaded when it is first used."""
