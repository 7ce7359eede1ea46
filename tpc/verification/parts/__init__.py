"""An exported program and its network, compared part by part: for every string, without any.

The network is run through its own modules, on all values that a part can be given; nothing here
knows how programs are exported. `docs/proof.md` says why equal parts give equal variables.
"""
