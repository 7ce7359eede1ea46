"""The intermediate representation: types, nodes, programs, their text form and their verifier."""
